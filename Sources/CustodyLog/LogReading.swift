/// A log as whoever proves and checks reads it. Who stores one conforms: `Registry`.
public protocol LogReading {
    /// How many leaves there are.
    func logSize() throws -> Int

    /// The bytes of a leaf; nil when there is none at the index.
    func leafBytes(at index: Int) throws -> [UInt8]?

    /// The bytes of leaves that follow each other, as far as they are there.
    func leafBytes(in range: Range<Int>) throws -> [[UInt8]]

    /// A complete node; nil when it is not there.
    func node(at position: NodePosition) throws -> LogHash?

    /// What opens the commitments of a leaf; what has been erased is not there.
    func openings(at index: Int) throws -> [Opening]
}

extension LogReading {
    /// Leaf by leaf, for those who have no quicker way.
    public func leafBytes(in range: Range<Int>) throws -> [[UInt8]] {
        var leaves: [[UInt8]] = []
        for index in range {
            guard let bytes = try leafBytes(at: index) else { break }
            leaves.append(bytes)
        }
        return leaves
    }

    /// The root of the first `size` leaves.
    public func root(size: Int) throws -> LogHash {
        try MerkleTree.root(size: size, node: node(at:))
    }

    public func inclusionProof(of index: Int, size: Int) throws -> [LogHash] {
        try MerkleTree.inclusionProof(of: index, size: size, node: node(at:))
    }

    public func consistencyProof(from earlier: Int, to size: Int) throws -> [LogHash] {
        try MerkleTree.consistencyProof(from: earlier, to: size, node: node(at:))
    }

    /// The leaf at an index, read.
    public func leaf(at index: Int) throws -> EventLeaf {
        guard let bytes = try leafBytes(at: index) else {
            throw LogError(.missing, "leaf \(index) is not in the log")
        }
        do throws(LogError) {
            return try EventLeaf(bytes: bytes)
        } catch {
            throw LogError(error.code, "leaf \(index): \(error.message)")
        }
    }
}
