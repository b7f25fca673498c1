import Foundation
import Glibc
import Host
import Synchronization
import Testing

@testable import Vault

@Suite struct StoringTests {
    @Test(arguments: [Vault.Mode.encrypted, .plain])
    func `bytes of any size come back as they were, and are called by their digest`(_ mode: Vault.Mode) throws {
        let folder = VaultFolder()
        let vault = try folder.vault(mode)
        let chunk = SealedHeader.chunkSize
        for size in [0, 1, 15, chunk - 1, chunk, chunk + 1, 3 * chunk - 1, 3 * chunk, 3 * chunk + 1, 300_000] {
            let bytes = sample(size, seed: UInt64(size + 1))
            for pieces in [7777, chunk, 1 << 20] {
                let stored = try vault.add(bytes, pieces: pieces)
                #expect(stored.digest == ContentDigest(of: bytes).hexadecimal)
                #expect(stored.size == Int64(size))
                #expect(stored.isNew == (pieces == 7777))
            }
            #expect(try vault.bytes(ContentDigest(of: bytes).hexadecimal) == bytes)
        }
        #expect(try vault.findings().findings.isEmpty)
    }

    @Test func `the same bytes twice are one object`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault()
        let bytes = sample(100_000)
        #expect(try vault.add(bytes).isNew)
        let files = folder.objects
        #expect(try !vault.add(bytes).isNew)
        #expect(folder.objects == files)
        #expect(try vault.usage().count == 1)
        #expect(try vault.usage().bytes == SealedHeader.sealedSize(of: 100_000))
    }

    @Test func `an encrypted vault shows neither bytes nor digests`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault()
        let bytes = Array(String(repeating: "Roe^Jane ", count: 20_000).utf8)
        let digest = try vault.add(bytes).digest
        for file in VaultFolder.files(below: folder("vault")) {
            #expect(!file.contains(digest.dropFirst(2)))
            let text = String(decoding: try folder.bytes(file), as: UTF8.self)
            #expect(!text.contains("Roe^Jane") && !text.contains(digest))
        }
    }

    @Test func `a plain vault holds the file itself`() throws {
        let folder = VaultFolder()
        let bytes = sample(5000)
        let digest = try folder.vault(.plain).add(bytes).digest
        let path = folder("vault/objects/\(digest.prefix(2))/\(digest.dropFirst(2))")
        #expect(try folder.bytes(path) == bytes)
        #expect(!FileManager.default.fileExists(atPath: folder("keys")))
    }

    @Test func `objects are read-only, and immutable where that can be`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault()
        let name = try vault.name(of: try vault.add(sample(10)).digest)
        let path = vault.home.object(name)
        let status = try #require(FileSystem.status(path))
        #expect(status.st_mode & 0o777 == 0o400)
        #expect(status.st_nlink == 1)
        let probe = folder("probe")
        try folder.overwrite(probe, [])
        let canBe = ImmutableFlag.put(true, path: probe)
        ImmutableFlag.put(false, path: probe)
        let file = try #require(try vault.home.open(name))
        #expect(ImmutableFlag.isSet(file) ?? false == canBe)
        if canBe { #expect(unlink(path) != 0 && errno == EPERM) }
        #expect(try vault.usage().count == 1)
    }

    @Test func `whole folders have the modes that keep others out`() throws {
        let folder = VaultFolder()
        try folder.vault().add(sample(10))
        for name in ["vault", "vault/objects", "vault/objects/00", "vault/temporary", "keys"] {
            #expect(FileSystem.status(folder(name))?.st_mode ?? 0 & 0o077 != 0)
            #expect((FileSystem.status(folder(name))?.st_mode ?? 0) & 0o777 == 0o700)
        }
        for file in VaultFolder.files(below: folder("keys")) {
            #expect((FileSystem.status(file)?.st_mode ?? 0) & 0o777 == 0o600)
        }
    }

    @Test func `what is not finished leaves nothing`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault()
        do {
            let incoming = try vault.begin()
            try sample(200_000).withUnsafeBytes { try incoming.write($0) }
        }
        #expect(folder.objects.isEmpty)
        #expect(VaultFolder.files(below: folder("vault/temporary")).isEmpty)
        #expect(try vault.usage().count == 0)
    }

    @Test func `bytes that were removed between storing and confirming are put there again`() throws {
        for mode in [Vault.Mode.encrypted, .plain] {
            let folder = VaultFolder()
            let vault = try folder.vault(mode)
            let bytes = sample(90_000)
            for _ in 0..<2 {
                let incoming = try vault.begin()
                try bytes.withUnsafeBytes { try incoming.write($0) }
                let stored = try incoming.store()
                #expect(try vault.remove(stored.digest) { true })
                #expect(try !vault.contains(stored.digest))
                try incoming.confirm()
                #expect(try vault.bytes(stored.digest) == bytes)
            }
            #expect(try vault.usage().count == 1)
        }
    }

    @Test func `a removal that asked before the registry knew again takes nothing of which success is told`() throws {
        let folder = VaultFolder()
        _ = try folder.vault().add(sample(90_000))
        let path = folder.path
        let asked = DispatchSemaphore(value: 0), stored = DispatchSemaphore(value: 0)
        let problems = Mutex<[String]>([])
        Workers.run(2, tick: {}) { worker in
            do {
                let vault = try Vault(path: path + "/vault", keys: path + "/keys", making: nil)
                if worker == 0 {
                    let incoming = try vault.begin()
                    try sample(90_000).withUnsafeBytes { try incoming.write($0) }
                    _ = try incoming.store()
                    stored.signal()
                    asked.wait()
                    // The registry's transaction would have been before this.
                    try incoming.confirm()
                } else {
                    stored.wait()
                    let digest = ContentDigest(of: sample(90_000)).hexadecimal
                    let isRemoved = try vault.remove(digest) {
                        asked.signal()
                        usleep(300_000)
                        return true
                    }
                    if !isRemoved { problems.withLock { $0.append("not removed") } }
                }
            } catch {
                problems.withLock { $0.append("\(error)") }
                for semaphore in [asked, stored] { semaphore.signal() }
            }
        }
        #expect(problems.withLock { $0 } == [])
        #expect(try folder.vault().bytes(ContentDigest(of: sample(90_000)).hexadecimal) == sample(90_000))
    }

    @Test func `a removal whose permit no longer stands removes nothing`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault()
        let digest = try vault.add(sample(10)).digest
        #expect(try !vault.remove(digest) { false })
        #expect(try vault.contains(digest))
        #expect(try vault.remove(digest) { true })
        #expect(try !vault.remove(digest) { true })
        #expect(folder.objects.isEmpty)
        #expect(try vault.usage().bytes == 0)
    }

    @Test func `damaged bytes are replaced by whole ones and kept as evidence`() throws {
        for mode in [Vault.Mode.encrypted, .plain] {
            let folder = VaultFolder()
            let vault = try folder.vault(mode)
            let bytes = sample(150_000)
            let digest = try vault.add(bytes).digest
            let path = vault.home.object(try vault.name(of: digest))
            var damaged = try folder.bytes(path)
            damaged[100_000] ^= 1
            try folder.overwrite(path, damaged)
            let stored = try vault.add(bytes)
            #expect(stored.wasDamaged)
            #expect(try vault.bytes(digest) == bytes)
            #expect(VaultFolder.files(below: folder("vault/damaged")).count == (mode == .encrypted ? 2 : 1))
            #expect(try vault.findings().findings.map(\.kind) == [.setAside])
            #expect(try vault.usage().count == 1)
        }
    }

    @Test func `what is asked for under a wrong name is refused before anything is opened`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault()
        for name in [
            "", "../../keys/vault-1.key", String(repeating: "A", count: 64), String(repeating: "g", count: 64),
        ] {
            #expect(throws: VaultError.self) { try vault.contains(name) }
        }
        let digest = String(repeating: "0", count: 64)
        let error = #expect(throws: VaultError.self) { try vault.bytes(digest) }
        #expect(error?.code == .missing && error?.digest == digest)
    }

    @Test func `memory does not grow with an object`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault()
        let piece = sample(1 << 20)
        func peak() -> Int {
            let status = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
            return (status.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
        }
        let incoming = try vault.begin(expecting: 96 << 20)
        let before = peak()
        for _ in 0..<96 { try piece.withUnsafeBytes { try incoming.write($0) } }
        let digest = try incoming.store().digest
        try incoming.confirm()
        var count = 0
        try vault.read(digest) { count += $0.count }
        #expect(count == 96 << 20)
        #expect(peak() - before < 48 << 20)
    }
}
