import Foundation
import Glibc
import Host
import Synchronization
import TestSupport
import Testing

@testable import Vault

/// P1, step by step: what is on the disk when, and what a start makes of it after a power cut between any two steps.
@Suite(.serialized) struct StoringOrderTests {
    /// A disk that says what lies in the vault whenever somebody waits for it.
    private final class WatchedDisk: Sendable {
        struct Moment {
            var temporary: [String]
            var objects: [String]
        }

        let events = Mutex<[String]>([])
        let moments = Mutex<[Moment]>([])
        /// The numbers of waits that fail.
        let failing: Set<Int>
        private let vault: String

        init(_ vault: String, failing: Set<Int> = []) {
            self.vault = vault
            self.failing = failing
        }

        func say(_ event: String) { events.withLock { $0.append(event) } }

        var wait: Vault.Wait {
            { step, flush throws(SystemError) in
                let moment = Moment(
                    temporary: VaultFolder.files(below: self.vault + "/temporary"),
                    objects: VaultFolder.files(below: self.vault + "/objects"))
                let number = self.moments.withLock { moments in
                    moments.append(moment)
                    return moments.count
                }
                try flush()
                self.say("\(step)")
                if self.failing.contains(number) { throw SystemError(code: EIO, call: "fsync") }
            }
        }
    }

    private func vault(_ folder: VaultFolder, _ mode: Vault.Mode, _ wait: @escaping Vault.Wait) throws -> Vault {
        try Vault(path: folder("vault"), keys: folder("keys"), making: mode, wait: wait)
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
        let vault = try vault(folder, mode, watched.wait)
        let bytes = sample(200_000)
        let incoming = try incoming(vault, bytes)
        let stored = try incoming.store()
        watched.say("stored")
        // The registry's transaction.
        try incoming.confirm()
        watched.say("confirmed")
        let name = try vault.name(of: stored.digest)
        let files = mode == .encrypted ? 2 : 1
        #expect(watched.events.withLock { $0 } == ["bytes", "name", "stored", "confirmed"])
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

    @Test func `the same bytes again, and what is put there again, wait for the name too`() throws {
        let folder = VaultFolder()
        let watched = WatchedDisk(folder("vault"))
        let vault = try vault(folder, .encrypted, watched.wait)
        let first = try incoming(vault, sample(5000)), second = try incoming(vault, sample(5000))
        let stored = try first.store()
        #expect(try !second.store().isNew)
        #expect(watched.events.withLock { $0 } == ["bytes", "name", "bytes", "name"])
        try first.confirm()
        // Permitted before the registry knew the second.
        #expect(try vault.remove(stored.digest) { true })
        try second.confirm()
        #expect(watched.events.withLock { $0 }.dropFirst(4) == ["name"])
        #expect(try vault.bytes(stored.digest) == sample(5000))
    }

    @Test(arguments: [Vault.Mode.encrypted, .plain])
    func `what was stored and could not be recorded is recorded by the next start`(_ mode: Vault.Mode) throws {
        let folder = VaultFolder()
        let bytes = sample(1000)
        do {
            let vault = try vault(folder, mode, WatchedDisk(folder("vault")).wait)
            // The registry has no room, and the process goes on.
            _ = try incoming(vault, bytes).store()
        }
        try expectRecovered(folder, mode, ContentDigest(of: bytes).hexadecimal, bytes, isKept: false)
    }

    @Test(arguments: ["key", "envelope"])
    func `what nobody can read today stays, and keeps no site from starting`(_ what: String) throws {
        let folder = VaultFolder()
        let (bytes, more) = (sample(1000), sample(2000))
        do {
            let vault = try vault(folder, .encrypted, WatchedDisk(folder("vault")).wait)
            _ = try incoming(vault, bytes).store()
            _ = try incoming(vault, more).store()
            let name = try vault.name(of: ContentDigest(of: bytes).hexadecimal)
            var envelope = Array("no envelope".utf8)
            if what == "key" {
                // Of a vault with other keys.
                let other = VaultFolder()
                let stranger = try self.vault(other, .encrypted, WatchedDisk(other("vault")).wait)
                envelope = try other.bytes(
                    stranger.home.envelope(stranger.name(of: try stranger.add(bytes).digest)))
            }
            try folder.overwrite(vault.home.envelope(name), envelope)
        }
        let vault = try Vault(path: folder("vault"), keys: folder("keys"), making: nil)
        var recorded: [String] = []
        try vault.forEachUnconfirmed(isKept: { _ in false }) { recorded.append($0) }
        #expect(recorded == [ContentDigest(of: more).hexadecimal])
        #expect(VaultFolder.files(below: folder("vault/temporary")).count == 2)
    }

    @Test func `when the bytes cannot be brought to disk nothing is left of them`() throws {
        let folder = VaultFolder()
        let vault = try vault(folder, .encrypted, WatchedDisk(folder("vault"), failing: [1]).wait)
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
        do {
            let vault = try vault(folder, .encrypted, WatchedDisk(folder("vault"), failing: [2]).wait)
            let incoming = try incoming(vault, bytes)
            #expect(throws: VaultError.self) { try incoming.store() }
            #expect(throws: VaultError.self) { try incoming.confirm() }
        }
        #expect(VaultFolder.files(below: folder("vault/temporary")).count == 2)
        try expectRecovered(folder, .encrypted, ContentDigest(of: bytes).hexadecimal, bytes, isKept: false)
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

    /// The state that only a power cut leaves, on a disk that keeps no order: the registry knows an object whose names did not reach the disk, in whole or in part.
    @Test(arguments: [Vault.Mode.encrypted, .plain], [[], ["object"], ["envelope"], ["object", "envelope"]])
    func `an object of which the registry knows has its names again after the start`(
        _ mode: Vault.Mode, _ lost: [String]
    )
        throws
    {
        let folder = VaultFolder()
        let bytes = sample(70_000)
        for isKept in [true, false] {
            let digest = ContentDigest(of: bytes).hexadecimal
            do {
                let vault = try vault(folder, mode, WatchedDisk(folder("vault"), failing: [2]).wait)
                let incoming = try incoming(vault, bytes)
                #expect(throws: VaultError.self) { try incoming.store() }
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
            let digest = ContentDigest(of: sample(70_000)).hexadecimal
            do {
                let vault = try vault(folder, mode, WatchedDisk(folder("vault"), failing: [2]).wait)
                let incoming = try incoming(vault, sample(70_000))
                #expect(throws: VaultError.self) { try incoming.store() }
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
        let vault = try vault(folder, .encrypted) { (_, flush) throws(SystemError) in
            try flush()
            // While the bytes are brought to disk, the envelope being written.
            _ = try? rotated.withLock { $0.take() }?.rotate()
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

    /// Of what is done between two waits nothing is on the disk: `CuttableDisk` has it write nothing of its own accord.
    private enum Cut: CaseIterable {
        case beforeBytes, afterBytes, beforeNames, afterNames
        case afterStoring
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
                let isBroken = Mutex(false)
                let pull = UncheckedBox {
                    try? disk.cut()
                    isBroken.withLock { $0 = true }
                }
                var isStored = false
                do {
                    let vault = try vault(folder, mode) { step, flush throws(SystemError) in
                        if cut == (step == .bytes ? .beforeBytes : .beforeNames) { pull.value() }
                        try flush()
                        if cut == (step == .bytes ? .afterBytes : .afterNames) { pull.value() }
                        // Whoever would go on is off, too.
                        if isBroken.withLock({ $0 }) { throw SystemError(code: EIO, call: "fsync") }
                    }
                    let incoming = try incoming(vault, bytes)
                    isStored = (try? incoming.store()) != nil
                    if isStored { pull.value() }
                }
                try disk.restore()
                let what = "\(mode) \(cut)"
                #expect(isStored == (cut == .afterStoring), "\(what)")
                // Only of what was stored may the registry know.
                try expectRecovered(
                    folder, mode, ContentDigest(of: bytes).hexadecimal, bytes, isKept: isStored,
                    isThere: [.afterNames, .afterStoring].contains(cut), what)
            }
        }
    }

    /// For a closure that one thread runs while the test waits for it.
    private struct UncheckedBox: @unchecked Sendable {
        let value: () -> Void
        init(_ value: @escaping () -> Void) { self.value = value }
    }
}
