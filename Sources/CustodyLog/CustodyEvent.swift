public import Host

/// Something that happened to what is kept, as it goes on the log.
public struct CustodyEvent: Hashable, Sendable {
    /// What happened. Raw values stand in leaves for ever: new ones are added, none is ever changed.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        case received, decided, viewed, queried, exported
        case labelled, labelWithdrawalRequested = "label-withdrawal-requested", labelWithdrawn = "label-withdrawn"
        case held, holdReviewed = "hold-reviewed", releaseRequested = "release-requested", released
        case releaseDeclined = "release-declined"
        case retained, retentionChanged = "retention-changed"
        case produced, verified
        /// An act that a hold or a retention forbade.
        case forbidden
        case deleted, overwritten, coerced, rejected, keyDestroyed = "key-destroyed", erased
        case listChanged = "list-changed", ruleSetActivated = "rule-set-activated"
        /// Two identities are one patient; are so no longer.
        case linked, unlinked
        case vaultChecked = "vault-checked", moved, keyRotated = "key-rotated", backedUp = "backed-up", restored
        /// What had been sent to somebody is not theirs any more: they were told by a rejection note, or people were.
        case recalled
        /// The glass was broken, whole again, looked into afterwards.
        case overrideStarted = "override-started", overrideStopped = "override-stopped"
        case overrideReviewed = "override-reviewed"
        /// At the console: somebody came in, went, or did not come in; tried what they may not; an account is another than it was.
        case loggedIn = "logged-in", loggedOut = "logged-out", loginRefused = "login-refused"
        case accessRefused = "access-refused", accountChanged = "account-changed"
        /// A dead letter of a gateway is sent again.
        case deliveryReleased = "delivery-released"
        /// Somebody looked at what is kept back, and says that it stays so.
        case kept
        /// Somebody asked for a look in an emergency; somebody else declined it.
        case overrideRequested = "override-requested", overrideDeclined = "override-declined"
        /// A rule set is to decide from some day on; one of those who must has signed it.
        case ruleSetProposed = "rule-set-proposed", ruleSetSigned = "rule-set-signed"
        /// A rule set was laid beside the one that decides, to be compared with it; it was taken away again.
        case ruleSetUploaded = "rule-set-uploaded", ruleSetDiscarded = "rule-set-discarded"
        /// A study of a batch was ready to leave and stayed: what is known of it is not what it was when it was decided.
        case withheld
    }

    public struct Fact: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public var kind: Kind
    public var time: Instant
    /// Who acted.
    public var actor: String
    /// In the clear: digests, codes, numbers, matters. Nothing that names a patient.
    public var facts: [Fact]
    /// What may name a patient: on the log stands a salted commitment to each, and its opening can be erased.
    public var personal: [Fact]

    public init(_ kind: Kind, time: Instant, actor: String, facts: [Fact] = [], personal: [Fact] = []) {
        self.kind = kind
        self.time = time
        self.actor = actor
        self.facts = facts
        self.personal = personal
    }
}
