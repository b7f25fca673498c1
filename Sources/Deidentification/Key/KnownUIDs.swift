/// What UIDs became, for those that come again: those of the study, the series and the frame of reference are in every instance,
/// and often in it more than once. A table of a fixed size in which a newcomer takes the place of another: it never grows (P9).
struct KnownUIDs {
    private struct Entry {
        var value: [UInt8]
        var new: [UInt8]?
    }

    private static let size = 1024
    /// A UID of 64 characters (PS3.5 9.1), padded. Of several, short ones would become long.
    private static let longest = 66

    /// Empty until there is one.
    private var entries: [Entry?] = []

    /// - Parameters:
    ///   - value: of an element, as it stands there.
    ///   - make: the same for the same; asked unless it is known what comes of it.
    mutating func new(for value: [UInt8], _ make: ([UInt8]) -> [UInt8]?) -> [UInt8]? {
        guard value.count <= Self.longest, !value.contains(.backslash) else { return make(value) }
        if entries.isEmpty { entries = [Entry?](repeating: nil, count: Self.size) }
        let slot = Self.slot(value)
        if let entry = entries[slot], entry.value == value { return entry.new }
        let new = make(value)
        entries[slot] = Entry(value: value, new: new)
        return new
    }

    /// FNV-1a.
    private static func slot(_ value: [UInt8]) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in value { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: (hash ^ hash >> 32) & UInt64(size - 1))
    }
}
