import CustodyLog
import Foundation
import Host
import Testing

@Suite struct LogFolderTests {
    let origin = "hospital.example/custody"

    private func code(_ body: () throws -> Void) -> LogError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? LogError)?.code
        }
    }

    @Test func `a log that grows is signed again and again, and what is signed stays`() throws {
        let folder = try TemporaryFolder()
        let store = try LogFolder(registry: folder.path)
        var log = MemoryLog()
        let first = try store.sign(log, origin: origin)
        #expect(try Checkpoint(text: first.text) == Checkpoint(origin: origin, size: 0, root: .empty))
        for number in 0..<9 {
            try log.append(MemoryLog.event(number))
            let note = try store.sign(log)
            #expect(try store.sign(log).bytes == note.bytes)
            let verified = try #require(try store.policy()).verify(note)
            #expect(
                try verified.checkpoint
                    == Checkpoint(origin: origin, size: number + 1, root: log.root(size: number + 1)))
        }
        #expect(try store.sizes() == Array(0...9))
        #expect(try store.latest()?.bytes == store.checkpoint(size: 9)?.bytes)
        #expect(try store.signedCheckpoint(size: 0) == first.bytes)
    }

    @Test func `without a key nothing is signed, and a key that is gone is not made anew`() throws {
        let folder = try TemporaryFolder()
        let store = try LogFolder(registry: folder.path)
        let log = try MemoryLog(count: 3)
        #expect(code { _ = try store.sign(log) } == .key)
        _ = try store.sign(log, origin: origin)
        try FileManager.default.removeItem(atPath: store.keyPath)
        #expect(code { _ = try store.sign(log, origin: origin) } == .key)
    }

    @Test func `a log that does not extend what was signed is not signed`() throws {
        let folder = try TemporaryFolder()
        let store = try LogFolder(registry: folder.path)
        var log = try MemoryLog(count: 10)
        _ = try store.sign(log, origin: origin)
        for number in 10..<20 { try log.append(MemoryLog.event(number)) }

        // Fewer leaves, as after a backup was put back.
        let old = try MemoryLog(count: 9)
        #expect(code { _ = try store.sign(old) } == .fork)
        // Another history, computed as it should be.
        var other = log
        other.leaves[3] = other.leaves[4]
        try other.rehash()
        #expect(code { _ = try store.sign(other) } == .fork)
        // A new leaf that is not the one that was hashed.
        other = log
        other.leaves[15][40] ^= 1
        #expect(code { _ = try store.sign(other) } == .changed)
        // A node, an old one and a new one.
        for position in [NodePosition(level: 3, index: 0), NodePosition(level: 2, index: 3)] {
            other = log
            other.nodes[position] = .empty
            #expect(code { _ = try store.sign(other) } != nil)
            other.nodes[position] = nil
            #expect(code { _ = try store.sign(other) } == .missing)
        }
        other = log
        other.leaves.removeLast(5)
        #expect(throws: Never.self) { try store.sign(other) }
        #expect(try store.sizes() == [10, 15])
        #expect(throws: Never.self) { try store.sign(log) }
    }

    @Test func `a checkpoint that somebody changed is not built upon`() throws {
        let folder = try TemporaryFolder()
        let store = try LogFolder(registry: folder.path)
        var log = try MemoryLog(count: 4)
        let bytes = try store.sign(log, origin: origin).bytes
        try log.append(MemoryLog.event(4))
        let path = store.path + "/checkpoints/4.checkpoint"
        for bit in stride(from: 0, to: bytes.count * 8, by: 5) {
            var other = bytes
            other[bit / 8] ^= 1 << (bit % 8)
            try Data(other).write(to: URL(fileURLWithPath: path))
            #expect(code { _ = try store.sign(log) } != nil)
        }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(throws: Never.self) { try store.sign(log) }
    }

    @Test func `a new key takes over, and what the old one signed counts as before`() throws {
        let folder = try TemporaryFolder()
        let store = try LogFolder(registry: folder.path)
        var log = try MemoryLog(count: 2)
        let before = try store.sign(log, origin: origin)
        let key = try store.rotateKey()
        try log.append(MemoryLog.event(2))
        let after = try store.sign(log)
        let policy = try #require(try store.policy())
        #expect(policy.logs.count == 2)
        #expect(try policy.verify(before).key == policy.logs[0])
        #expect(try policy.verify(after).key == key.verifier)
        #expect(try TrustPolicy(text: policy.text).logs == policy.logs)
    }

    @Test func `witnesses cosign what extends what they saw, once for all, and the log keeps what they gave`() throws {
        let folder = try TemporaryFolder()
        let store = try LogFolder(registry: folder.path)
        var log = try MemoryLog(count: 4)
        let first = try store.sign(log, origin: origin)
        let logKey = try #require(try store.policy()).logs[0]
        let key = try SigningKey(name: "witness.example/w1", type: .cosignature)
        let witness = try Witness(key: key, logs: [logKey], folder: folder.path + "/witness")

        let cosigned = try witness.cosign(ExtensionProof(earlier: 0, path: [], checkpoint: first))
        #expect(cosigned.signatures.count == 2)
        // Nobody has told the log of this witness yet.
        #expect(code { _ = try store.add(cosignatures: cosigned.bytes, size: 4) } == .signature)
        try store.write(policy: TrustPolicy(logs: [logKey], witnesses: [key.verifier], quorum: 1))
        #expect(code { _ = try #require(try store.policy()).verify(first) } == .quorum)
        let kept = try store.add(cosignatures: Array(cosigned.signatureLines.utf8), size: 4)
        #expect(try #require(try store.policy()).verify(kept).cosignatures.count == 1)
        #expect(try store.checkpoint(size: 4)?.bytes == kept.bytes)
        #expect(try store.signedCheckpoint(size: 4) == first.bytes)

        for number in 4..<7 { try log.append(MemoryLog.event(number)) }
        let second = try store.sign(log)
        // One that begins elsewhere, one that is wrong, one that is right, and the same again.
        #expect(code { _ = try witness.cosign(ExtensionProof(earlier: 0, path: [], checkpoint: second)) } == .size)
        let path = try log.consistencyProof(from: 4, to: 7)
        #expect(
            code { _ = try witness.cosign(ExtensionProof(earlier: 4, path: path.dropLast(), checkpoint: second)) }
                == .proof)
        #expect(try witness.last(of: origin)?.size == 4)
        let proof = try ExtensionProof(bytes: ExtensionProof(earlier: 4, path: path, checkpoint: second).bytes)
        let again = try witness.cosign(proof)
        #expect(try store.add(cosignatures: again.bytes, size: 7).signatures.count == 2)
        #expect(code { _ = try store.add(cosignatures: again.bytes, size: 4) } == .signature)
        #expect(code { _ = try witness.cosign(proof) } == .size)

        // Another history of the same size, signed with the log's own key: the witness sees it.
        let fork = try TemporaryFolder()
        let forked = try LogFolder(registry: fork.path)
        try FileManager.default.createDirectory(
            atPath: fork.path + "/keys", withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        try FileManager.default.copyItem(atPath: store.keyPath, toPath: forked.keyPath)
        let other = try MemoryLog(count: 9)
        let lie = try forked.sign(other)
        let lying = ExtensionProof(earlier: 7, path: try other.consistencyProof(from: 7, to: 9), checkpoint: lie)
        #expect(code { _ = try witness.cosign(lying) } == .proof)
    }

    @Test func `whoever looks at a log that nobody has signed makes nothing`() throws {
        let folder = try TemporaryFolder()
        let store = try LogFolder(registry: folder.path)
        #expect(try store.policy() == nil)
        #expect(try store.latest() == nil)
        #expect(try store.sizes() == [])
        #expect(!store.hasKey)
        #expect(code { _ = try store.signingKey() } == .key)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
        #expect(try store.copy(to: folder.path + "/copy") == 0)
        #expect(code { _ = try LogFolder(registry: folder.path + "/nowhere") } == .unavailable)
    }

    @Test func `what was signed is copied without keys, and comes back where it is missing and nowhere else`() throws {
        let home = try TemporaryFolder(), store = try LogFolder(registry: home.path)
        var log = try MemoryLog(count: 3)
        _ = try store.sign(log, origin: "log.example/a")
        try log.append(MemoryLog.event(3))
        _ = try store.sign(log)
        let copy = home.path + "/copy"
        #expect(try store.copy(to: copy) == 3)
        #expect(try FileManager.default.subpathsOfDirectory(atPath: copy).allSatisfy { !$0.contains("key") })
        #expect(code { _ = try store.copy(to: copy) } == .unavailable)

        let other = try TemporaryFolder(), restored = try LogFolder(registry: other.path)
        #expect(try restored.bringBack(from: copy) == 3)
        #expect(try restored.latest()?.bytes == store.latest()?.bytes)
        #expect(try restored.policy()?.text == store.policy()?.text)
        #expect(try restored.bringBack(from: copy) == 0)

        // Another history of the same size: nothing is written over, and nothing is written beside it.
        let third = try TemporaryFolder(), forked = try LogFolder(registry: third.path)
        let lie = try MemoryLog(count: 4)
        _ = try forked.sign(lie, origin: "log.example/a")
        #expect(code { _ = try forked.bringBack(from: copy) } == .fork)
        #expect(try forked.sizes() == [4])
    }

    @Test func `a whole log is computed anew, and whatever was changed is named`() throws {
        let log = try MemoryLog(count: 37)
        let checkpoints = try [5, 37].map { Checkpoint(origin: origin, size: $0, root: try log.root(size: $0)) }
        let good = try LogCheck.run(log, checkpoints: checkpoints)
        #expect(good.findings.isEmpty)
        #expect(good.confirmed == [5, 37])
        #expect(good.opened == 37)
        #expect(try good.root == log.root(size: 37))

        func findings(_ change: (inout MemoryLog) throws -> Void) throws -> [LogError] {
            var other = log
            try change(&other)
            return try LogCheck.run(other, checkpoints: checkpoints).findings
        }
        for bit in 0..<log.leaves[7].count * 8 {
            let found = try findings { $0.leaves[7][bit / 8] ^= 1 << (bit % 8) }
            #expect(found.contains(LogError(.changed, "leaf 7 is not the one that was hashed")))
            // The tree of 5 is as it was.
            #expect(
                found.contains(LogError(.fork, "the first 37 leaves are not those of which the checkpoint was signed")))
            #expect(
                !found.contains(LogError(.fork, "the first 5 leaves are not those of which the checkpoint was signed")))
        }
        for position in log.nodes.keys {
            let found = try findings { $0.nodes[position] = .empty }
            let name =
                position.level == 0
                ? "leaf \(position.index) is not the one that was hashed"
                : "node \(position.index) of level \(position.level) is not that of its leaves"
            #expect(found == [LogError(.changed, name)])
            #expect(try findings { $0.nodes[position] = nil }.map(\.code) == [.missing])
        }
        // Who rewrites everything is found by the checkpoints alone.
        let rewritten = try findings {
            $0.leaves[2] = $0.leaves[3]
            $0.kept[2] = $0.kept[3]
            try $0.rehash()
        }
        #expect(rewritten.map(\.code) == [.fork, .fork])
        #expect(try findings { $0.leaves.removeLast() }.map(\.code) == [.fork])
        // An opening that is erased is no finding; one that is changed is.
        #expect(try findings { $0.kept[3] = nil }.isEmpty)
        let opening = try findings { $0.kept[3]?[0].value = "ID-4" }
        #expect(opening.map(\.code) == [.opening])
        #expect(!opening.contains { $0.message.contains("ID-") })
    }
}
