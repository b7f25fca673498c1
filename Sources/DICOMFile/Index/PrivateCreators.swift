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

    private var names: [Block: String] = [:]
    /// In the order they came, to take back what was read on trial.
    private var order: [Block] = []

    var count: Int { order.count }

    /// The first of two that reserve the same block counts.
    mutating func add(_ value: [UInt8], at tag: Tag, parent: Int32) {
        let block = Block(parent: parent, tag: tag)
        guard names[block] == nil else { return }
        let name = trimmedText(value)
        guard !name.isEmpty else { return }
        names[block] = name
        order.append(block)
    }

    func name(at tag: Tag, parent: Int32) -> String? {
        names.isEmpty ? nil : names[Block(parent: parent, tag: tag)]
    }

    mutating func removeAll(after count: Int) {
        for block in order[count...] { names[block] = nil }
        order.removeLast(order.count - count)
    }
}
