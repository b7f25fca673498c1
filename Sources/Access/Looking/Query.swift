/// A level of the Query/Retrieve Information Model (PS3.4 C.6).
public enum QueryLevel: String, Hashable, Sendable, CaseIterable {
    case patient = "PATIENT"
    case study = "STUDY"
    case series = "SERIES"
    /// IMAGE in DIMSE.
    case instance = "IMAGE"
}

/// What somebody looks for.
public struct Query: Hashable, Sendable {
    public var level: QueryLevel
    /// Keys as in a C-FIND (PS3.4 C.2.2.2): an attribute with a value is matched, one without is asked for. Neither
    /// Query/Retrieve Level nor Timezone are in it: `level` says the one.
    public var keys: Identifier
    /// How many of the matches that may be seen are passed over.
    public var offset: Int
    /// The most matches that are given; nil for all.
    public var limit: Int?

    public init(level: QueryLevel, keys: Identifier, offset: Int = 0, limit: Int? = nil) {
        self.level = level
        self.keys = keys
        self.offset = max(0, offset)
        self.limit = limit
    }
}

/// What somebody wants to have: all that agrees with the UIDs, at a level. Lists may name several.
public struct Retrieval: Hashable, Sendable {
    public var level: QueryLevel
    /// At the patient level, and where a Patient Root asker gives one.
    public var patientID: String?
    public var studies: [String]
    public var series: [String]
    public var instances: [String]

    public init(
        level: QueryLevel, patientID: String? = nil, studies: [String] = [], series: [String] = [],
        instances: [String] = []
    ) {
        self.level = level
        self.patientID = patientID
        self.studies = studies
        self.series = series
        self.instances = instances
    }
}

extension Query {
    /// Whether it is about several studies, series, instances or patients by their names.
    var namesSeveral: Bool { Showing.names.contains { keys.values($0).count > 1 } }
}

extension Retrieval {
    var namesSeveral: Bool { max(studies.count, series.count, instances.count) > 1 }
}

/// Who gets what is retrieved.
public enum Destination: Hashable, Sendable {
    /// Who asks, on the same connection: C-GET, WADO.
    case asker
    /// Another: the destination of a C-MOVE. It is a principal, too; nothing goes there that either may not see, and no
    /// broken glass opens anything for it.
    case other(Principal)
}
