import Foundation
import Glibc
import Host
import Synchronization
import Testing

@testable import Vault

@Suite struct ConcurrencyTests {
    @Test(arguments: [Vault.Mode.encrypted, .plain])
    func `many who store, read, remove, move and rotate at once lose nothing`(_ mode: Vault.Mode) throws {
        let folder = VaultFolder()
        _ = try folder.vault(mode)
        let problems = Mutex<[String]>([])
        let path = folder.path
        Workers.run(6, tick: {}) { worker in
            do {
                let vault = try Vault(path: path + "/vault", keys: path + "/keys", making: nil)
                for round in 0..<15 {
                    switch worker {
                    case 4:
                        if mode == .encrypted, round % 5 == 0 { _ = try vault.rotate() }
                        _ = try vault.findings()
                    case 5:
                        let to = round % 2 == 0 ? path + "/cold" : path + "/vault"
                        _ = try vault.move(storedBefore: nil, to: to, limit: 5)
                    default:
                        // The same objects by all, in another order.
                        let bytes = sample(2000, seed: UInt64((round * (worker + 1)) % 15 + 1))
                        let digest = try vault.add(bytes).digest
                        if try vault.bytes(digest) != bytes { problems.withLock { $0.append("other bytes") } }
                        let own = sample(500, seed: UInt64(1000 + worker * 100 + round))
                        let mine = try vault.add(own).digest
                        if try !vault.remove(mine, while: { true }) { problems.withLock { $0.append("not removed") } }
                    }
                }
            } catch {
                problems.withLock { $0.append("\(worker): \(error)") }
            }
        }
        #expect(problems.withLock { $0 } == [])
        let vault = try folder.vault(mode)
        for seed in 1...15 {
            let bytes = sample(2000, seed: UInt64(seed))
            #expect(try vault.bytes(ContentDigest(of: bytes).hexadecimal) == bytes)
        }
        #expect(try vault.findings().findings.isEmpty)
        let counted = try vault.usage()
        try vault.room.ensure(counting: true)
        #expect(try vault.usage().bytes == counted.bytes)
        var count = 0
        try vault.objects { _ in count += 1 }
        #expect(count == 15)
    }

    @Test func `a lock is given back though a child that is being started still has its file open`() throws {
        let folder = VaultFolder()
        let locks = VaultLocks(path: folder.path + "/locks")
        _ = FileManager.default.createFile(atPath: locks.path, contents: nil)
        // As a child has it between its beginning and the program that it becomes.
        let inherited = try locks.hold(.moving) { () throws(VaultError) -> Int32 in
            for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
                let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
                if link?.hasSuffix(locks.path) == true, let number = Int32(name) { return dup(number) }
            }
            return -1
        }
        #expect(inherited >= 0)
        defer { close(inherited) }
        #expect(try locks.holdIfFree(.moving) { () throws(VaultError) in true } == true)
    }

    @Test func `many who make the same vault at once make one`() throws {
        for _ in 0..<5 {
            let folder = VaultFolder()
            let path = folder.path
            let ids = Mutex<Set<String>>([])
            Workers.run(8, tick: {}) { _ in
                let id = (try? Vault(path: path + "/vault", keys: path + "/keys"))?.id ?? "none"
                ids.withLock { _ = $0.insert(id) }
            }
            #expect(ids.withLock { $0.count } == 1 && ids.withLock { !$0.contains("none") })
            #expect(try folder.vault().findings().findings.isEmpty)
        }
    }
}
