import CustodyLog
import Foundation
import Host
import Production
import Registry
import TestSupport
import Testing
import Vault

@Suite struct ExportTests {
    @Test func `a production is good by verify.py and by us, when its key is known by other means`() throws {
        let site = try MatterSite.withMatter()
        let report = try site.export()
        #expect(report.instances == 3 && report.studies == 1 && report.absent == 0)
        let trust = report.fingerprints.flatMap { ["--trust", $0.digest] }
        let theirs = try Verifier.words(site("out"), trust)
        let ours = try BagVerification(trusting: report.fingerprints.map(\.digest)).run(site("out"))
        #expect(theirs.words == ours.words, "\(theirs.output) \(ours.faults)")
        #expect(
            ours.words == [
                "integrity": "PASS", "authorship": "PASS", "time": "UNCONFIRMED", "completeness": "PASS",
                "redaction": "PASS",
            ], "\(ours.faults)")
        #expect(theirs.status == 3 && ours.status == 3)
        // By the copy that it brings, from somewhere else.
        try FileManager.default.moveItem(atPath: site("out"), toPath: site("elsewhere"))
        let own = try Verifier.words(site("elsewhere"), script: site("elsewhere/verify.py"))
        #expect(own.words["integrity"] == "PASS" && own.words["authorship"] == "UNCONFIRMED")
    }

    @Test func `what is handed over are the bytes that were received, and nothing of anybody else`() throws {
        let site = try MatterSite()
        let digests = try [1, 2, 3].map { try site.receive(MatterSite.instance($0)) }
        try site.receive(MatterSite.instance(8, patient: "PATIENT-TWO", name: "Stranger^Carl", study: 2))
        try site.hold()
        try site.hold(.patient(PatientIdentity(id: "PATIENT-TWO")), matter: "Carl v. Hospital")
        try site.export()
        let files = try site.files()
        #expect(files.filter { $0.hasPrefix("data/") } == digests.sorted().map { "data/originals/\($0).dcm" })
        for (number, digest) in zip([1, 2, 3], digests) {
            #expect(try site.bytes("out/data/originals/\(digest).dcm") == MatterSite.instance(number))
        }
        for file in files {
            let bytes = try site.bytes("out/\(file)")
            for word in ["Stranger", "Carl", "PATIENT-TWO", MatterSite.uid(8), MatterSite.study(2)] {
                #expect(bytes.firstRange(of: Array(word.utf8)) == nil, "\(word) in \(file)")
                #expect(bytes.firstRange(of: Array(Data(word.utf8).base64EncodedString().utf8)) == nil)
            }
        }
    }

    @Test func `only the owner may read it`() throws {
        let site = try MatterSite.withMatter()
        try site.export()
        for name in try FileManager.default.subpathsOfDirectory(atPath: site("out")) + ["."] {
            let status = try #require(FileSystem.status(site("out/\(name)")))
            #expect(status.st_mode & 0o777 == (status.st_mode & S_IFMT == S_IFDIR ? 0o700 : 0o600), "\(name)")
        }
    }

    @Test func `that it was produced is on the log before it is there, with its digest`() throws {
        let site = try MatterSite.withMatter()
        let report = try site.export()
        let leaf = try site.registry.readLog { try $0.leaf(at: report.leaf) }
        #expect(leaf.kind == .produced && leaf.actor == "A. Counsel")
        let list = try site.bytes("out/tagmanifest-sha256.txt")
        #expect(leaf.facts.contains(CustodyEvent.Fact("tag-manifest", ContentDigest(of: list).hexadecimal)))
        #expect(!leaf.facts.contains { $0.value.contains("Roe^") })
        // A second production tells of the first.
        let again = try site.export("again")
        #expect(again.entries == report.entries + 1)
        #expect(try site.text("again/metadata/custody.csv").contains("it was produced"))
    }

    @Test func `bagit finds it valid, and pymerkle the same root`() throws {
        try #require(Fixtures.python != nil)
        let site = try MatterSite.withMatter()
        let report = try site.export()
        let leaves = try site.registry.readLog { log in
            try (0..<log.logSize()).map { try log.leafBytes(at: $0) ?? [] }
        }
        let root = try site.registry.readLog { try $0.root(size: report.leaf + 1) }
        let rows = try Python.rows(
            """
            import logging, sys, bagit
            from pymerkle import InmemoryTree
            logging.disable(logging.CRITICAL)
            bag, *leaves = sys.stdin.read().split("\\n")
            bagit.Bag(bag).validate(processes=1)
            tree = InmemoryTree(algorithm="sha256")
            for leaf in leaves:
                tree.append_entry(bytes.fromhex(leaf))
            print(tree.get_root(\(report.leaf + 1)).hex())
            """, input: ([site("out")] + leaves.map { Python.hexadecimal($0) }).joined(separator: "\n"))
        #expect(rows == [[Python.hexadecimal(root.bytes)]])
    }

    @Test func `openings are told, or kept back and declared`() throws {
        let site = try MatterSite.withMatter()
        try site.export()
        #expect(try site.text("out/metadata/log/openings.jsonl").contains("suit over a fall"))
        #expect(try site.bytes("out/metadata/log/withheld.jsonl").isEmpty)
        try site.export("closed") { $0.withholdsOpenings = true }
        #expect(try site.bytes("closed/metadata/log/openings.jsonl").isEmpty)
        #expect(try site.text("closed/metadata/log/withheld.jsonl").contains("\"why\":\"withheld\""))
        #expect(try site.text("closed/README.txt").contains("kept back"))
        #expect(try BagVerification().run(site("closed"))[.redaction].word == .pass)
        #expect(try Verifier.words(site("closed")).words["redaction"] == "PASS")
        for name in ["metadata/custody.csv", "metadata/custody.html", "metadata/log/entries.jsonl"] {
            #expect(!(try site.text("closed/\(name)").contains("suit over a fall")), "\(name)")
        }
    }

    @Test func `links of whoever is held are in the extract, and those of others are not`() throws {
        let site = try MatterSite.withMatter()
        func link(_ one: String, _ other: String, _ kind: PatientLink.Kind = .merge) throws -> PatientLink {
            try site.registry.link(
                PatientIdentity(id: one), PatientIdentity(id: other), kind: kind, reason: "one person",
                by: site.keeper, at: site.now()
            ).link
        }
        _ = try link("P1", "Q1")
        _ = try link("Q1", "R1")
        let ended = try link("S1", "P1", .link)
        _ = try site.registry.unlink(link: ended.id, reason: "a mistake", by: site.keeper, at: site.now())
        _ = try link("P2", "Q2")
        try site.export()
        let custody = try site.text("out/metadata/custody.csv")
        #expect(custody.split(separator: "two identities were linked").count == 4)
        #expect(custody.split(separator: "a link of identities was ended").count == 2)
        #expect(custody.contains("other R1") && !custody.contains("Q2"))
    }

    @Test func `several holds of a matter are one production, each original once`() throws {
        let site = try MatterSite.withMatter()
        try site.hold(.study(MatterSite.study(1)))
        try site.hold(.instance(MatterSite.uid(1)))
        let report = try site.export()
        #expect(report.instances == 3)
        #expect(try site.text("out/metadata/holds.jsonl").split(separator: "\n").count == 3)
        #expect(try BagVerification().run(site("out"))[.completeness].word == .pass)
    }

    @Test func `an original under another identity of the patient is held, and handed over when that is held too`()
        throws
    {
        let site = try MatterSite.withMatter()
        _ = try site.registry.link(
            PatientIdentity(id: "P1"), PatientIdentity(id: "P2"), kind: .merge, reason: "one person", by: site.counsel,
            at: site.now())
        let report = try site.export()
        #expect(report.instances == 3 && report.uncertain == 2)
        #expect(try site.text("out/README.txt").contains("another identity that is linked"))
        try site.hold(.patient(PatientIdentity(id: "P2")))
        #expect(try site.export("again").instances == 5)
    }

    @Test func `an original of which nobody can tell whose it is, is held and not handed over`() throws {
        let site = try MatterSite.withMatter()
        // Anybody's; and somebody's of the same number, of whom nobody can read whose number it is.
        let anybody = try site.receive(MatterSite.instance(20, patient: "P7", study: 7), unreadable: .patientID)
        let other = try site.receive(MatterSite.instance(22, study: 6), unreadable: .issuerOfPatientID)
        let report = try site.export()
        #expect(report.instances == 3 && report.uncertain == 1)
        #expect(!(try site.files().contains { $0.contains(anybody) || $0.contains(other) }))
        #expect(try site.text("out/README.txt").contains("may or may not belong"))
        // In the patient's own study it is theirs.
        try site.receive(MatterSite.instance(21, patient: "P7", study: 1), unreadable: .patientID)
        #expect(try site.export("again").instances == 4)
    }

    @Test func `an original that was removed before is named, and its absence is no gap`() throws {
        let site = try MatterSite()
        let gone = try site.receive(MatterSite.instance(1))
        try site.receive(MatterSite.instance(2))
        let permit = try site.registry.perform(
            .delete, on: .bytes([gone]), by: site.keeper, reason: "asked for", at: site.now())
        _ = try site.vault.remove(permit, site.registry)
        try site.hold()
        let report = try site.export()
        #expect(report.instances == 1 && report.absent == 1)
        #expect(try site.text("out/metadata/absent.csv").contains(gone))
        let verdicts = try BagVerification().run(site("out"))
        #expect(verdicts[.completeness].word == .pass, "\(verdicts.faults)")
        #expect(try Verifier.words(site("out")).words["completeness"] == "PASS")
    }

    @Test func `without an original there is no production, and nothing is left`() throws {
        let site = try MatterSite.withMatter()
        let digest = try #require(site.registry.instances(sopInstanceUID: MatterSite.uid(2)).first).instance.digest
        _ = try run("/usr/bin/env", ["chattr", "-R", "-f", "-i", site("site/vault")])
        let object = try #require(
            FileManager.default.subpathsOfDirectory(atPath: site("site/vault")).first {
                $0.contains(digest.dropFirst(2))
            })
        try FileManager.default.removeItem(atPath: site("site/vault/\(object)"))
        #expect(throws: ProductionError.self) { try site.export() }
        #expect(try FileManager.default.contentsOfDirectory(atPath: site.path) == ["site"])
    }

    @Test func `what is there already stays as it is`() throws {
        let site = try MatterSite.withMatter()
        try FileManager.default.createDirectory(atPath: site("out"), withIntermediateDirectories: true)
        try site.write([1], "out/mine")
        let error = #expect(throws: ProductionError.self) { try site.export() }
        #expect(error?.code == .arguments)
        #expect(try site.files() == ["mine"])
        #expect(FileSystem.status(site("out.partial")) == nil)
    }

    @Test func `a matter without holds is refused`() throws {
        let site = try MatterSite.withMatter()
        let error = #expect(throws: ProductionError.self) { try site.export { $0.matter = "another" } }
        #expect(error?.code == .arguments)
    }

    @Test func `what an interrupted export left is no bag, and the next one takes its place`() throws {
        let site = try MatterSite.withMatter()
        // As SIGKILL leaves it: some files under the temporary name.
        try FileManager.default.createDirectory(
            atPath: site("out.partial/data/originals"), withIntermediateDirectories: true)
        try site.write([1, 2], "out.partial/data/originals/x.dcm")
        try site.write([1, 2], "out.partial/manifest-sha256.txt")
        #expect(try site.files("out.partial").contains("bagit.txt") == false)
        try site.export()
        #expect(FileSystem.status(site("out.partial")) == nil)
        #expect(try BagVerification().run(site("out"))[.integrity].word == .pass)
    }

    @Test func `it is a bag with its last file only, wherever it is killed`() throws {
        let site = try MatterSite.withMatter()
        let arguments = [
            "hold", "export", "--registry", site("site"), "--as", "tester", "--matter", "Roe v. Hospital", "--reason",
            "r",
            site("out"),
        ]
        let canTrace =
            (try? run("/usr/bin/env", ["strace", "-o", "/dev/null", "-e", "trace=none", "true"]).status) == 0
        guard canTrace else { return }
        for place in ["fsync:signal=KILL:when=1", "fsync:signal=KILL:when=15", "rename:signal=KILL:when=1"] {
            _ = try run(
                "/usr/bin/env",
                [
                    "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,rename", "-e", "inject=\(place)",
                    Verifier.command,
                ] + arguments)
            #expect(FileSystem.status(site("out")) == nil, "\(place)")
            if place.hasPrefix("fsync") { #expect(FileSystem.status(site("out.partial/bagit.txt")) == nil, "\(place)") }
        }
        #expect(try run(Verifier.command, arguments).status == 0)
        #expect(try BagVerification().run(site("out"))[.completeness].word == .pass)
        #expect(try BagVerification().run(site("out"))[.integrity].word == .pass)
    }
}
