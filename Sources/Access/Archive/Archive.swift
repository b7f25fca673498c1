/// What stands behind: the archive, with all that is in it. The core alone asks it; whoever else has one can do nothing with
/// it, since every question wants an `ArchiveLeave`, and only the core makes those.
///
/// Answers are handed over one by one and are waited for, so that neither side holds more than one (P9).
public protocol Archive: Sendable {
    /// Asks for all that agree with the keys, at a level. Hierarchical: above the level there is a single UID, or nothing.
    ///
    /// - Parameter each: takes an answer; false when no more are wanted, which is no error.
    /// - Throws: `ArchiveError`; what `each` throws.
    func find(
        _ level: QueryLevel, _ keys: Identifier, leave: borrowing ArchiveLeave,
        each: (Identifier) async throws -> Bool
    ) async throws

    /// Fetches instances, in any order. The file that is handed over may be removed when `each` returns, by the archive.
    ///
    /// - Throws: `ArchiveError`; what `each` throws.
    func retrieve(
        _ instances: [InstanceReference], leave: borrowing ArchiveLeave,
        each: (RetrievedInstance) async throws -> Void
    ) async throws
}

/// Leave to ask the archive. It cannot be copied, kept or made by anybody but the core.
public struct ArchiveLeave: ~Copyable, Sendable {
    init() {}
}

/// An instance in the archive.
public struct InstanceReference: Hashable, Sendable {
    public var study: String
    public var series: String
    public var instance: String
    /// SOP Class UID; nil where the archive does not say.
    public var sopClass: String?

    public init(study: String, series: String, instance: String, sopClass: String? = nil) {
        self.study = study
        self.series = series
        self.instance = instance
        self.sopClass = sopClass
    }
}

/// What an archive gives of an instance.
public enum RetrievedInstance: Sendable {
    /// A DICOM file of PS3.10, there until `each` returns.
    case file(path: String)
    /// It could not be given; why stays here.
    case failed(InstanceReference)
}

/// Why an archive did not answer. The asker hears that it failed and no more.
public struct ArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        /// It cannot be reached, or did not answer in time.
        case unreachable
        /// It refused, or answered with a failure.
        case refused
        /// Its answer is against the standard, or larger than we take.
        case badAnswer = "bad-answer"
    }

    public var code: Code
    /// Lower case, no full stop, no patient data.
    public var what: String

    public init(_ code: Code, _ what: String) {
        self.code = code
        self.what = what
    }

    public var description: String { "the archive is \(code.rawValue): \(what)" }
}
