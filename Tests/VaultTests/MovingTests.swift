import Foundation
import Glibc
import Host
import Testing

@testable import Vault

@Suite struct MovingTests {
    @Test(arguments: [Vault.Mode.encrypted, .plain])
    func `cold objects go to another place and are read from there; and come home`(_ mode: Vault.Mode) throws {
        let folder = VaultFolder()
        let vault = try folder.vault(mode)
        let digests = try (0..<20).map { try vault.add(sample(1000, seed: UInt64($0 + 1))).digest }
        // Half of them are a year old.
        for digest in digests.prefix(10) {
            let path = vault.home.object(try vault.name(of: digest))
            ImmutableFlag.put(false, path: path)
            var times = [timespec(tv_sec: 1_700_000_000, tv_nsec: 0), timespec(tv_sec: 1_700_000_000, tv_nsec: 0)]
            utimensat(AT_FDCWD, path, &times, 0)
            ImmutableFlag.put(true, path: path)
        }
        let report = try vault.move(storedBefore: Instant(milliseconds: 1_700_000_000_001), to: folder("cold"))
        #expect(report.count == 10)
        #expect(try vault.usage().count == 10)
        let other = try folder.vault(mode)
        for (index, digest) in digests.enumerated() {
            #expect(try other.bytes(digest) == sample(1000, seed: UInt64(index + 1)))
        }
        #expect(try other.findings().findings.isEmpty)
        // Stored again, they stay one object.
        #expect(try !vault.add(sample(1000, seed: 1)).isNew)
        #expect(try vault.usage().count == 10)
        #expect(try vault.move(storedBefore: nil, to: folder("vault")).count == 10)
        #expect(try vault.usage().count == 20)
        #expect(VaultFolder.files(below: folder("cold/objects")).isEmpty)
        #expect(try vault.findings().findings.isEmpty)
        var old = 0
        try vault.objects { if $0.stored.milliseconds == 1_700_000_000_000 { old += 1 } }
        #expect(old == 10)
    }

    @Test func `a place that is not mounted is told as such, never as a loss`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault()
        let digest = try vault.add(sample(100)).digest
        _ = try vault.move(storedBefore: nil, to: folder("cold"))
        rename(folder("cold"), folder("away"))
        mkdir(folder("cold"), 0o700)
        let error = #expect(throws: VaultError.self) { try vault.bytes(digest) }
        #expect(error?.code == .place)
        #expect(throws: VaultError.self) { try vault.contains(digest) }
        let records = SaidRecords(states: [digest: .kept])
        #expect(try vault.findings(records: records).findings.map(\.kind) == [.place])
        #expect(throws: VaultError.self) { try vault.remove(digest) { true } }
        // Bytes that come meanwhile are kept here.
        #expect(try vault.add(sample(100)).isNew)
        rmdir(folder("cold"))
        rename(folder("away"), folder("cold"))
        #expect(try vault.bytes(digest) == sample(100))
        #expect(try vault.findings(records: records).findings.map(\.kind) == [.twice])
        #expect(try vault.move(storedBefore: nil, to: folder("cold")).count == 1)
        #expect(try vault.findings(records: records).findings.isEmpty)
    }

    @Test func `a damaged object is not moved, and one that is whole elsewhere can take its place`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault()
        let digest = try vault.add(sample(1000)).digest
        let name = try vault.name(of: digest)
        let whole = try folder.bytes(vault.home.object(name))
        let envelope = try folder.bytes(vault.home.envelope(name))
        var damaged = whole
        damaged[500] ^= 4
        try folder.overwrite(vault.home.object(name), damaged)
        let report = try vault.move(storedBefore: nil, to: folder("cold"))
        #expect(report.count == 0 && report.damaged == [digest])
        #expect(try folder.bytes(vault.home.object(name)) == damaged)
        // A backup is put where the cold place would have it.
        let cold = try vault.place(at: folder("cold"))
        try folder.overwrite(cold.object(name), whole)
        try folder.overwrite(cold.envelope(name), envelope)
        #expect(try vault.original(digest).status().st_size == 1000)
        let (findings, restored) = try vault.findings(restores: true)
        #expect(findings.contains { $0.kind == .corrupt } && restored.restored == [digest])
        #expect(try vault.bytes(digest) == sample(1000))
        #expect(try vault.findings().findings.map(\.kind) == [.setAside])
    }

    @Test func `a folder that holds something else is refused`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault()
        mkdir(folder("full"), 0o700)
        try Data().write(to: URL(fileURLWithPath: folder("full/notes")))
        #expect(throws: VaultError.self) { try vault.move(storedBefore: nil, to: folder("full")) }
        #expect(throws: VaultError.self) { try vault.move(storedBefore: nil, to: folder("no/such/folder")) }
        #expect(try vault.coldPlaces().isEmpty)
    }

    @Test func `checks go on with what waited longest`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault()
        for seed in 1...40 { try vault.add(sample(10, seed: UInt64(seed))) }
        var check = VaultCheck()
        #expect(try vault.oldestCheck() == nil)
        let first = try check.run(
            vault, now: Instant(milliseconds: 1000), finding: { _ in }, goesOn: { objects, _, _ in objects < 15 })
        #expect(first.isStopped && first.count == 15)
        check.due = Instant(milliseconds: 1000)
        let second = try check.run(vault, now: Instant(milliseconds: 2000), finding: { _ in })
        #expect(second.dueBuckets == 256 - first.doneBuckets)
        #expect(second.count >= 25 && !second.isStopped)
        #expect(try vault.oldestCheck() == Instant(milliseconds: 1000))
        #expect(try check.run(vault, now: Instant(milliseconds: 3000), finding: { _ in }).dueBuckets == 0)
        check.due = nil
        check.storedSince = .now.adding(seconds: 3600)
        #expect(try check.run(vault, now: Instant(milliseconds: 9000), finding: { _ in }).count == 0)
        #expect(try vault.oldestCheck() == Instant(milliseconds: 1000))
    }
}
