import DICOMCore

/// The private creators of a data set by item and block, noted while the index is made: asking who reserved a block then
/// reads nothing. Short: an object has a handful.
struct PrivateCreators: Sendable {
    /// LO has at most 64 characters, of which few repertoires need more than four bytes. A longer value names nobody.
    static let longestName = 256
    /// They are kept in memory (P9): an enhanced MR of ten thousand frames has some fifty thousand.
    static let most = 500_000

    private struct Block: Hashable {
        var parent: Int32
        var tag: Tag
    }

    private var names: [Block: [String]] = [:]
    /// The value that came last, and whom it names: items of a sequence name the same, one after the other.
    private var last: (value: [UInt8], names: [String]) = ([], [])
    /// In the order they came, to take back what was read on trial.
    private var order: [Block] = []

    var count: Int { order.count }

    /// A block has one creator, which has one value (PS3.5 7.8.1). Of several, in one element or in two, each may be the one
    /// that a reader goes by.
    mutating func add(_ value: [UInt8], at tag: Tag, parent: Int32) {
        let block = Block(parent: parent, tag: tag)
        if value != last.value || last.names.isEmpty { last = (value, Self.names(in: value)) }
        guard let known = names[block] else {
            if last.names.isEmpty { return }
            names[block] = last.names
            for _ in last.names { order.append(block) }
            return
        }
        for name in last.names where !known.contains(name) {
            names[block, default: []].append(name)
            order.append(block)
        }
    }

    /// Each once.
    private static func names(in value: [UInt8]) -> [String] {
        var names: [String] = []
        var all = [trimmedText(value)]
        if value.contains(UInt8(ascii: "\\")) {
            all += value.split(separator: UInt8(ascii: "\\")).map { trimmedText(Array($0)) }
        }
        for name in all where !name.isEmpty && !names.contains(name) { names.append(name) }
        return names
    }

    /// The first one.
    func name(at tag: Tag, parent: Int32) -> String? { all(at: tag, parent: parent).first }

    func all(at tag: Tag, parent: Int32) -> [String] {
        names.isEmpty ? [] : names[Block(parent: parent, tag: tag)] ?? []
    }

    mutating func removeAll(after count: Int) {
        for block in order[count...].reversed() { names[block]?.removeLast() }
        order.removeLast(order.count - count)
    }
}
