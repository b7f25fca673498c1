/// What may be done at the console. Each page and each action asks for one of these (`ConsoleRoute.all`).
public enum Permission: String, CaseIterable, Hashable, Sendable {
    case ownAccount = "own-account"
    case seeStudies = "see-studies"
    case seePatients = "see-patients"
    case seeRules = "see-rules"
    case giveLabels = "give-labels"
    case keepStudies = "keep-studies"
    case seeHolds = "see-holds"
    case placeHolds = "place-holds"
    case releaseHolds = "release-holds"
    case produce
    case proposeRules = "propose-rules"
    case activateRules = "activate-rules"
    case seeGrants = "see-grants"
    case askForGlass = "ask-for-glass"
    case grantGlass = "grant-glass"
    case endGrants = "end-grants"
    case reviewGrants = "review-grants"
    case seeLog = "see-log"
    case seeLogValues = "see-log-values"
    case seeOperations = "see-operations"
    case releaseDeadLetters = "release-dead-letters"
    case manageAccounts = "manage-accounts"

    /// For people.
    public var words: String {
        switch self {
        case .ownAccount: "use their own account"
        case .seeStudies: "see studies by UID or accession number, their labels and decisions"
        case .seePatients: "see whom a study or a hold is about, and search by patient"
        case .seeRules: "read the rules"
        case .giveLabels: "give labels, and withdraw them"
        case .keepStudies: "say of what is kept back that it stays so"
        case .seeHolds: "see holds: matter, custodian, reason"
        case .placeHolds: "place holds, review them, decline a release"
        case .releaseHolds: "ask for the release of a hold, or approve it"
        case .produce: "hand over what is held in a matter, and verify what was handed over"
        case .proposeRules: "upload a candidate rule set, and see what it would decide otherwise"
        case .activateRules: "bring a signed rule set into force, with a second person"
        case .seeGrants: "see broken glass: who, when, why"
        case .askForGlass: "ask for a look at a patient's studies in an emergency"
        case .grantGlass: "grant somebody else's wish for a look in an emergency, or decline it"
        case .endGrants: "end a grant before its time"
        case .reviewGrants: "write down whether breaking the glass was justified, and see whom it was about"
        case .seeLog: "read the custody log, export it, take proofs"
        case .seeLogValues: "see values on the custody log that may name patients"
        case .seeOperations: "see how the gateway's work stands, and its check list"
        case .releaseDeadLetters: "have dead letters sent again"
        case .manageAccounts: "see accounts, unlock, disable and enable them"
        }
    }
}

/// Who may do what: the one table. Code and tests read it, and a test holds the table of docs/console.md against it.
public enum RoleTable {
    public static func roles(_ permission: Permission) -> Set<Role> {
        switch permission {
        case .ownAccount: [.administrator, .reviewer, .legal, .auditor, .viewer]
        case .seeStudies: [.administrator, .reviewer, .legal, .auditor, .viewer]
        case .seeRules: [.administrator, .reviewer, .legal, .auditor, .viewer]
        case .seePatients: [.reviewer, .legal]
        case .giveLabels: [.reviewer, .legal]
        case .keepStudies: [.reviewer, .legal]
        case .seeHolds: [.administrator, .reviewer, .legal, .auditor]
        case .placeHolds: [.legal]
        case .releaseHolds: [.legal]
        case .produce: [.legal]
        case .proposeRules: [.administrator, .reviewer, .legal]
        case .activateRules: [.administrator, .legal]
        case .seeGrants: [.administrator, .reviewer, .legal, .auditor]
        case .askForGlass: [.viewer]
        case .grantGlass: [.reviewer, .legal]
        case .endGrants: [.administrator, .legal, .auditor]
        case .reviewGrants: [.legal, .auditor]
        case .seeLog: [.administrator, .legal, .auditor]
        case .seeLogValues: [.legal, .auditor]
        case .seeOperations: [.administrator, .auditor]
        case .releaseDeadLetters: [.administrator]
        case .manageAccounts: [.administrator]
        }
    }

    /// Whether one of the roles may.
    public static func allows(_ roles: Set<Role>, _ permission: Permission) -> Bool {
        !roles.isDisjoint(with: self.roles(permission))
    }
}

extension Permission {
    /// Those that open parts of pages, which others may see without them.
    static let ofParts: Set<Permission> = [.seePatients, .seeLogValues]
}
