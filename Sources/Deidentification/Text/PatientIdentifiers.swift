import Crypto

/// What is known of a patient and of those who had to do with them, gathered from all instances of a run that name the
/// patient or are of one of the patient's studies: to be looked for wherever text is cleaned. A set: adding in any order,
/// and adding twice, gives the same (P4). Bounded (P9): of more than `limit` values nothing is kept but that there were
/// too many, or one that could not be read, and instances whose text is to be cleaned are sequestered.
public struct PatientIdentifiers: Sendable, Hashable {
    enum Kind: UInt8, Sendable, Hashable {
        /// Names and numbers of the patient: no text that has them stays, whatever the profile says of it.
        case patientName, patientNumber
        case name, number
        /// A telephone number.
        case digits
        /// Words in their order: an institution, an address, a device.
        case phrase
        /// Lines and parts of an address.
        case address
        /// An institution or department, of whose name the rare words are looked for, too.
        case institution
        /// `YYYYMMDD`.
        case date
    }

    struct Identifier: Sendable, Hashable, Comparable {
        var kind: Kind
        var text: String

        static func < (left: Identifier, right: Identifier) -> Bool {
            left.kind == right.kind
                ? left.text.utf8.lexicographicallyPrecedes(right.text.utf8) : left.kind.rawValue < right.kind.rawValue
        }
    }

    /// A patient with a hundred studies has some two thousand.
    static let limit = 16_384
    static let byteLimit = 1 << 20

    private(set) var values: Set<Identifier> = []
    private var byteCount = 0
    /// There were more than can be looked for, or some could not be read: what is here is not all.
    public private(set) var isOverfull = false

    public init() {}

    public var isEmpty: Bool { values.isEmpty && !isOverfull }

    mutating func insert(_ kind: Kind, _ text: String) {
        guard !isOverfull, !text.isEmpty, values.insert(Identifier(kind: kind, text: text)).inserted else { return }
        byteCount += text.utf8.count
        if values.count > Self.limit || byteCount > Self.byteLimit { giveUp() }
    }

    /// What is known is not all, and so is nothing to clean by.
    mutating func giveUp() {
        isOverfull = true
        values = []
        byteCount = 0
    }

    /// Joins what other instances say.
    public mutating func formUnion(_ other: PatientIdentifiers) {
        if other.isOverfull {
            self = other
            return
        }
        for value in other.values {
            if isOverfull { return }
            insert(value.kind, value.text)
        }
    }

    var sorted: [Identifier] { values.sorted() }

    /// Of all values, for telling whether what was made with them is still what would be made: it does not tell them.
    public var digest: [UInt8] {
        var hash = SHA256()
        if isOverfull { hash.update(data: [1]) }
        for value in sorted {
            let bytes = Array(value.text.utf8)
            hash.update(data: [value.kind.rawValue])
            withUnsafeBytes(of: UInt64(bytes.count).bigEndian) { hash.update(data: $0) }
            hash.update(data: bytes)
        }
        return Array(hash.finalize())
    }
}
