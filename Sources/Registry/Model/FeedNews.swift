public import Host

/// What one message of a feed says of patients: an HL7 message, a FHIR resource.
public struct FeedNews: Hashable, Sendable {
    /// The feed's name; labels that it gives bear it.
    public var feed: String
    /// What the sender calls the message (MSH-10), and SHA-256 of its bytes: together they tell a message that came again.
    public var control: String
    public var digest: String
    /// When the sender says that it was said; nil when it does not.
    public var said: Instant?
    public var statements: [Statement]
    public var links: [Link]
    /// The sender's record that the message is about, where others may refer to it.
    public var record: Record?

    /// Which labels patients have by what stands in one place. All of them: what the feed gave before by the same place and does
    /// not name any more is withdrawn.
    public struct Statement: Hashable, Sendable {
        /// `PV1-16`, `ARV-4 VIP`. Never a value that names somebody.
        public var place: String
        public var patients: [PatientIdentity]
        public var labels: [Label]
        /// False where only a part is told: then nothing is withdrawn.
        public var isWhole: Bool

        public init(place: String, patients: [PatientIdentity], labels: [Label], isWhole: Bool = true) {
            self.place = place
            self.patients = patients
            self.labels = labels
            self.isWhole = isWhole
        }
    }

    public struct Label: Hashable, Sendable {
        public var name: String
        public var tellsOfHold: Bool
        public var reason: String
        public var expires: Instant?

        public init(_ name: String, tellsOfHold: Bool = false, reason: String, expires: Instant? = nil) {
            self.name = name
            self.tellsOfHold = tellsOfHold
            self.reason = reason
            self.expires = expires
        }
    }

    /// A record of a patient as the sender keeps them. What refers to one that has not come is kept until it does.
    public struct Record: Hashable, Sendable {
        /// All that others may refer to it by; empty where the sender gives none. Never a value that names somebody.
        public var names: [String]
        public var patients: [PatientIdentity]
        /// Names of records of the same person.
        public var others: [String]

        public init(names: [String], patients: [PatientIdentity], others: [String] = []) {
            self.names = names
            self.patients = patients
            self.others = others
        }
    }

    public enum Link: Hashable, Sendable {
        case merge(PatientIdentity, PatientIdentity)
        case link(PatientIdentity, PatientIdentity)
        case unlink(PatientIdentity, PatientIdentity)
    }

    public init(
        feed: String, control: String, digest: String, said: Instant?, statements: [Statement], links: [Link] = [],
        record: Record? = nil
    ) {
        self.feed = feed
        self.control = control
        self.digest = digest
        self.said = said
        self.statements = statements
        self.links = links
        self.record = record
    }
}

/// What came of the news of a feed.
public struct FeedReceipt: Hashable, Sendable {
    /// It came before, and nothing was done.
    public var isRepeated = false
    /// Numbers of labels.
    public var given: [Int64] = []
    public var withdrawn: [Int64] = []
    /// They tell of holds: two people must wish it, whatever the feed does.
    public var requested: [Int64] = []
    /// A hold keeps them.
    public var kept: [Int64] = []
    /// Not withdrawn, since the feed has said something later of the same patient, or may have.
    public var late: [Int64] = []
    /// Numbers of links.
    public var linked: [Int64] = []
    public var unlinked: [Int64] = []
    /// Links that stay, since the feed has linked both later, or may have.
    public var lateUnlinked: [Int64] = []
    /// How many records of the same person have not come yet.
    public var awaited = 0

    public init() {}

    public var changesNothing: Bool {
        given.isEmpty && withdrawn.isEmpty && requested.isEmpty && linked.isEmpty && unlinked.isEmpty
    }
}
