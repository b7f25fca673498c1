public import DICOMCore

/// Which elements at the top level of a data set an index holds, each with all that is below it. The others are read over: their
/// headers, lengths, items and delimiters are looked at as ever, up to the end, so that a file that cannot be read to its end is found out
/// all the same. They are only not remembered.
public struct ElementSelection: Sendable, Hashable {
    /// All of them.
    public static let everything = ElementSelection(isEverything: true)

    public let isEverything: Bool
    /// Tags, ascending, as numbers; of a whole group (gggg,FFFF), which is no element of the standard.
    private var keys: [UInt32] = []
    private var hasGroups = false
    /// A bit for each key by its hash: nearly every element is none of those, and is known by it.
    private var filter: UInt64 = 0

    private init(isEverything: Bool) { self.isEverything = isEverything }

    /// The elements with these tags. Specific Character Set (0008,0005) always is one: texts are read by it.
    public init(_ tags: some Sequence<Tag>) {
        isEverything = false
        for tag in tags { insert(tag) }
        insert(.specificCharacterSet)
    }

    public mutating func insert(_ tag: Tag) { insert(tag.rawValue) }

    /// All elements of a group, such as those of a private one: their numbers are known when its creators are.
    public mutating func insert(group: UInt16) { insert(Self.key(group)) }

    private mutating func insert(_ key: UInt32) {
        let place = keys.firstIndex { $0 >= key } ?? keys.count
        if place < keys.count, keys[place] == key { return }
        keys.insert(key, at: place)
        filter |= Self.bit(key)
        hasGroups = hasGroups || key & 0xFFFF == 0xFFFF
    }

    /// What either of them holds.
    public func union(_ other: ElementSelection) -> ElementSelection {
        if isEverything || other.isEverything { return .everything }
        var result = self
        for key in other.keys { result.insert(key) }
        return result
    }

    /// Whether all is in this one that is in the other.
    public func covers(_ other: ElementSelection) -> Bool {
        if isEverything { return true }
        if other.isEverything { return false }
        return other.keys.allSatisfy { has($0) || hasGroups && has($0 | 0xFFFF) }
    }

    @inline(__always)
    public func contains(_ tag: Tag) -> Bool {
        if isEverything { return true }
        if filter & Self.bit(tag.rawValue) != 0, has(tag.rawValue) { return true }
        return hasGroups && has(Self.key(tag.group))
    }

    /// By halves.
    private func has(_ key: UInt32) -> Bool {
        var low = 0, high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] == key { return true }
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return false
    }

    private static func key(_ group: UInt16) -> UInt32 { UInt32(group) << 16 | 0xFFFF }

    /// Fibonacci hashing: tags of one group differ in few low bits.
    @inline(__always)
    private static func bit(_ key: UInt32) -> UInt64 { 1 << UInt64((key &* 0x9E37_79B9) >> 26) }
}
