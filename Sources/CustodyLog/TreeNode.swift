/// Where a complete node stands: it covers the 2^level leaves from index * 2^level on. Level 0 is the leaves' hashes.
public struct NodePosition: Hashable, Sendable {
    public var level: Int
    public var index: Int

    public init(level: Int, index: Int) {
        self.level = level
        self.index = index
    }
}

/// A node whose leaves are all there. It never changes again, and so it can be stored.
public struct TreeNode: Hashable, Sendable {
    public var position: NodePosition
    public var hash: LogHash

    public init(position: NodePosition, hash: LogHash) {
        self.position = position
        self.hash = hash
    }
}
