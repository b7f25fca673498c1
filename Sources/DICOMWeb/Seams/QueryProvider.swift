public import DICOMCore
public import DICOMFile

/// Answers the Search transaction (PS3.18 10.6).
public protocol QueryProvider: Sendable {
    /// - Throws: `WebProblem`. What the caller may not see is not there: no error, no count.
    func search(_ query: WebQuery, for caller: Caller) async throws -> QueryAnswers
}

/// What is looked for.
public struct WebQuery: Hashable, Sendable {
    public enum Level: Hashable, Sendable { case study, series, instance }

    /// A value that an attribute should have, in the notation of C-FIND (PS3.4 C.2.2.2): wildcards, ranges of dates, lists
    /// of UIDs with backslashes between them.
    public struct Match: Hashable, Sendable {
        /// One tag, or those of the sequences around it first.
        public var path: [Tag]
        public var value: String

        public init(path: [Tag], value: String) {
            self.path = path
            self.value = value
        }
    }

    /// What answers should have beside the attributes of Tables 10.6.3-3 to 5.
    public enum Fields: Hashable, Sendable {
        case all
        case these([[Tag]])
    }

    public var level: Level
    /// Only within this study, or this series of it.
    public var study: String?
    public var series: String?
    public var matches: [Match]
    public var fields: Fields
    /// The most answers, of those that the caller may see; nil asks for all.
    public var limit: Int?
    /// How many of those that the caller may see to leave out at the beginning.
    public var offset: Int

    public init(
        _ level: Level, study: String? = nil, series: String? = nil, matches: [Match] = [], fields: Fields = .these([]),
        limit: Int? = nil, offset: Int = 0
    ) {
        self.level = level
        self.study = study
        self.series = series
        self.matches = matches
        self.fields = fields
        self.limit = limit
        self.offset = offset
    }
}

/// What was found.
public struct QueryAnswers: Sendable {
    /// A data set each, with the attributes of its level.
    public var dataSets: Feed<DICOMFile>
    /// There are more that the caller may see than the limit let through (PS3.18 8.3.4.4).
    public var isTruncated: Bool

    public init(_ dataSets: Feed<DICOMFile>, isTruncated: Bool = false) {
        self.dataSets = dataSets
        self.isTruncated = isTruncated
    }
}
