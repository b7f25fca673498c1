/// The right edge of a tree: all that is needed to add leaves and to know the root.
public struct TreeEdge: Sendable {
    /// How many leaves there are.
    public private(set) var count: Int
    /// The last complete node of each level that still waits for its right neighbour.
    private var waiting: [LogHash?]

    /// Of the empty tree.
    public init() {
        count = 0
        waiting = Array(repeating: nil, count: MerkleTree.levels)
    }

    /// Of the first `count` leaves of a tree whose nodes are stored: at most 62 of them are read.
    public init(count: Int, node: MerkleTree.NodeReader) throws {
        try MerkleTree.checkSize(count)
        self.count = count
        waiting = try (0..<MerkleTree.levels).map { level in
            guard (count >> level) & 1 == 1 else { return nil }
            return try MerkleTree.stored(NodePosition(level: level, index: (count >> level) - 1), node)
        }
    }

    /// Adds a leaf, and hands over each node that becomes complete, its own first.
    public mutating func add(_ leaf: LogHash, _ complete: (TreeNode) throws -> Void) throws {
        guard count < MerkleTree.largestSize else { throw LogError(.size, "the tree is full") }
        var node = TreeNode(position: NodePosition(level: 0, index: count), hash: leaf)
        try complete(node)
        while let left = waiting[node.position.level] {
            waiting[node.position.level] = nil
            node = TreeNode(
                position: NodePosition(level: node.position.level + 1, index: node.position.index >> 1),
                hash: .node(left, node.hash))
            try complete(node)
        }
        waiting[node.position.level] = node.hash
        count += 1
    }

    /// The root of all leaves so far.
    public var root: LogHash {
        let parts = waiting.compactMap(\.self)
        guard let last = parts.first else { return .empty }
        return parts.dropFirst().reduce(last) { .node($1, $0) }
    }
}
