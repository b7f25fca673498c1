public import Host

/// One audit message (PS3.15 A.5.1).
public struct AuditMessage: Hashable, Sendable {
    public var event: CodedValue
    public var types: [CodedValue] = []
    public var action: Action
    public var time: Instant
    public var outcome: Outcome = .success
    /// Why it did not succeed, or why it was done.
    public var outcomeDescription: String?
    /// One at least.
    public var participants: [Participant]
    public var objects: [Object] = []

    public init(
        _ event: CodedValue, types: [CodedValue] = [], action: Action, time: Instant, participants: [Participant],
        objects: [Object] = []
    ) {
        self.event = event
        self.types = types
        self.action = action
        self.time = time
        self.participants = participants
        self.objects = objects
    }

    public enum Action: String, Hashable, Sendable {
        case create = "C", read = "R", update = "U", delete = "D", execute = "E"
    }

    public enum Outcome: String, Hashable, Sendable {
        case success = "0", minorFailure = "4", seriousFailure = "8", majorFailure = "12"
    }

    /// Somebody or something that took part.
    public struct Participant: Hashable, Sendable {
        public var userID: String
        public var alternativeUserID: String?
        public var userName: String?
        public var isRequestor: Bool
        public var roles: [CodedValue] = []
        /// Of a medium that is written or read.
        public var media: CodedValue?
        public var address: NetworkAddress?

        public init(_ userID: String, isRequestor: Bool, roles: [CodedValue] = []) {
            self.userID = userID
            self.isRequestor = isRequestor
            self.roles = roles
        }
    }

    public enum NetworkAddress: Hashable, Sendable {
        case name(String), ip(String), uri(String)
    }

    /// What it was done to.
    public struct Object: Hashable, Sendable {
        public var id: String
        public var idType: CodedValue
        public var type: ObjectType
        public var role: Role
        public var lifeCycle: LifeCycle?
        public var sensitivity: String?
        /// A name, or the query. Empty where there is none: the schema asks for one of both.
        public var name: Name = .text("")
        public var details: [(type: String, value: [UInt8])] = []
        public var instances: [SOPClass] = []
        public var accessionNumbers: [String] = []
        /// Studies on a medium.
        public var studies: [String] = []
        public var isAnonymized: Bool?

        public init(_ id: String, _ idType: CodedValue, type: ObjectType, role: Role, lifeCycle: LifeCycle? = nil) {
            self.id = id
            self.idType = idType
            self.type = type
            self.role = role
            self.lifeCycle = lifeCycle
        }

        public static func == (left: Object, right: Object) -> Bool {
            left.id == right.id && left.idType == right.idType && left.type == right.type && left.role == right.role
                && left.lifeCycle == right.lifeCycle && left.sensitivity == right.sensitivity
                && left.name == right.name && left.instances == right.instances
                && left.accessionNumbers == right.accessionNumbers && left.studies == right.studies
                && left.isAnonymized == right.isAnonymized && left.details.elementsEqual(right.details, by: ==)
        }

        public func hash(into hasher: inout Hasher) {
            hasher.combine(id)
            hasher.combine(idType)
        }
    }

    public enum Name: Hashable, Sendable {
        case text(String)
        case query([UInt8])
    }

    public enum ObjectType: String, Hashable, Sendable {
        case person = "1", system = "2", organization = "3", other = "4"
    }

    public enum Role: String, Hashable, Sendable {
        case patient = "1", report = "3", resource = "4", list = "7", securityUser = "11", securityResource = "13"
        case dataArchive = "17", job = "20", query = "24"
    }

    public enum LifeCycle: String, Hashable, Sendable {
        case origination = "1", importing = "2", amendment = "3", verification = "4", access = "6"
        case deidentification = "7", export = "10", disclosure = "11", archiving = "13", logicalDeletion = "14"
        case erasure = "15"
    }

    /// Instances of one SOP class.
    public struct SOPClass: Hashable, Sendable {
        public var uid: String?
        public var count: Int
        /// SOP Instance UIDs; not all that are counted need to be named.
        public var instances: [String]

        public init(uid: String?, count: Int, instances: [String] = []) {
            self.uid = uid
            self.count = count
            self.instances = instances
        }
    }
}

/// Who reports (PS3.15 A.5.1, AuditSourceIdentification).
public struct AuditSource: Hashable, Sendable {
    /// Names this gateway among all that report.
    public var id: String
    public var enterpriseSite: String?

    public init(id: String, enterpriseSite: String? = nil) {
        self.id = id
        self.enterpriseSite = enterpriseSite
    }
}
