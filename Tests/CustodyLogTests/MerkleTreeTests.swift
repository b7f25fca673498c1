import CustodyLog
import TestSupport
import Testing

/// Nodes in memory, appended as a registry appends them.
struct NodeStore {
    var nodes: [NodePosition: LogHash] = [:]
    var count = 0

    init(leaves: [LogHash] = []) throws { try append(leaves) }

    mutating func append(_ leaves: [LogHash]) throws {
        for node in try MerkleTree.append(leaves, at: count, node: { nodes[$0] }) {
            guard nodes.updateValue(node.hash, forKey: node.position) == nil else {
                throw LogError(.missing, "a node was written twice")
            }
        }
        count += leaves.count
    }

    func node(_ position: NodePosition) -> LogHash? { nodes[position] }
}

/// The definitions of RFC 9162 2.1, by the letter: slow, and with nothing in common with what is tested.
enum Definition {
    static func split(_ count: Int) -> Int {
        var size = 1
        while size * 2 < count { size *= 2 }
        return size
    }

    static func root(_ leaves: ArraySlice<LogHash>) -> LogHash {
        guard let first = leaves.first else { return .empty }
        if leaves.count == 1 { return first }
        let size = split(leaves.count)
        return .node(root(leaves.prefix(size)), root(leaves.dropFirst(size)))
    }

    static func path(_ index: Int, _ leaves: ArraySlice<LogHash>) -> [LogHash] {
        if leaves.count == 1 { return [] }
        let size = split(leaves.count)
        return index < size
            ? path(index, leaves.prefix(size)) + [root(leaves.dropFirst(size))]
            : path(index - size, leaves.dropFirst(size)) + [root(leaves.prefix(size))]
    }

    static func subproof(_ earlier: Int, _ leaves: ArraySlice<LogHash>, _ isWhole: Bool) -> [LogHash] {
        if earlier == leaves.count { return isWhole ? [] : [root(leaves)] }
        let size = split(leaves.count)
        return earlier <= size
            ? subproof(earlier, leaves.prefix(size), isWhole) + [root(leaves.dropFirst(size))]
            : subproof(earlier - size, leaves.dropFirst(size), false) + [root(leaves.prefix(size))]
    }
}

func numbered(_ count: Int, from start: Int = 0) -> [LogHash] {
    (start..<start + count).map { .leaf("leaf \($0)".utf8) }
}

@Suite struct MerkleTreeTests {
    @Test func `the roots are those that Certificate Transparency published`() throws {
        let leaves: [[UInt8]] = [
            [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43], Array(0x50...0x57),
            Array(0x60...0x6f),
        ]
        let roots = """
            e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
            6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d
            fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125
            aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77
            d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7
            4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4
            76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef
            ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c
            5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328
            """.split(separator: "\n")
        let store = try NodeStore(leaves: leaves.map { .leaf($0) })
        for (size, root) in roots.enumerated() {
            let bytes = try MerkleTree.root(size: size, node: store.node).bytes
            let text = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            #expect(text == root)
        }
    }

    @Test func `every root, inclusion proof and consistency proof of small trees is the one of the definition`() throws
    {
        let leaves = numbered(70)
        let store = try NodeStore(leaves: leaves)
        for size in 0...leaves.count {
            let tree = leaves.prefix(size)
            let root = try MerkleTree.root(size: size, node: store.node)
            #expect(root == Definition.root(tree))
            for index in 0..<size {
                let proof = try MerkleTree.inclusionProof(of: index, size: size, node: store.node)
                #expect(proof == Definition.path(index, tree))
                try ProofVerification.inclusion(of: leaves[index], at: index, size: size, root: root, proof: proof)
            }
            for earlier in 0...size {
                let proof = try MerkleTree.consistencyProof(from: earlier, to: size, node: store.node)
                #expect(proof == (earlier == 0 ? [] : Definition.subproof(earlier, tree, true)))
                let before = try MerkleTree.root(size: earlier, node: store.node)
                try ProofVerification.consistency(
                    from: earlier, root: before, to: size, root: root, proof: proof)
            }
        }
    }

    @Test func `leaves added one by one or in runs make the same nodes`() throws {
        let leaves = numbered(300)
        let whole = try NodeStore(leaves: leaves)
        var single = try NodeStore()
        for leaf in leaves { try single.append([leaf]) }
        #expect(single.nodes == whole.nodes)
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<20 {
            var runs = try NodeStore()
            while runs.count < leaves.count {
                let size = Int.random(in: 0...min(40, leaves.count - runs.count), using: &generator)
                try runs.append(Array(leaves[runs.count..<runs.count + size]))
            }
            #expect(runs.nodes == whole.nodes)
        }
    }

    @Test func `a proof takes no more hashes and no more reads than the tree is high`() throws {
        let size = 5000
        let store = try NodeStore(leaves: numbered(size))
        #expect(store.nodes.count < 2 * size)
        var reads = 0
        let read: MerkleTree.NodeReader = { position in
            reads += 1
            return store.nodes[position]
        }
        for index in stride(from: 0, to: size, by: 37) {
            reads = 0
            #expect(try MerkleTree.inclusionProof(of: index, size: size, node: read).count <= 13)
            #expect(reads <= 26)
            reads = 0
            #expect(try MerkleTree.consistencyProof(from: index, to: size, node: read).count <= 14)
            #expect(reads <= 40)
        }
    }

    @Test func `a node that is not there is an error with its place`() throws {
        var store = try NodeStore(leaves: numbered(6))
        store.nodes[NodePosition(level: 1, index: 2)] = nil
        let broken = store
        #expect(throws: LogError(.missing, "node 2 of level 1 is not in the log")) {
            try MerkleTree.root(size: 6, node: broken.node)
        }
        #expect(throws: LogError(.missing, "node 2 of level 1 is not in the log")) {
            try MerkleTree.append(numbered(1), at: 6, node: broken.node)
        }
        #expect(try MerkleTree.root(size: 5, node: broken.node) == Definition.root(numbered(5)[...]))
    }

    @Test func `what the reader throws comes through`() {
        struct Away: Error {}
        #expect(throws: Away.self) { try MerkleTree.root(size: 3) { _ in throw Away() } }
    }

    @Test func `indices and sizes outside of the tree are refused`() throws {
        let store = try NodeStore(leaves: numbered(4))
        #expect(throws: LogError.self) { try MerkleTree.inclusionProof(of: 4, size: 4, node: store.node) }
        #expect(throws: LogError.self) { try MerkleTree.inclusionProof(of: -1, size: 4, node: store.node) }
        #expect(throws: LogError.self) { try MerkleTree.inclusionProof(of: 0, size: 0, node: store.node) }
        #expect(throws: LogError.self) { try MerkleTree.consistencyProof(from: 5, to: 4, node: store.node) }
        #expect(throws: LogError.self) { try MerkleTree.consistencyProof(from: -1, to: 4, node: store.node) }
        #expect(throws: LogError.self) { try MerkleTree.root(size: -1, node: store.node) }
        #expect(throws: LogError.self) { try MerkleTree.root(size: Int.max, node: store.node) }
        #expect(throws: LogError.self) { try MerkleTree.append(numbered(1), at: -1, node: store.node) }
        #expect(throws: LogError.self) { try MerkleTree.append(numbered(1), at: 1 << 62, node: { _ in .empty }) }
    }
}
