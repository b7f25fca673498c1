/// Many byte patterns looked for at once in one pass. Beginnings of four, six and eight bytes are kept in tables behind a
/// bit field that says quickly where none of them can be: a few operations a byte, and memory in proportion to the
/// patterns alone, where an automaton would need a thousand bytes for each of theirs.
///
/// Patterns and haystacks are in small ASCII letters (`lowercased`), byte by byte, whatever the encoding.
struct PatternSet: Sendable {
    /// Shorter ones are everywhere.
    static let shortest = 4

    struct Match: Hashable, Sendable {
        var pattern: Int
        /// In the haystack.
        var range: Range<Int>
    }

    /// Who a pattern speaks for, as the caller numbers them.
    struct Entry: Sendable {
        var start: Int
        var count: Int
        var owner: Int32
    }

    private var bytes: [UInt8] = []
    private(set) var entries: [Entry] = []
    private var classes: [PrefixClass] = []

    /// Patterns that begin alike.
    private struct PrefixClass: Sendable {
        var mask: UInt64
        var bits: [UInt64]
        var shift: UInt64
        var places: [UInt64: Range<Int32>]
        var order: [Int32]
    }

    init(_ patterns: [(bytes: [UInt8], owner: Int32)]) {
        for pattern in patterns where pattern.bytes.count >= Self.shortest {
            entries.append(Entry(start: bytes.count, count: pattern.bytes.count, owner: pattern.owner))
            bytes += pattern.bytes
        }
        for (length, next) in [(4, 6), (6, 8), (8, Int.max)] {
            let members = entries.indices.filter { entries[$0].count >= length && entries[$0].count < next }
            if !members.isEmpty { classes.append(makeClass(length, members)) }
        }
    }

    var isEmpty: Bool { entries.isEmpty }

    func bytes(of pattern: Int) -> ArraySlice<UInt8> {
        bytes[entries[pattern].start..<entries[pattern].start + entries[pattern].count]
    }

    private func makeClass(_ length: Int, _ members: [Int]) -> PrefixClass {
        let mask: UInt64 = length == 8 ? .max : (1 << (UInt64(length) * 8)) - 1
        var keyed = members.map { (key: key(of: entries[$0]) & mask, id: Int32($0)) }
        keyed.sort { ($0.key, $0.id) < ($1.key, $1.id) }
        var size: UInt64 = 16
        while (1 << size) < UInt64(members.count) * 16 && size < 30 { size += 1 }
        var new = PrefixClass(
            mask: mask, bits: Array(repeating: 0, count: max(1, Int(1 << size) / 64)), shift: 64 - size, places: [:],
            order: keyed.map(\.id))
        var start = 0
        while start < keyed.count {
            var end = start
            while end < keyed.count, keyed[end].key == keyed[start].key { end += 1 }
            new.places[keyed[start].key] = Int32(start)..<Int32(end)
            let slot = Self.slot(keyed[start].key, new.shift)
            new.bits[Int(slot >> 6)] |= 1 << (slot & 63)
            start = end
        }
        return new
    }

    private func key(of entry: Entry) -> UInt64 {
        var key: UInt64 = 0
        for offset in 0..<min(8, entry.count) { key |= UInt64(bytes[entry.start + offset]) << (UInt64(offset) * 8) }
        return key
    }

    @inline(__always)
    private static func slot(_ key: UInt64, _ shift: UInt64) -> UInt64 { (key &* 0x9E37_79B9_7F4A_7C15) >> shift }

    /// Calls `body` for each place where a pattern stands, in order.
    func forEachMatch(in haystack: [UInt8], _ body: (Match) -> Void) {
        guard !classes.isEmpty, haystack.count >= Self.shortest else { return }
        haystack.withUnsafeBufferPointer { haystack in
            for prefix in classes {
                prefix.bits.withUnsafeBufferPointer { bits in
                    var word: UInt64 = 0
                    // The word holds the eight bytes that begin at `position`, NULs behind the end.
                    for offset in 0..<min(8, haystack.count) {
                        word |= UInt64(haystack[offset]) << (UInt64(offset) * 8)
                    }
                    var position = 0
                    let last = haystack.count - Self.shortest
                    while position <= last {
                        let key = word & prefix.mask
                        let slot = Self.slot(key, prefix.shift)
                        if bits[Int(slot >> 6)] & (1 << (slot & 63)) != 0, let range = prefix.places[key] {
                            for index in range {
                                let id = Int(prefix.order[Int(index)])
                                if isMatch(entries[id], haystack, at: position) {
                                    body(Match(pattern: id, range: position..<position + entries[id].count))
                                }
                            }
                        }
                        position += 1
                        let next = position + 7
                        word >>= 8
                        if next < haystack.count { word |= UInt64(haystack[next]) << 56 }
                    }
                }
            }
        }
    }

    private func isMatch(_ entry: Entry, _ haystack: UnsafeBufferPointer<UInt8>, at position: Int) -> Bool {
        guard position + entry.count <= haystack.count else { return false }
        for offset in 0..<entry.count where haystack[position + offset] != bytes[entry.start + offset] { return false }
        return true
    }
}

/// ASCII capitals made small, byte by byte, whatever the encoding is; both sides of a search pass through here.
func lowercased(_ bytes: some Sequence<UInt8>) -> [UInt8] { bytes.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 } }

extension UInt8 {
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isLetter: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7A }
    var isAlphanumeric: Bool { isDigit || isLetter }
}
