public import Deidentification
public import Host
public import Registry
public import RuleLanguage

/// What somebody asks for who hands over what is held in a matter.
public struct ProductionOrder: Sendable {
    public var matter: String
    /// The folder that will be the bag. It is not there yet; the folder that it is to be in is.
    public var output: String
    public var person: Person
    /// Why it is handed over: an order of the court, a request.
    public var reason: String
    public var time: Instant
    /// Whose released forms are made anew and put beside the originals.
    public var audiences: [String] = []
    /// What decided, and what released forms are made with: those that decisions name by digest.
    public var ruleSets: [RuleSet] = []
    /// For audiences that get de-identified data.
    public var key: DeidentificationKey?
    /// Decisions by rule sets that are not given are handed over all the same, and it is said that they are missing.
    public var allowsMissingRules = false
    /// What the log says of people stays closed: commitments without openings.
    public var withholdsOpenings = false
    /// Certificates of those who gave time stamps, PEM, for whoever verifies.
    public var authorities: [UInt8]?
    /// Who stamps the log as it is handed over, and again with the receipt (RFC 3161 by HTTP); needs `authorities`.
    public var timeStampURL: String?
    /// Of the running program, for the record.
    public var version: String

    public init(
        matter: String, output: String, person: Person, reason: String, time: Instant, version: String
    ) {
        self.matter = matter
        self.output = output
        self.person = person
        self.reason = reason
        self.time = time
        self.version = version
    }
}

/// What was handed over.
public struct ProductionReport: Hashable, Sendable {
    public var instances = 0
    public var studies = 0
    /// Of the originals.
    public var bytes = 0
    public var entries = 0
    public var decisions = 0
    /// Instances whose bytes were removed before, or never kept: they are named, and not there.
    public var absent = 0
    /// Instances that may belong to the matter and of which nobody can tell: they are held and not handed over.
    public var uncertain = 0
    public var released = 0
    /// Digests of rule sets that decided and were not given.
    public var missingRules: [String] = []
    /// SHA-256 of the first list of tag files: it stands for all of the bag.
    public var tagManifest = ""
    /// Of the custody log: where it says that this was produced.
    public var leaf = 0
    /// What a letter tells the other side: whose keys, and their fingerprints.
    public var fingerprints: [Fingerprint] = []

    public struct Fingerprint: Hashable, Sendable {
        /// `log`, `witness`, `time stamping authority`.
        public var role: String
        public var name: String
        /// SHA-256, 64 hexadecimal digits.
        public var digest: String
    }
}
