import Crypto
import Foundation
import Glibc
import Host
import Testing

@testable import Vault

@Suite struct KeyTests {
    @Test func `a key that others may read is refused, and said which`() throws {
        for name in ["vault-1.key", "vault-names.key"] {
            let folder = VaultFolder()
            try folder.vault().add(sample(10))
            chmod(folder("keys/\(name)"), 0o640)
            let error = #expect(throws: VaultError.self) { try folder.vault() }
            #expect(error?.code == .key && error?.message.contains("`keys/\(name)`") == true)
            chmod(folder("keys/\(name)"), 0o600)
            _ = try folder.vault()
        }
    }

    @Test func `without its keys a vault does not open, and no new ones are made`() throws {
        let folder = VaultFolder()
        let digest = try folder.vault().add(sample(10)).digest
        for lost in [["vault-1.key"], ["vault-names.key"], ["vault-1.key", "vault-names.key"]] {
            for name in lost { rename(folder("keys/\(name)"), folder(name)) }
            let error = #expect(throws: VaultError.self) { try folder.vault() }
            #expect(error?.code == .key)
            for name in lost {
                #expect(!FileManager.default.fileExists(atPath: folder("keys/\(name)")))
                rename(folder(name), folder("keys/\(name)"))
            }
            #expect(try folder.vault().bytes(digest) == sample(10))
        }
    }

    @Test func `another vault's keys are refused`() throws {
        let folder = VaultFolder()
        let other = VaultFolder()
        try folder.vault().add(sample(10))
        try other.vault().add(sample(10))
        let error = #expect(throws: VaultError.self) {
            try Vault(path: folder("vault"), keys: other("keys"), making: nil)
        }
        #expect(error?.code == .key)
    }

    @Test func `a key that is a link is refused`() throws {
        let folder = VaultFolder()
        try folder.vault().add(sample(10))
        rename(folder("keys/vault-1.key"), folder("elsewhere"))
        symlink(folder("elsewhere"), folder("keys/vault-1.key"))
        #expect(throws: VaultError.self) { try folder.vault() }
    }

    @Test func `a key prints its id and never itself`() throws {
        let key = SiteKey.made(.wrapping, number: 1)
        let digits = key.secret.withUnsafeBytes { hexadecimalDigits($0) }
        var text = ""
        dump(key, to: &text)
        for text in [text, "\(key)", String(reflecting: key), "\([key])"] {
            #expect(text.contains(key.id) && !text.contains(digits.prefix(16)))
        }
    }

    @Test func `rotation wraps every key anew, writes no object, and keeps the old key aside`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault()
        let digests = try (0..<20).map { try vault.add(sample(100, seed: UInt64($0 + 1))).digest }
        let before = vault.keys?.current.id
        let objects = folder.objects.filter { !$0.hasSuffix(".key") }
        let statuses = objects.map { FileSystem.status($0).map { Fingerprint($0) } }
        let report = try vault.rotate()
        #expect(report.rewrapped == 20 && report.isComplete)
        #expect(report.key != before && report.retired == [before])
        #expect(objects.map { FileSystem.status($0).map { Fingerprint($0) } } == statuses)
        #expect(
            VaultFolder.files(below: folder("keys")).map { URL(fileURLWithPath: $0).lastPathComponent }.sorted()
                == ["vault-1.key", "vault-2.key", "vault-names.key"])
        // The old key is needed by nothing.
        try FileManager.default.removeItem(atPath: folder("keys/retired"))
        let again = try folder.vault()
        for (index, digest) in digests.enumerated() {
            #expect(try again.bytes(digest) == sample(100, seed: UInt64(index + 1)))
        }
        #expect(try again.findings().findings.isEmpty)
    }

    @Test func `others that have the vault open go on while keys are rotated, and use the new one`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault()
        let open = try folder.vault()
        let digest = try vault.add(sample(100)).digest
        let report = try vault.rotate()
        #expect(try open.bytes(digest) == sample(100))
        let later = try open.add(sample(101)).digest
        let name = try open.name(of: later)
        #expect(KeyEnvelope.keyID(try folder.bytes(open.home.envelope(name))) == report.key)
    }

    @Test func `a rotation that was cut short goes on with the key it had made`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault()
        let digests = try (0..<30).map { try vault.add(sample(100, seed: UInt64($0 + 1))).digest }
        let old = try digests.map { try folder.bytes(vault.home.envelope(try vault.name(of: $0))) }
        let report = try vault.rotate()
        // As if it had died in the middle: half of the envelopes are the old ones, and the old key is in its place.
        for index in 0..<15 {
            try folder.overwrite(vault.home.envelope(try vault.name(of: digests[index])), old[index])
        }
        rename(folder("keys/retired/vault-1.key"), folder("keys/vault-1.key"))
        let again = try folder.vault()
        for (index, digest) in digests.enumerated() {
            #expect(try again.bytes(digest) == sample(100, seed: UInt64(index + 1)))
        }
        let second = try again.rotate()
        #expect(second.key == report.key)
        #expect(second.rewrapped == 15 && second.current == 15)
        #expect(second.retired.count == 1)
    }

    @Test func `a key is not retired while an envelope cannot be opened or a place is away`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault()
        let digests = try (0..<3).map { try vault.add(sample(100, seed: UInt64($0 + 1))).digest }
        let path = vault.home.envelope(try vault.name(of: digests[0]))
        let whole = try folder.bytes(path)
        var damaged = whole
        damaged[60] ^= 1
        try folder.overwrite(path, damaged)
        var report = try vault.rotate()
        #expect(!report.isComplete && report.failed.count == 1 && report.retired.isEmpty)
        try folder.overwrite(path, whole)
        _ = try vault.move(storedBefore: nil, to: folder("cold"), limit: 1)
        rename(folder("cold"), folder("away"))
        report = try vault.rotate()
        #expect(report.absent == [folder("cold")] && report.retired.isEmpty)
        rename(folder("away"), folder("cold"))
        report = try vault.rotate()
        #expect(report.isComplete && report.retired.count == 1)
        for (index, digest) in digests.enumerated() {
            #expect(try vault.bytes(digest) == sample(100, seed: UInt64(index + 1)))
        }
    }

    @Test func `a plain vault has no keys to rotate`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault(.plain)
        #expect(throws: VaultError.self) { try vault.rotate() }
    }
}
