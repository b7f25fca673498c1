/// What the proofs prove, to somebody who has no more of the log than roots.
public enum ProofVerification {
    /// Whether a leaf stands at an index of the tree with this root (RFC 9162 2.1.3.2). Throws with what does not fit.
    public static func inclusion(
        of leaf: LogHash, at index: Int, size: Int, root: LogHash, proof: [LogHash]
    ) throws(LogError) {
        guard index >= 0, index < size else {
            throw LogError(.size, "there is no leaf \(index) in a tree of \(size)")
        }
        var path = proof[...]
        var place = index
        var last = size - 1
        var hash = leaf
        while last > 0 {
            // The last node of a level without a right neighbour stands as it is on the next.
            if place != last || place & 1 == 1 {
                guard let other = path.popFirst() else { throw Self.tooShort(proof) }
                hash = place & 1 == 1 ? .node(other, hash) : .node(hash, other)
            }
            place >>= 1
            last >>= 1
        }
        guard path.isEmpty else { throw Self.tooLong(proof, expected: proof.count - path.count) }
        guard hash == root else {
            throw LogError(.proof, "the proof of leaf \(index) does not lead to the root of the tree of \(size)")
        }
    }

    /// Whether the tree with the second root begins with the leaves of the first (RFC 9162 2.1.4.2). Throws with what does
    /// not fit.
    public static func consistency(
        from earlier: Int, root earlierRoot: LogHash, to size: Int, root: LogHash, proof: [LogHash]
    ) throws(LogError) {
        guard earlier >= 0, earlier <= size else {
            throw LogError(.size, "a tree of \(size) does not extend one of \(earlier)")
        }
        if earlier == 0 || earlier == size {
            guard proof.isEmpty else { throw Self.tooLong(proof, expected: 0) }
            if earlier == 0 {
                guard earlierRoot == .empty else {
                    throw LogError(.proof, "the root of the tree of 0 is not that of an empty tree")
                }
            } else {
                guard earlierRoot == root else {
                    throw LogError(.proof, "there are two roots of one tree of \(size)")
                }
            }
            return
        }
        // The right edge of the older tree begins with a complete subtree, which the proof begins with, unless it is all.
        let height = earlier.trailingZeroBitCount
        var place = (earlier - 1) >> height
        var last = (size - 1) >> height
        var path = proof[...]
        var older = earlierRoot
        if place > 0 {
            guard let first = path.popFirst() else { throw Self.tooShort(proof) }
            older = first
        }
        var newer = older
        while last > 0 {
            if place & 1 == 1 {
                guard let other = path.popFirst() else { throw Self.tooShort(proof) }
                older = .node(other, older)
                newer = .node(other, newer)
            } else if place < last {
                guard let other = path.popFirst() else { throw Self.tooShort(proof) }
                newer = .node(newer, other)
            }
            place >>= 1
            last >>= 1
        }
        guard path.isEmpty else { throw Self.tooLong(proof, expected: proof.count - path.count) }
        guard older == earlierRoot else {
            throw LogError(.proof, "the proof does not lead to the root of the tree of \(earlier)")
        }
        guard newer == root else {
            throw LogError(.proof, "the proof does not lead to the root of the tree of \(size)")
        }
    }

    private static func tooShort(_ proof: [LogHash]) -> LogError {
        LogError(.proof, "the proof ends after \(proof.count) hashes; more were expected")
    }

    private static func tooLong(_ proof: [LogHash], expected: Int) -> LogError {
        LogError(.proof, "the proof has \(proof.count) hashes; expected \(expected)")
    }
}
