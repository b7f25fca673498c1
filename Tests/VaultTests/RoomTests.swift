import Foundation
import Glibc
import Host
import Testing

@testable import Vault

@Suite struct RoomTests {
    private func expectFull(_ work: () throws -> Void, _ location: SourceLocation = #_sourceLocation) {
        let error = #expect(throws: VaultError.self, sourceLocation: location) { try work() }
        #expect(error?.code == .full, sourceLocation: location)
    }

    @Test func `what would pass the limit is refused before its first byte`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault(.plain)
        try vault.set(Limits(bytes: 1000, reserve: 0, slack: 0))
        try vault.add(sample(900))
        expectFull { _ = try vault.begin(expecting: 101) }
        try vault.add(sample(100))
        expectFull { _ = try vault.begin(expecting: 1) }
        #expect(try vault.usage().bytes == 1000)
    }

    @Test func `bytes that came without their number are refused at the end, and nothing is left`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault(.plain)
        try vault.set(Limits(bytes: 1000, reserve: 0, slack: 0))
        let incoming = try vault.begin()
        try sample(1001).withUnsafeBytes { try incoming.write($0) }
        expectFull { _ = try incoming.store() }
        #expect(folder.objects.isEmpty && VaultFolder.files(below: folder("vault/temporary")).isEmpty)
        #expect(try vault.usage().bytes == 0)
    }

    @Test func `once full it stays so until there is slack`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault(.plain)
        try vault.set(Limits(bytes: 1000, reserve: 0, slack: 20))
        let digests = try (1...10).map { try vault.add(sample(100, seed: $0)).digest }
        expectFull { try vault.add(sample(100, seed: 11)) }
        #expect(try vault.usage().isFull)
        _ = try vault.remove(digests[0]) { true }
        // There is room for it, and no slack.
        expectFull { try vault.add(sample(50, seed: 12)) }
        _ = try vault.remove(digests[1]) { true }
        _ = try vault.remove(digests[2]) { true }
        try vault.add(sample(100, seed: 13))
        #expect(try !vault.usage().isFull)
    }

    @Test func `where the system does not tell its runs apart nothing comes in, and no count is believed`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault(.plain)
        try vault.add(sample(100))
        let blind = Room(place: vault.home, locks: vault.locks, run: nil)
        #expect(throws: VaultError.self) { try blind.check(1) }
        #expect(throws: VaultError.self) { try blind.take(1) }
        #expect(throws: VaultError.self) { _ = try blind.usage() }
        // A vault is opened all the same, and what goes is not counted.
        try blind.ensure()
        #expect(try vault.usage().bytes == 100)
        try blind.give(100)
        #expect(FileSystem.status(folder("vault/room")) == nil)
        #expect(try vault.usage().bytes == 100)
    }

    @Test func `a count of another run of the machine is made anew`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault(.plain)
        try vault.add(sample(100))
        let before = Room(place: vault.home, locks: vault.locks, run: "before")
        try before.ensure()
        try before.give(60)
        #expect(try before.usage().bytes == 40)
        #expect(try vault.usage().bytes == 100)
    }

    @Test func `a reserve of free space is kept`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault(.plain)
        try vault.set(Limits(reserve: .max / 2))
        expectFull { try vault.add(sample(1)) }
        try vault.set(Limits(reserve: 0))
        try vault.add(sample(1))
    }

    @Test func `limits of others are in force at once`() throws {
        let folder = VaultFolder()
        let (one, other) = (try folder.vault(.plain), try folder.vault(.plain))
        try one.set(Limits(bytes: 10, reserve: 0))
        expectFull { try other.add(sample(11)) }
    }

    @Test func `the count is right after a crash, and after the file is lost or damaged`() throws {
        let folder = VaultFolder()
        try folder.vault().add(sample(100))
        let size = SealedHeader.sealedSize(of: 100)
        for text in [nil, "", "cordon vault room 1\nrun x\nbytes 5\n"] as [String?] {
            unlink(folder("vault/room"))
            if let text { try Data(text.utf8).write(to: URL(fileURLWithPath: folder("vault/room"))) }
            #expect(try folder.vault().usage().bytes == size)
        }
        // Somebody died while he stored: his bytes were counted, and did not get their name.
        let vault = try folder.vault()
        try vault.room.take(12345)
        try Data(sample(50)).write(to: URL(fileURLWithPath: folder("vault/temporary/object.0123456789abcdef")))
        let usage = try folder.vault().usage()
        #expect(usage.bytes == size && usage.count == 1)
        #expect(VaultFolder.files(below: folder("vault/temporary")).isEmpty)
    }

    @Test func `what somebody is writing is not tidied away`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault()
        let incoming = try vault.begin()
        try sample(1000).withUnsafeBytes { try incoming.write($0) }
        _ = try folder.vault()
        let digest = try incoming.store().digest
        _ = try folder.vault()
        try incoming.confirm()
        #expect(try vault.bytes(digest) == sample(1000))
    }
}
