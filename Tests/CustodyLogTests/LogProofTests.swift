import CustodyLog
import Host
import TestSupport
import Testing

@Suite struct LogProofTests {
    private func made(_ count: Int) throws -> (
        log: MemoryLog, folder: TemporaryFolder, note: SignedNote, policy: TrustPolicy
    ) {
        let log = try MemoryLog(count: count)
        let folder = try TemporaryFolder()
        let store = try LogFolder(registry: folder.path)
        let note = try store.sign(log, origin: "hospital.example/custody")
        return (log, folder, note, try #require(try store.policy()))
    }

    @Test
    func `every change of one bit of a leaf, an index, a path or a checkpoint is found, and a proof is its own text`()
        throws
    {
        let (log, _, note, policy) = try made(11)
        for index in [0, 6, 10] {
            let leaf = log.leaves[index]
            let proof = LogProof(index: index, path: try log.inclusionProof(of: index, size: 11), checkpoint: note)
            let bytes = proof.bytes
            #expect(try LogProof(bytes: bytes).verify(leaf: leaf, policy: policy).checkpoint.size == 11)
            for bit in 0..<bytes.count * 8 {
                var other = bytes
                other[bit / 8] ^= 1 << (bit % 8)
                #expect(throws: LogError.self) { try LogProof(bytes: other).verify(leaf: leaf, policy: policy) }
            }
            for bit in 0..<leaf.count * 8 {
                var other = leaf
                other[bit / 8] ^= 1 << (bit % 8)
                #expect { try proof.verify(leaf: other, policy: policy) } throws: { ($0 as? LogError)?.code == .proof }
            }
            for place in 0..<11 where place != index {
                #expect(throws: LogError.self) {
                    try LogProof(index: place, path: proof.path, checkpoint: note).verify(leaf: leaf, policy: policy)
                }
            }
        }
    }

    @Test func `extra data in a proof is passed over`() throws {
        let (log, _, note, policy) = try made(4)
        let proof = LogProof(index: 2, path: try log.inclusionProof(of: 2, size: 4), checkpoint: note)
        let text = String(decoding: proof.bytes, as: UTF8.self)
        let extra = text.replacing("\nindex", with: "\nextra YWJj\nindex")
        #expect(throws: Never.self) {
            try LogProof(bytes: Array(extra.utf8)).verify(leaf: log.leaves[2], policy: policy)
        }
    }

    @Test func `every change of one bit of a proof of extension or of the older root is found`() throws {
        let (log, _, note, policy) = try made(13)
        for earlier in [1, 4, 7, 12, 13] {
            let root = try log.root(size: earlier)
            let proof = ExtensionProof(
                earlier: earlier, path: try log.consistencyProof(from: earlier, to: 13), checkpoint: note)
            let bytes = proof.bytes
            #expect(throws: Never.self) { try ExtensionProof(bytes: bytes).verify(root: root, policy: policy) }
            for bit in 0..<bytes.count * 8 {
                var other = bytes
                other[bit / 8] ^= 1 << (bit % 8)
                #expect(throws: LogError.self) { try ExtensionProof(bytes: other).verify(root: root, policy: policy) }
            }
            for bit in 0..<256 {
                var other = root.bytes
                other[bit / 8] ^= 1 << (bit % 8)
                let changed = try #require(LogHash(other))
                #expect { try proof.verify(root: changed, policy: policy) } throws: {
                    ($0 as? LogError)?.code == .proof
                }
            }
        }
    }

    @Test func `in random trees of thousands of leaves every proof verifies, and none with one bit changed`() throws {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<12 {
            let size = 1 + generator.below(4000)
            let leaves = numbered(size)
            let store = try NodeStore(leaves: leaves)
            let root = try MerkleTree.root(size: size, node: store.node)
            for _ in 0..<60 {
                let index = generator.below(size)
                let proof = try MerkleTree.inclusionProof(of: index, size: size, node: store.node)
                try ProofVerification.inclusion(of: leaves[index], at: index, size: size, root: root, proof: proof)
                let earlier = generator.below(size + 1)
                let before = try MerkleTree.root(size: earlier, node: store.node)
                let extending = try MerkleTree.consistencyProof(from: earlier, to: size, node: store.node)
                try ProofVerification.consistency(from: earlier, root: before, to: size, root: root, proof: extending)
                func flipped(_ hash: LogHash) throws -> LogHash {
                    var bytes = hash.bytes
                    bytes[generator.below(32)] ^= 1 << generator.below(8)
                    return try #require(LogHash(bytes))
                }
                func flipped(_ proof: [LogHash]) throws -> [LogHash] {
                    var proof = proof
                    let place = generator.below(proof.count)
                    proof[place] = try flipped(proof[place])
                    return proof
                }
                let (otherLeaf, otherRoot) = (try flipped(leaves[index]), try flipped(root))
                #expect(throws: LogError.self) {
                    try ProofVerification.inclusion(of: otherLeaf, at: index, size: size, root: root, proof: proof)
                }
                #expect(throws: LogError.self) {
                    try ProofVerification.inclusion(
                        of: leaves[index], at: index, size: size, root: otherRoot, proof: proof)
                }
                if !proof.isEmpty {
                    let other = try flipped(proof)
                    #expect(throws: LogError.self) {
                        try ProofVerification.inclusion(
                            of: leaves[index], at: index, size: size, root: root, proof: other)
                    }
                    #expect(throws: LogError.self) {
                        try ProofVerification.inclusion(
                            of: leaves[index], at: index, size: size, root: root, proof: proof.dropLast())
                    }
                }
                if !extending.isEmpty {
                    let other = try flipped(extending)
                    #expect(throws: LogError.self) {
                        try ProofVerification.consistency(
                            from: earlier, root: before, to: size, root: root, proof: other)
                    }
                    #expect(throws: LogError.self) {
                        try ProofVerification.consistency(
                            from: earlier, root: otherRoot, to: size, root: root, proof: extending)
                    }
                }
                #expect(throws: LogError.self) {
                    try ProofVerification.inclusion(
                        of: leaves[index], at: index, size: size, root: root, proof: proof + [root])
                }
            }
        }
    }

    @Test func `pymerkle computes the same roots and inclusion paths, and its consistency proofs hold for our roots`()
        throws
    {
        guard Fixtures.python != nil else { return print("skipped: no Python") }
        let sizes = [1, 2, 3, 5, 8, 13, 100, 257, 1000]
        let rows = try Python.rows(
            """
            import sys
            from pymerkle import InmemoryTree, verify_consistency
            tree = InmemoryTree(algorithm='sha256')
            for line in sys.stdin:
                word = line.split()
                if word[0] == 'leaf': tree.append_entry(bytes.fromhex(word[1]))
                elif word[0] == 'root': print('root', tree.get_root(int(word[1])).hex(), sep='\\t')
                elif word[0] == 'path':
                    proof = tree.prove_inclusion(int(word[1]) + 1, int(word[2]))
                    print('path', ' '.join(x.hex() for x in proof.path[1:]), sep='\\t')
                else:
                    proof = tree.prove_consistency(int(word[1]), int(word[2]))
                    verify_consistency(bytes.fromhex(word[3]), bytes.fromhex(word[4]), proof)
                    print('extends', sep='\\t')
            """, input: Self.questions(sizes).map(\.line).joined())
        let questions = try Self.questions(sizes).filter { $0.answer != nil }
        #expect(rows.count == questions.count)
        for (row, question) in zip(rows, questions) { #expect(row.joined(separator: " ") == question.answer) }
    }

    private static func questions(_ sizes: [Int]) throws -> [(line: String, answer: String?)] {
        let largest = sizes.max() ?? 0
        let store = try NodeStore(leaves: numbered(largest))
        func hex(_ hash: LogHash) -> String { Python.hexadecimal(hash.bytes) }
        var questions: [(line: String, answer: String?)] = (0..<largest).map {
            ("leaf \(Python.hexadecimal("leaf \($0)"))\n", nil)
        }
        for size in sizes {
            let root = try MerkleTree.root(size: size, node: store.node)
            questions.append(("root \(size)\n", "root \(hex(root))"))
            for index in stride(from: 0, to: size, by: max(1, size / 7)) {
                let path = try MerkleTree.inclusionProof(of: index, size: size, node: store.node)
                questions.append(("path \(index) \(size)\n", "path \(path.map(hex).joined(separator: " "))"))
                let before = try MerkleTree.root(size: index + 1, node: store.node)
                questions.append(("extends \(index + 1) \(size) \(hex(before)) \(hex(root))\n", "extends"))
            }
        }
        return questions
    }
}
