import Foundation
import Glibc
import Host
import Testing

@testable import Vault

/// Every change of what lies in a vault is found, and named.
@Suite struct DamageTests {
    /// A vault of one object, and where its files are.
    private struct One {
        let folder = VaultFolder()
        let vault: Vault
        let bytes: [UInt8]
        let digest: String
        let object: String
        let envelope: String

        init(_ mode: Vault.Mode, size: Int) throws {
            vault = try folder.vault(mode)
            bytes = sample(size)
            digest = try vault.add(bytes).digest
            let name = try vault.name(of: digest)
            object = vault.home.object(name)
            envelope = vault.home.envelope(name)
        }

        func expectDamage(_ what: String, _ location: SourceLocation = #_sourceLocation) throws {
            let error = #expect(throws: VaultError.self, sourceLocation: location) { try vault.bytes(digest) }
            #expect(error?.code == .corrupt && error?.digest == digest, "\(what)", sourceLocation: location)
        }
    }

    @Test(arguments: [Vault.Mode.encrypted, .plain])
    func `every single bit of an object is missed when it changes`(_ mode: Vault.Mode) throws {
        let one = try One(mode, size: 500)
        let whole = try one.folder.bytes(one.object)
        for bit in 0..<whole.count * 8 {
            var bytes = whole
            bytes[bit / 8] ^= 1 << (bit % 8)
            try one.folder.overwrite(one.object, bytes)
            try one.expectDamage("bit \(bit)")
        }
        try one.folder.overwrite(one.object, whole)
        #expect(try one.vault.bytes(one.digest) == one.bytes)
    }

    @Test func `a check finds a bit anywhere in header, chunks and tags, and names object and file`() throws {
        let one = try One(.encrypted, size: 2 * SealedHeader.chunkSize + 100)
        let whole = try one.folder.bytes(one.object)
        let sealed = SealedHeader.sealedChunkSize
        let places = [
            0, 8, 12, 19, 20, 20 + sealed - 17, 20 + sealed - 1, 20 + sealed, 20 + 2 * sealed, whole.count - 17,
            whole.count - 1,
        ]
        for place in places {
            var bytes = whole
            bytes[place] ^= 0x80
            try one.folder.overwrite(one.object, bytes)
            let found = try one.vault.findings().findings
            #expect(found.map(\.kind) == [.corrupt])
            #expect(found.first?.digest == one.digest)
            #expect(found.first?.file.map { one.object.hasSuffix($0) } == true)
        }
    }

    @Test func `every single bit of an envelope is missed when it changes`() throws {
        let one = try One(.encrypted, size: 10)
        let whole = try one.folder.bytes(one.envelope)
        for bit in 0..<whole.count * 8 {
            var bytes = whole
            bytes[bit / 8] ^= 1 << (bit % 8)
            try one.folder.overwrite(one.envelope, bytes)
            let error = #expect(throws: VaultError.self) { try one.vault.bytes(one.digest) }
            #expect(error?.digest == one.digest, "bit \(bit)")
        }
        var bytes = whole
        bytes[30] ^= 1
        try one.folder.overwrite(one.envelope, bytes)
        #expect(try one.vault.findings().findings.map(\.kind) == [.envelopeDamaged])
    }

    @Test(arguments: [Vault.Mode.encrypted, .plain])
    func `an object that was cut or grew is damaged, wherever the cut is`(_ mode: Vault.Mode) throws {
        let one = try One(mode, size: 2 * SealedHeader.chunkSize + 10)
        let whole = try one.folder.bytes(one.object)
        let sealed = SealedHeader.sealedChunkSize
        for count in [0, 1, 19, 20, 21, 35, 36, 20 + sealed, 20 + sealed - 16, whole.count - 17, whole.count - 1] {
            try one.folder.overwrite(one.object, Array(whole[..<count]))
            try one.expectDamage("cut to \(count)")
        }
        for extra in [[0], [UInt8](repeating: 0, count: 16), Array(whole[20...])] as [[UInt8]] {
            try one.folder.overwrite(one.object, whole + extra)
            try one.expectDamage("grown by \(extra.count)")
        }
    }

    @Test func `chunks that change places are damage`() throws {
        let one = try One(.encrypted, size: 4 * SealedHeader.chunkSize)
        let whole = try one.folder.bytes(one.object)
        let sealed = SealedHeader.sealedChunkSize
        func chunk(_ number: Int) -> ArraySlice<UInt8> { whole[20 + number * sealed..<20 + (number + 1) * sealed] }
        for order in [[1, 0, 2, 3], [0, 2, 1, 3], [0, 1, 3, 2], [0, 0, 2, 3], [0, 1, 3], [3]] {
            try one.folder.overwrite(one.object, Array(whole[..<20]) + order.flatMap { chunk($0) })
            try one.expectDamage("order \(order)")
        }
    }

    @Test(arguments: [Vault.Mode.encrypted, .plain], [false, true])
    func `objects that change names are both damage`(_ mode: Vault.Mode, envelopesToo: Bool) throws {
        let one = try One(mode, size: 1000)
        let other = sample(1000, seed: 99)
        let otherDigest = try one.vault.add(other).digest
        let otherName = try one.vault.name(of: otherDigest)
        func swap(_ first: String, _ second: String) throws {
            let (a, b) = (try one.folder.bytes(first), try one.folder.bytes(second))
            try one.folder.overwrite(first, b)
            try one.folder.overwrite(second, a)
        }
        try swap(one.object, one.vault.home.object(otherName))
        if envelopesToo, mode == .encrypted { try swap(one.envelope, one.vault.home.envelope(otherName)) }
        for digest in [one.digest, otherDigest] {
            let error = #expect(throws: VaultError.self) { try one.vault.bytes(digest) }
            #expect(error?.code == .corrupt && error?.digest == digest)
        }
        let kinds = try one.vault.findings().findings.map(\.kind)
        #expect(kinds.count == 2 && kinds.allSatisfy { $0 == .corrupt || $0 == .envelopeDamaged })
    }

    @Test func `every single bit of the vault's own small files is missed when it changes`() throws {
        let one = try One(.encrypted, size: 10)
        try one.vault.set(Limits(bytes: 1 << 40, reserve: 0))
        let cold = one.folder("cold")
        _ = try one.vault.move(storedBefore: Instant(milliseconds: 0), to: cold)
        _ = try one.vault.findings()
        let files = ["vault/header", "vault/place", "vault/limits", "vault/places", "vault/checks", "cold/place"]
        for file in files + ["keys/vault-1.key", "keys/vault-names.key"] {
            let path = one.folder(file)
            let whole = try one.folder.bytes(path)
            // Of the schedule, which is long, every seventh.
            for bit in stride(from: 0, to: whole.count * 8, by: file.hasSuffix("checks") ? 701 : 3) {
                var bytes = whole
                bytes[bit / 8] ^= 1 << (bit % 8)
                try one.folder.overwrite(path, bytes)
                let name = String(file.split(separator: "/").last ?? "")
                do {
                    let vault = try one.folder.vault()
                    let found = try vault.recordFindings()
                    #expect(
                        found.contains { $0.file == name || $0.kind == .place && file == "cold/place" },
                        "\(file), bit \(bit)")
                } catch let error as VaultError {
                    #expect(error.message.contains("`\(name)`") || error.message.contains("`\(file)`"), "\(error)")
                }
            }
            try one.folder.overwrite(path, whole)
        }
        #expect(try one.folder.vault().findings().findings.isEmpty)
    }

    @Test func `what should not lie there is named, and what should and does not`() throws {
        let folder = VaultFolder()
        let vault = try folder.vault()
        let digests = try (1...4).map { try vault.add(sample(10, seed: $0)).digest }
        let names = try digests.map { try vault.name(of: $0) }
        try Data().write(to: URL(fileURLWithPath: folder("vault/notes.txt")))
        try Data().write(to: URL(fileURLWithPath: folder("vault/objects/00/readme")))
        try FileManager.default.createDirectory(
            atPath: folder("vault/objects/xyz"), withIntermediateDirectories: false)
        // Object 0 loses its envelope, object 1 goes, object 2 is readable for the group, object 3 has a second name.
        for index in 0..<4 { ImmutableFlag.put(false, path: vault.home.object(names[index])) }
        unlink(vault.home.envelope(names[0]))
        unlink(vault.home.object(names[1]))
        chmod(vault.home.object(names[2]), 0o440)
        link(vault.home.object(names[3]), folder("other"))
        let unknown = String(repeating: "ab", count: 32)
        let records = SaidRecords(states: [
            digests[0]: .kept, digests[1]: .kept, digests[2]: .removed, unknown: .kept,
        ])
        let (findings, report) = try vault.findings(records: records)
        let told = Set(findings.map { "\($0.kind.rawValue) \($0.digest ?? $0.file ?? "")" })
        #expect(
            told == [
                "stray notes.txt", "stray objects/00/readme", "stray objects/xyz",
                "envelope-missing objects/\(names[0].text.prefix(2))/\(names[0].text.dropFirst(2))",
                "envelope-alone \(digests[1])", "missing \(digests[1])", "missing \(unknown)", "mode \(digests[2])",
                "undeleted \(digests[2])", "linked \(digests[3])", "unregistered \(digests[3])",
            ])
        #expect(report.findings[.missing] == 2)
        // The mode is right again.
        #expect(FileSystem.status(vault.home.object(names[2])).map { $0.st_mode & 0o777 } == 0o400)
        unlink(folder("other"))
    }
}
