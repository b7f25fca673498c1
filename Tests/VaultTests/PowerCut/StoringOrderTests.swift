import Foundation
import Glibc
import Host
import Synchronization
import TestSupport
import Testing

@testable import Vault

/// P1, step by step: what is on the disk when, and what a start makes of it after a power cut between any two steps.
@Suite(.serialized) struct StoringOrderTests {
    /// A disk that says what lies in the vault whenever it is asked to sync.
    private final class WatchedDisk: Sendable {
        struct Moment {
            var temporary: [String]
            var objects: [String]
        }

        let events = Mutex<[String]>([])
        let moments = Mutex<[Moment]>([])
        /// The numbers of syncs that fail.
        let failing: Set<Int>
        private let vault: String

        init(_ vault: String, failing: Set<Int> = []) {
            self.vault = vault
            self.failing = failing
        }

        func say(_ event: String) { events.withLock { $0.append(event) } }

        var disk: SyncedDisk {
            SyncedDisk { () throws(SystemError) in
                let moment = Moment(
                    temporary: VaultFolder.files(below: self.vault + "/temporary"),
                    objects: VaultFolder.files(below: self.vault + "/objects"))
                let number = self.moments.withLock { moments in
                    moments.append(moment)
                    return moments.count
                }
                // Whoever does not wait for it is faster.
                usleep(100_000)
                self.say("sync \(number)")
                if self.failing.contains(number) { throw SystemError(code: EIO, call: "syncfs") }
            }
        }
    }

    private func vault(_ folder: VaultFolder, _ mode: Vault.Mode, _ disk: SyncedDisk?) throws -> Vault {
        try Vault(path: folder("vault"), keys: folder("keys"), making: mode) { _ in disk }
    }

    private func incoming(_ vault: Vault, _ bytes: [UInt8]) throws -> IncomingObject {
        let incoming = try vault.begin()
        try bytes.withUnsafeBytes { try incoming.write($0) }
        return incoming
    }

    @Test(arguments: [Vault.Mode.encrypted, .plain])
    func `bytes are on the disk before they have a name, and the name before success`(_ mode: Vault.Mode) throws {
        let folder = VaultFolder()
        let watched = WatchedDisk(folder("vault"))
        let vault = try vault(folder, mode, watched.disk)
        let bytes = sample(200_000)
        let incoming = try incoming(vault, bytes)
        let stored = try incoming.store()
        watched.say("stored")
        // The registry's transaction goes on while the name is brought to disk.
        try incoming.confirm()
        watched.say("confirmed")
        let name = try vault.name(of: stored.digest)
        let files = mode == .encrypted ? 2 : 1
        // On a busy machine the second sync may end before this thread has said its word.
        let events = watched.events.withLock { $0 }
        #expect(
            events.first == "sync 1" && events.last == "confirmed"
                && Set(events.dropFirst().dropLast()) == ["stored", "sync 2"])
        let moments = watched.moments.withLock { $0 }
        try #require(moments.count == 2)
        // All is written, under names that say what it is to become, and nothing has become it.
        #expect(moments[0].objects.isEmpty)
        #expect(moments[0].temporary.count == files)
        #expect(moments[0].temporary.allSatisfy { $0.contains("/temporary/\(name.text).") })
        // The last step: both have their names, and are still where a start finds them.
        #expect(moments[1].objects.count == files && moments[1].temporary == moments[0].temporary)
        #expect(VaultFolder.files(below: folder("vault/temporary")).isEmpty)
        #expect(folder.objects == moments[1].objects)
        #expect(try vault.bytes(stored.digest) == bytes)
    }

    @Test func `when the bytes cannot be brought to disk nothing is left of them`() throws {
        let folder = VaultFolder()
        let vault = try vault(folder, .encrypted, WatchedDisk(folder("vault"), failing: [1]).disk)
        let incoming = try incoming(vault, sample(1000))
        let error = #expect(throws: VaultError.self) { try incoming.store() }
        #expect(error?.code == .system)
        #expect(folder.objects.isEmpty && VaultFolder.files(below: folder("vault/temporary")).isEmpty)
        #expect(try vault.usage().count == 0)
        // The same again is another try of another file.
        #expect(try vault.add(sample(1000)).isNew)
    }

    @Test func `when the name cannot be brought to disk nobody is told, and the next start ends it`() throws {
        let folder = VaultFolder()
        let bytes = sample(1000)
        var digest = ""
        do {
            let vault = try vault(folder, .encrypted, WatchedDisk(folder("vault"), failing: [2]).disk)
            let incoming = try incoming(vault, bytes)
            digest = try incoming.store().digest
            #expect(throws: VaultError.self) { try incoming.confirm() }
            #expect(throws: VaultError.self) { try incoming.confirm() }
        }
        #expect(VaultFolder.files(below: folder("vault/temporary")).count == 2)
        try expectRecovered(folder, .encrypted, digest, bytes, isKept: true)
    }

    /// What a start makes of what it finds: the registry says whether the object is kept.
    private func expectRecovered(
        _ folder: VaultFolder, _ mode: Vault.Mode, _ digest: String, _ bytes: [UInt8], isKept: Bool,
        isThere: Bool = true, _ what: String = ""
    ) throws {
        let vault = try Vault(path: folder("vault"), keys: folder("keys"), making: nil)
        var recorded: [String] = []
        try vault.forEachUnconfirmed(isKept: { _ in isKept }) { recorded.append($0) }
        #expect(VaultFolder.files(below: folder("vault/temporary")).isEmpty, "\(what)")
        #expect(try vault.contains(digest) == isThere, "\(what)")
        if isThere { #expect(try vault.bytes(digest) == bytes, "\(what)") }
        // What has a name is known, whoever was told.
        #expect(recorded == (isThere && !isKept ? [digest] : []), "\(what)")
        #expect(try vault.usage().count == (isThere ? 1 : 0), "\(what)")
        #expect(try vault.findings().findings.isEmpty, "\(what)")
        #expect(folder.objects.count == (isThere ? (mode == .encrypted ? 2 : 1) : 0), "\(what)")
    }

    /// The state that only a power cut leaves: the registry knows an object whose names did not reach the disk, in whole or in part.
    @Test(arguments: [Vault.Mode.encrypted, .plain], [[], ["object"], ["envelope"], ["object", "envelope"]])
    func `an object of which the registry knows has its names again after the start`(
        _ mode: Vault.Mode, _ lost: [String]
    )
        throws
    {
        let folder = VaultFolder()
        let bytes = sample(70_000)
        for isKept in [true, false] {
            var digest = ""
            do {
                let vault = try vault(folder, mode, WatchedDisk(folder("vault"), failing: [2]).disk)
                let incoming = try incoming(vault, bytes)
                digest = try incoming.store().digest
                #expect(throws: VaultError.self) { try incoming.confirm() }
                let name = try vault.name(of: digest)
                if lost.contains("object") { unlink(vault.home.object(name)) }
                if lost.contains("envelope") { unlink(vault.home.envelope(name)) }
            }
            let isThere = isKept || !lost.contains("object")
            try expectRecovered(folder, mode, digest, bytes, isKept: isKept, isThere: isThere, "\(lost) \(isKept)")
            if isThere {
                let vault = try Vault(path: folder("vault"), keys: folder("keys"), making: nil)
                #expect(try vault.remove(digest) { true })
            }
        }
    }

    @Test(arguments: [Vault.Mode.encrypted, .plain])
    func `what was torn under its temporary name gets no other, whatever the registry says`(_ mode: Vault.Mode) throws {
        for part in ["object", "envelope"] where mode == .encrypted || part == "object" {
            let folder = VaultFolder()
            var digest = ""
            do {
                let vault = try vault(folder, mode, WatchedDisk(folder("vault"), failing: [2]).disk)
                let incoming = try incoming(vault, sample(70_000))
                digest = try incoming.store().digest
                #expect(throws: VaultError.self) { try incoming.confirm() }
                for file in folder.objects { unlink(file) }
            }
            for file in VaultFolder.files(below: folder("vault/temporary"))
            where file.contains(".key.") == (part == "envelope") {
                let half = try folder.bytes(file)
                try folder.overwrite(file, Array(half.prefix(half.count / 2)))
            }
            let vault = try Vault(path: folder("vault"), keys: folder("keys"), making: nil)
            try vault.forEachUnconfirmed(isKept: { _ in true }) { _ in Issue.record("recorded") }
            #expect(try !vault.contains(digest), "\(part)")
            #expect(folder.objects.isEmpty && VaultFolder.files(below: folder("vault/temporary")).isEmpty, "\(part)")
        }
    }

    @Test func `an envelope that a rotation has overtaken is written with the key of today`() throws {
        let folder = VaultFolder()
        let rotated = Mutex<Vault?>(nil)
        let vault = try Vault(path: folder("vault"), keys: folder("keys"), making: .encrypted) { _ in
            // While the bytes are brought to disk, the envelope being written.
            SyncedDisk { () throws(SystemError) in _ = try? rotated.withLock { $0.take() }?.rotate() }
        }
        rotated.withLock { $0 = try? Vault(path: folder("vault"), keys: folder("keys"), making: nil) }
        let before = try #require(try vault.currentKey()).number
        let digest = try vault.add(sample(5000)).digest
        #expect(try vault.currentKey()?.number == before + 1)
        let name = try vault.name(of: digest)
        let id = KeyEnvelope.keyID(try folder.bytes(vault.home.envelope(name)))
        #expect(id == (try vault.currentKey()?.id))
        #expect(try vault.bytes(digest) == sample(5000))
        #expect(VaultFolder.files(below: folder("vault/temporary")).isEmpty)
    }

    /// Of what is done between two syncs nothing is on the disk: `CuttableDisk` has it write nothing of its own accord.
    private enum Cut: CaseIterable {
        case beforeBytes, afterBytes, beforeNames, afterNames
        case afterStoringAlone
    }

    @Test(.enabled(if: CuttableDisk.obstacle == nil, "needs root, loop devices and mkfs.ext4"))
    func `when the power is cut between two steps, all of the object is there or nothing`() throws {
        for mode in [Vault.Mode.encrypted, .plain] {
            for cut in Cut.allCases {
                let outer = VaultFolder()
                let disk = try CuttableDisk(in: outer.path, megabytes: 32)
                defer { disk.unmount() }
                let folder = VaultFolder(at: disk.mountPoint)
                let bytes = sample(300_000)
                // Made, and on the disk, before the object comes.
                _ = try Vault(path: folder("vault"), keys: folder("keys"), making: mode)
                let count = Mutex(0), broken = Mutex(false)
                func pull() {
                    try? disk.cut()
                    broken.withLock { $0 = true }
                }
                var digest: String?, isConfirmed = false
                do {
                    let real = SyncedDisk(of: folder("vault/temporary"))
                    #expect(real != nil, "ext4 is brought to disk as a whole")
                    let box = UncheckedBox(pull)
                    let watched = SyncedDisk { () throws(SystemError) in
                        let number = count.withLock { count in
                            count += 1
                            return count
                        }
                        if cut == (number == 1 ? .beforeBytes : .beforeNames) { box.value() }
                        try real?.sync()
                        if cut == (number == 1 ? .afterBytes : .afterNames) { box.value() }
                        if broken.withLock({ $0 }) { throw SystemError(code: EIO, call: "syncfs") }
                    }
                    let vault = try vault(folder, mode, cut == .afterStoringAlone ? nil : watched)
                    let incoming = try incoming(vault, bytes)
                    if let stored = try? incoming.store() {
                        digest = stored.digest
                        // Whoever would confirm is off, too.
                        if cut == .afterStoringAlone { pull() } else { isConfirmed = (try? incoming.confirm()) != nil }
                    }
                }
                try disk.restore()
                let what = "\(mode) \(cut)"
                #expect(!isConfirmed, "\(what)")
                // What was stored is in the registry by now, whether its name is on the disk or not.
                #expect((digest != nil) == [.beforeNames, .afterNames, .afterStoringAlone].contains(cut), "\(what)")
                try expectRecovered(
                    folder, mode, digest ?? ContentDigest(of: bytes).hexadecimal, bytes, isKept: digest != nil,
                    isThere: digest != nil, what)
            }
        }
    }

    /// For a closure that one thread runs while the test waits for it.
    private struct UncheckedBox: @unchecked Sendable {
        let value: () -> Void
        init(_ value: @escaping () -> Void) { self.value = value }
    }
}
