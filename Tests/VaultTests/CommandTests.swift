import CustodyLog
import Foundation
import Glibc
import Host
import Registry
import Testing

@testable import Vault

/// `cordon vault`, end to end.
@Suite struct CommandTests {
    private func site() -> SiteCommand { SiteCommand(folder: VaultFolder()) }

    private func registry(_ site: SiteCommand) throws -> Registry { try Registry.open(site.folder("site")) }

    private let person = Person("tester") ?? Person("x").unsafelyUnwrapped

    @Test func `what is stored is in the vault, in the registry and on the log`() throws {
        let site = site()
        let inputs = try Instances.write(1..<6, to: site.folder)
        let result = try Cordon.run(site.add(inputs))
        #expect(result.status == 0 && result.error.isEmpty)
        let digests = try inputs.map { ContentDigest(of: try site.folder.bytes($0)).hexadecimal }
        #expect(Set(result.lines) == Set(digests))
        let registry = try registry(site)
        for (number, digest) in digests.enumerated() {
            let record = try #require(try registry.instance(digest))
            #expect(record.instance.attributes[.sopInstanceUID] == Instances.uid(number + 1))
            #expect(record.instance.attributes[.patientName] == "Roe^Jane")
            let leaf = try registry.readLog { try $0.leaf(at: record.leaf) }
            #expect(leaf.kind == .received)
            let out = site.folder("out\(number)")
            #expect(try Cordon.run(site("get", [digest, out])).status == 0)
            #expect(try site.folder.bytes(out) == site.folder.bytes(inputs[number]))
        }
        #expect(try site.findings() == [])
        // Given again, nothing changes but the log.
        let again = try Cordon.run(site.add(inputs))
        #expect(again.status == 0 && Set(again.lines) == Set(digests))
        #expect(try registry.instanceCount() == 5)
        let list = try Cordon.run(["vault", "list", "--registry", site.folder("site")])
        #expect(Set(list.lines.map { String($0.prefix(64)) }) == Set(digests))
    }

    @Test func `what is no DICOM, and what breaks off, is kept and recorded`() throws {
        let site = site()
        let folder = site.folder
        let whole = Instances.file(1)
        for (name, bytes) in [("text", Array("a note".utf8)), ("cut.dcm", Array(whole.dropLast(300))), ("empty", [])] {
            try Data(bytes).write(to: URL(fileURLWithPath: folder(name)))
        }
        let result = try Cordon.run(site.add([folder("text"), folder("cut.dcm"), folder("empty")]))
        #expect(result.status == 0 && result.lines.count == 3)
        let registry = try registry(site)
        let cut = try #require(try registry.instance(ContentDigest(of: whole.dropLast(300)).hexadecimal))
        #expect(cut.instance.attributes[.patientID] == "P1")
        #expect(cut.instance.unreadable.contains(.accessionNumber) && !cut.instance.unreadable.contains(.patientID))
        let text = try #require(try registry.instance(ContentDigest(of: Array("a note".utf8)).hexadecimal))
        #expect(text.instance.attributes.isEmpty && text.instance.unreadable.count == InstanceAttribute.allCases.count)
        #expect(try site.findings() == [])
    }

    @Test func `what a hold covers is not deleted, and neither is what was named with it`() throws {
        let site = site()
        let inputs = try Instances.write(1..<4, to: site.folder)
        try Data(Instances.file(9, patient: "P2", study: 2)).write(to: URL(fileURLWithPath: inputs[2]))
        let digests = try inputs.map { ContentDigest(of: try site.folder.bytes($0)).hexadecimal }
        #expect(try Cordon.run(site.add(inputs)).status == 0)
        let registry = try registry(site)
        let order = HoldOrder(
            matter: "M1", custodian: "Legal", reason: "order", authority: "court",
            scope: .patient(PatientIdentity(id: "P1")))
        _ = try registry.place(order, by: person, at: .now)
        let refused = try Cordon.run(site("delete", ["--yes", "--reason", "space"] + digests))
        #expect(refused.status == 2 && refused.error.contains("matter M1"))
        #expect(try site.findings() == [] && site.remains() == [])
        let done = try Cordon.run(site("delete", ["--yes", "--reason", "space", digests[2]]))
        #expect(done.status == 0)
        #expect(try Cordon.run(site("get", [digests[2], site.folder("out")])).status == 3)
        #expect(try registry.instance(digests[2])?.removed != nil)
        #expect(try site.findings() == [] && site.remains() == [])
        // Nobody to ask and no `--yes`.
        #expect(try Cordon.run(site("delete", ["--reason", "space", digests[0]])).status != 0)
        // It comes again, and is there again.
        #expect(try Cordon.run(site.add([inputs[2]])).lines == [digests[2]])
        #expect(try registry.instance(digests[2])?.removed == nil)
        #expect(try Cordon.run(site("get", [digests[2], site.folder("out")])).status == 0)
        #expect(try site.findings() == [])
    }

    @Test func `bytes that the registry does not know are nobody's to delete`() throws {
        let site = site()
        let inputs = try Instances.write(1..<2, to: site.folder)
        #expect(try Cordon.run(site.add(inputs)).status == 0)
        let vault = try Vault(path: site.folder("site/vault"), keys: site.folder("site/keys"))
        let digest = try vault.add(sample(100)).digest
        #expect(try site.findings().first?.hasPrefix("unregistered: \(digest)") == true)
        #expect(try Cordon.run(site("delete", ["--yes", "--reason", "x", digest])).status == 2)
        #expect(try vault.contains(digest))
    }

    @Test(arguments: ["113001", "113037", "113038", "113039"])
    func `a rejection note is kept, and obeyed unless a hold forbids it`(_ code: String) throws {
        let site = site()
        let inputs = try Instances.write(1..<3, to: site.folder)
        #expect(try Cordon.run(site.add(inputs)).status == 0)
        let registry = try registry(site)
        let note = site.folder("note")
        try Data(Instances.rejection(code, of: [1, 2, 77])).write(to: URL(fileURLWithPath: note))
        let obeyed = try Cordon.run(site.add([note]))
        #expect(obeyed.status == 0 && obeyed.lines.count == 1)
        let order = HoldOrder(
            matter: "M1", custodian: "Legal", reason: "order", authority: "court", scope: .study(Instances.studyUID()))
        _ = try registry.place(order, by: person, at: .now)
        let second = Instances.rejection(code, of: [1], number: 901)
        try Data(second).write(to: URL(fileURLWithPath: note))
        let refused = try Cordon.run(site.add([note]))
        #expect(refused.status == 1 && refused.error.contains("not obeyed"))
        #expect(refused.lines == [ContentDigest(of: second).hexadecimal])
        let kinds = try registry.readLog { log in try (0..<(try log.logSize())).map { try log.leaf(at: $0).kind } }
        #expect(kinds.count { $0 == .rejected } == 1 && kinds.count { $0 == .forbidden } == 1)
        #expect(try site.findings() == [])
    }

    @Test func `a deletion that was permitted and then cut short is finished at the next start`() throws {
        let site = site()
        let inputs = try Instances.write(1..<3, to: site.folder)
        let digests = try inputs.map { ContentDigest(of: try site.folder.bytes($0)).hexadecimal }
        #expect(try Cordon.run(site.add(inputs)).status == 0)
        guard Cordon.canTrace else { return skipped("strace is not here") }
        // Dies when it would take the first object's file away: the registry has recorded it.
        let killed = try Cordon.run(
            site("delete", ["--yes", "--reason", "x"] + digests), injecting: "unlink:signal=KILL:when=1")
        #expect(killed.isKilled || killed.status == 137)
        let registry = try registry(site)
        #expect(try registry.instance(digests[0])?.removed != nil)
        #expect(try Cordon.run(["vault", "info", "--registry", site.folder("site")]).status == 0)
        let vault = try Vault(path: site.folder("site/vault"), keys: site.folder("site/keys"))
        for digest in digests { #expect(try !vault.contains(digest)) }
        #expect(try site.findings() == [] && site.remains() == [])
    }

    @Test func `a deletion that was cut short does not take what came again since`() throws {
        let site = site()
        let inputs = try Instances.write(1..<2, to: site.folder)
        let digest = ContentDigest(of: try site.folder.bytes(inputs[0])).hexadecimal
        #expect(try Cordon.run(site.add(inputs)).status == 0)
        let registry = try registry(site)
        let permit = try registry.perform(.delete, on: .bytes([digest]), by: person, reason: "x", at: .now)
        #expect(try Cordon.run(site.add(inputs)).lines == [digest])
        let vault = try Vault(path: site.folder("site/vault"), keys: site.folder("site/keys"))
        let report = try vault.remove(permit, registry)
        #expect(report.removed.isEmpty && report.receivedAgain == [digest])
        #expect(try site.findings() == [])
    }

    @Test func `two processes that store the same and others at once lose nothing`() throws {
        let site = site()
        let common = try Instances.write(0..<25, to: site.folder, "common")
        let inputs = try (1...3).map {
            common + (try Instances.write($0 * 100..<$0 * 100 + 15, to: site.folder, "own\($0)"))
        }
        let processes = try inputs.map { try Cordon.start(site.add($0)) }
        for (process, paths) in zip(processes, inputs) {
            let result = try process.end()
            #expect(result.status == 0, "\(result.error)")
            let digests = try paths.map { ContentDigest(of: try site.folder.bytes($0)).hexadecimal }
            #expect(Set(result.lines) == Set(digests))
        }
        #expect(try registry(site).instanceCount() == 70)
        #expect(try site.findings() == [])
    }

    @Test func `a file that is there is not overwritten, and a damaged original is not given out`() throws {
        let site = site()
        let inputs = try Instances.write(1..<2, to: site.folder)
        let digest = ContentDigest(of: try site.folder.bytes(inputs[0])).hexadecimal
        #expect(try Cordon.run(site.add(inputs)).status == 0)
        #expect(try Cordon.run(site("get", [digest, inputs[0]])).status == 2)
        let object = try #require(
            VaultFolder.files(below: site.folder("site/vault/objects")).first { !$0.hasSuffix(".key") })
        var bytes = try site.folder.bytes(object)
        bytes[bytes.count - 1] ^= 1
        try site.folder.overwrite(object, bytes)
        let result = try Cordon.run(site("get", [digest, site.folder("out")]))
        #expect(result.status == 4 && result.error.contains(digest))
        #expect(!FileManager.default.fileExists(atPath: site.folder("out")))
        #expect(try Cordon.run(site("get", [digest, "-"])).output.isEmpty)
        #expect(try site.findings().first?.hasPrefix("corrupt: \(digest)") == true)
        // Nobody had it.
        let registry = try registry(site)
        let kinds = try registry.readLog { log in try (0..<(try log.logSize())).map { try log.leaf(at: $0).kind } }
        #expect(!kinds.contains(.viewed) && kinds.contains(.vaultChecked))
    }

    @Test func `a full vault refuses, and takes more when there is room`() throws {
        let site = site()
        let inputs = try Instances.write(1..<4, to: site.folder)
        #expect(
            try Cordon.run(["vault", "limit", "--registry", site.folder("site"), "--bytes", "2K", "--reserve", "0"])
                .status == 0)
        let result = try Cordon.run(site.add(inputs, ["--jobs", "1"]))
        #expect(result.status == 3 && result.error.contains("takes no more"))
        #expect(result.lines.count >= 1 && result.lines.count < 3)
        #expect(try site.findings() == [])
        #expect(try Cordon.run(["vault", "limit", "--registry", site.folder("site"), "--no-bytes"]).status == 0)
        #expect(try Cordon.run(site.add(inputs)).lines.count == 3)
        #expect(try site.findings() == [])
    }
}

/// Says in the log of the tests that something was not tried here.
func skipped(_ reason: String, _ test: String = #function) { print("skipped: \(test): \(reason)") }
