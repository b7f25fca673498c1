/// What a query can do beside the baseline (PS3.4 C.5.1.1): the bytes of extended negotiation.
public struct QuerySupport: OptionSet, Hashable, Sendable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Relational queries and retrieval: keys of any level.
    public static let relational = QuerySupport(rawValue: 1)
    /// Date and time matched as one.
    public static let combinedDateTime = QuerySupport(rawValue: 2)
    /// Fuzzy semantic matching of person names.
    public static let fuzzyNames = QuerySupport(rawValue: 4)
    public static let timezoneAdjustment = QuerySupport(rawValue: 8)

    /// In the order of the bytes.
    private static let bytes: [QuerySupport] = [.relational, .combinedDateTime, .fuzzyNames, .timezoneAdjustment]

    /// What is proposed for C-FIND.
    public var findInformation: [UInt8] { Self.bytes.map { contains($0) ? 1 : 0 } }

    /// What the information of a peer says. Bytes that are not there, or that we do not know, mean no.
    public init(information: [UInt8]) {
        self = []
        for (byte, support) in zip(information, Self.bytes) where byte == 1 { insert(support) }
    }

    /// What both can do, in as many bytes as were asked: those we do not know (multi-frame conversion) with 0.
    func answer(toFind information: [UInt8]) -> [UInt8] {
        let both = intersection(QuerySupport(information: information))
        let known = both.findInformation
        return information.indices.map { $0 < known.count ? known[$0] : 0 }
    }

    /// C-MOVE and C-GET negotiate relational retrieval alone (PS3.4 C.5.2.1, C.5.3.1).
    func answer(toRetrieve information: [UInt8]) -> [UInt8] {
        intersection(.relational).answer(toFind: information)
    }
}

/// How an SCP stores (PS3.4 B.3.1.4): answered to whoever asks. Only whoever keeps the objects knows.
public struct StorageSupport: Hashable, Sendable {
    public enum Level: UInt8, Hashable, Sendable { case local = 0, base = 1, full = 2 }

    public var level: Level
    /// Level of digital signature support: 0 says nothing, 1 signatures may be lost, 2 they are verified on arrival, 3 they stay
    /// valid.
    public var signatures: UInt8
    /// Elements may be changed on storing.
    public var coerces: Bool

    public init(level: Level, signatures: UInt8 = 0, coerces: Bool) {
        self.level = level
        self.signatures = signatures
        self.coerces = coerces
    }

    var information: [UInt8] { [level.rawValue, 0, signatures, 0, coerces ? 1 : 0, 0] }
}
