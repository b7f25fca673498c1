internal import CustodyLog
internal import Host

/// Which audit message tells of which event on the custody log: the one table.
struct AuditTable {
    var event: CodedValue
    var type: CodedValue?
    var action: AuditMessage.Action
    var outcome: AuditMessage.Outcome = .success
    var lifeCycle: AuditMessage.LifeCycle?

    /// Nil for what changes nothing and shows nothing to anybody: decisions, requests and reviews, checks. They are on the
    /// custody log.
    static func row(_ kind: CustodyEvent.Kind) -> AuditTable? {
        switch kind {
        case .received: AuditTable(event: .import, action: .create, lifeCycle: .importing)
        case .viewed: AuditTable(event: .instancesAccessed, action: .read, lifeCycle: .access)
        case .coerced, .overwritten: AuditTable(event: .instancesAccessed, action: .update, lifeCycle: .amendment)
        case .queried: AuditTable(event: .query, action: .execute)
        case .exported, .produced: AuditTable(event: .export, action: .read, lifeCycle: .export)
        case .deleted: AuditTable(event: .studyDeleted, action: .delete, lifeCycle: .erasure)
        case .rejected, .recalled: AuditTable(event: .studyDeleted, action: .delete, lifeCycle: .logicalDeletion)
        case .held, .released, .labelled, .labelWithdrawn, .retained, .retentionChanged, .linked, .unlinked:
            alert(.securityAttributesChanged)
        case .erased: alert(.securityAttributesChanged, lifeCycle: .erasure)
        case .forbidden: alert(.restrictedFunctionUsed, outcome: .minorFailure)
        case .ruleSetActivated, .listChanged, .keyRotated, .keyDestroyed, .restored: alert(.securityConfiguration)
        case .loggedIn: AuditTable(event: .userAuthentication, type: .login, action: .execute)
        case .loggedOut: AuditTable(event: .userAuthentication, type: .logout, action: .execute)
        case .loginRefused:
            AuditTable(event: .userAuthentication, type: .login, action: .execute, outcome: .minorFailure)
        case .accessRefused: alert(.restrictedFunctionUsed, outcome: .minorFailure)
        case .accountChanged: alert(.userSecurityAttributesChanged)
        case .overrideStarted: alert(.emergencyOverrideStarted)
        case .overrideStopped: alert(.emergencyOverrideStopped)
        case .backedUp: AuditTable(event: .export, action: .read, lifeCycle: .archiving)
        case .decided, .labelWithdrawalRequested, .releaseRequested, .releaseDeclined, .holdReviewed, .overrideReviewed,
            .verified, .vaultChecked, .moved, .deliveryReleased, .kept, .overrideRequested, .overrideDeclined,
            .ruleSetProposed, .ruleSetSigned, .ruleSetUploaded, .ruleSetDiscarded, .withheld:
            nil
        }
    }

    /// PS3.15 A.5.3.11.
    private static func alert(
        _ type: CodedValue, outcome: AuditMessage.Outcome = .success, lifeCycle: AuditMessage.LifeCycle? = nil
    ) -> AuditTable {
        AuditTable(event: .securityAlert, type: type, action: .execute, outcome: outcome, lifeCycle: lifeCycle)
    }
}
