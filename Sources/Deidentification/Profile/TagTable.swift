import DICOMCore

/// Tags to values, found in one or two steps: the walk asks it of every element. Open addressing over a table that is
/// at most half full.
struct TagTable<Value: Sendable>: Sendable {
    private var keys: [UInt32]
    private var values: [Value?]
    private let mask: Int
    let count: Int

    /// (FFFF,FFFF) is no tag of any element (PS3.5 7.8).
    private static var free: UInt32 { .max }

    init(_ entries: [Tag: Value]) {
        var size = 8
        while size < entries.count * 2 { size *= 2 }
        keys = [UInt32](repeating: Self.free, count: size)
        values = [Value?](repeating: nil, count: size)
        mask = size - 1
        count = entries.count
        for (tag, value) in entries where tag.rawValue != Self.free {
            var slot = Self.slot(tag.rawValue, mask)
            while keys[slot] != Self.free { slot = (slot + 1) & mask }
            keys[slot] = tag.rawValue
            values[slot] = value
        }
    }

    subscript(tag: Tag) -> Value? {
        var slot = Self.slot(tag.rawValue, mask)
        while true {
            let key = keys[slot]
            if key == tag.rawValue { return values[slot] }
            if key == Self.free { return nil }
            slot = (slot + 1) & mask
        }
    }

    /// Fibonacci hashing: neighbours in a group land far apart.
    private static func slot(_ key: UInt32, _ mask: Int) -> Int {
        Int(key &* 2_654_435_769 >> 8) & mask
    }
}
