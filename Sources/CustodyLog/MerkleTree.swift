/// The Merkle tree of RFC 9162 2.1, computed from complete nodes that somebody else stores: about two for each leaf. Pure:
/// it asks for nodes and says which to add.
public enum MerkleTree {
    /// The hash of a complete node; nil when it is not there.
    public typealias NodeReader = (NodePosition) throws -> LogHash?

    /// Adds leaves to a tree.
    ///
    /// - Parameters:
    ///   - leaves: their hashes, in order.
    ///   - count: how many leaves the tree has; the first new one gets this index.
    ///   - node: reads stored nodes: at most 63, however many leaves are added.
    /// - Returns: the nodes that have become complete, the leaves' own among them; to be stored together with the leaves.
    public static func append(
        _ leaves: some Sequence<LogHash>, at count: Int, node: NodeReader
    ) throws -> [TreeNode] {
        var edge = try TreeEdge(count: count, node: node)
        var nodes: [TreeNode] = []
        for leaf in leaves { try edge.add(leaf) { nodes.append($0) } }
        return nodes
    }

    /// Adds one leaf.
    public static func append(_ leaf: LogHash, at count: Int, node: NodeReader) throws -> [TreeNode] {
        try append(CollectionOfOne(leaf), at: count, node: node)
    }

    /// The root of the first `size` leaves.
    public static func root(size: Int, node: NodeReader) throws -> LogHash {
        try checkSize(size)
        return try root(of: 0..<size, node)
    }

    /// Hashes that lead from a leaf to the root of the first `size` leaves (RFC 9162 2.1.3.1).
    public static func inclusionProof(of index: Int, size: Int, node: NodeReader) throws -> [LogHash] {
        try checkSize(size)
        guard (0..<size).contains(index) else {
            throw LogError(.size, "there is no leaf \(index) in a tree of \(size)")
        }
        var proof: [LogHash] = []
        var range = 0..<size
        while range.count > 1 {
            let middle = split(range)
            if index < middle {
                proof.append(try root(of: middle..<range.upperBound, node))
                range = range.lowerBound..<middle
            } else {
                proof.append(try root(of: range.lowerBound..<middle, node))
                range = middle..<range.upperBound
            }
        }
        return proof.reversed()
    }

    /// Hashes that show that the first `size` leaves begin with the first `earlier` (RFC 9162 2.1.4.1). Empty when the two
    /// sizes are one, or `earlier` is none.
    public static func consistencyProof(from earlier: Int, to size: Int, node: NodeReader) throws -> [LogHash] {
        try checkSize(size)
        guard (0...size).contains(earlier) else {
            throw LogError(.size, "a tree of \(size) does not extend one of \(earlier)")
        }
        if earlier == 0 || earlier == size { return [] }
        var proof: [LogHash] = []
        var range = 0..<size
        while range.upperBound != earlier {
            let middle = split(range)
            if earlier <= middle {
                proof.append(try root(of: middle..<range.upperBound, node))
                range = range.lowerBound..<middle
            } else {
                proof.append(try root(of: range.lowerBound..<middle, node))
                range = middle..<range.upperBound
            }
        }
        // When the older tree is a subtree on the left edge, whoever checks knows its root already.
        if range.lowerBound != 0 { proof.append(try root(of: range, node)) }
        return proof.reversed()
    }

    // MARK: - Ranges of leaves

    /// Indices fit in 62 bits.
    static let levels = 63
    static let largestSize = 1 << 62

    static func checkSize(_ size: Int) throws(LogError) {
        guard (0...largestSize).contains(size) else { throw LogError(.size, "a tree has no size \(size)") }
    }

    /// The largest power of two of leaves goes to the left, when there are more than one.
    private static func split(_ range: Range<Int>) -> Int {
        range.lowerBound + 1 << (Int.bitWidth - 1 - (range.count - 1).leadingZeroBitCount)
    }

    /// Of a range that begins where a subtree does.
    private static func root(of range: Range<Int>, _ node: NodeReader) throws -> LogHash {
        if range.isEmpty { return .empty }
        var parts: [LogHash] = []
        var start = range.lowerBound
        var rest = range.count
        while rest > 0 {
            let level = Int.bitWidth - 1 - rest.leadingZeroBitCount
            parts.append(try stored(NodePosition(level: level, index: start >> level), node))
            start += 1 << level
            rest -= 1 << level
        }
        var hash = parts.removeLast()
        while let left = parts.popLast() { hash = .node(left, hash) }
        return hash
    }

    static func stored(_ position: NodePosition, _ node: NodeReader) throws -> LogHash {
        guard let hash = try node(position) else {
            throw LogError(.missing, "node \(position.index) of level \(position.level) is not in the log")
        }
        return hash
    }
}
