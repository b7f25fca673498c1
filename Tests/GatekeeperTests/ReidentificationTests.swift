import CMSEnvelope
import DICOMCore
import DICOMFile
import Foundation
import Inputs
import TestSupport
import Testing

@testable import Gatekeeper

/// De-identified by the command with an encrypting profile, and given back by the command.
@Suite struct ReidentificationTests {
    private let pair: KeyPair

    init() throws { pair = try KeyPair.shared.get() }

    private static let rules = """
        <ruleset xmlns="urn:cordon:rules:1" id="test" revision="1">
          <include href="\(Fixtures.packageRoot)/Rules/profiles/ps3.15.xml"/>
          <profile id="sealed" extends="ps3.15-basic" encrypt="changed" burned-in="pass">
            <recipient certificate="research.pem"/>
          </profile>
          <profile id="names" extends="ps3.15-basic" burned-in="pass">
            <recipient certificate="research.pem"/><encrypt attribute="PatientName" then="pseudonym"/>
          </profile>
          <audience id="research"><always><deidentify profile="sealed"/></always></audience>
          <audience id="partners"><always><deidentify profile="names"/></always></audience>
        </ruleset>
        """

    private func prepared(_ pair: KeyPair? = nil) throws -> WorkFolder {
        let folder = WorkFolder()
        try folder.write("rules.xml", Self.rules)
        try folder.write("research.pem", (pair ?? self.pair).certificate)
        try folder.write("private.pem", self.pair.key)
        #expect(chmod(folder("private.pem"), 0o600) == 0)
        for instance in 1...3 { try folder.write("in/IM\(instance)", Samples.file(instance: instance)) }
        _ = try TestRules.key(folder)
        return folder
    }

    @discardableResult
    private func apply(_ folder: WorkFolder, _ arguments: String..., audience: String = "research") throws
        -> Command.Result
    {
        try Command.run(
            ["apply", "--rules", "rules.xml", "--audience", audience, "--key", "key"] + arguments, in: folder.path)
    }

    private func reidentify(_ folder: WorkFolder, _ arguments: String...) throws -> Command.Result {
        try Command.run(["reidentify"] + arguments, in: folder.path)
    }

    /// Paths with values, what the way back adds left out.
    private func values(_ path: String) throws -> [String] {
        let file = try DICOMFile(path: path)
        return try file.dataSet.nodes.indices.compactMap { id in
            let node = file.dataSet.nodes[id]
            guard node.kind != .item, node.tag != .patientIdentityRemoved else { return nil }
            return "\(file.dataSet.path(of: id)) \(node.vr) \(node.kind == .sequence ? [] : try file.bytes(of: id))"
        }
    }

    @Test func `what was encrypted comes back whole, once, for its owner alone`() throws {
        let folder = try prepared()
        #expect(try apply(folder, "in", "out").status == 0)
        for path in try folder.files("out/released") {
            let bytes = try folder.bytes("out/released/\(path)")
            for word in Samples.planted { #expect(bytes.firstRange(of: Array(word.utf8)) == nil) }
        }
        let first = try reidentify(folder, "--key", "private.pem", "--map", "map", "out/released", "back")
        #expect(first.status == 0 && first.error == "")
        #expect(first.output.contains("3 given back"))
        let restored = try folder.files("back/restored")
        #expect(restored.count == 3)
        for path in restored {
            #expect(path.hasPrefix("\(Samples.patientID)/\(Samples.studyUID)/"))
            let original = "in/IM\(try #require(path.dropLast(4).last))"
            #expect(try values(folder("back/restored/\(path)")) == values(folder(original)))
        }
        for (path, entry) in try folder.tree("back/restored") {
            #expect(entry.hasSuffix(entry.hasPrefix("folder") ? (path.isEmpty ? "700" : " 755") : " 600") || path != "")
            if !entry.hasPrefix("folder") { #expect(entry.hasSuffix(" 600")) }
        }
        #expect(try folder.text("map").split(separator: "\n").count == 4)
        let before = try folder.tree("back/restored", timesToo: true)
        let again = try reidentify(folder, "--key", "private.pem", "out/released", "back", "--jobs", "1", "--json")
        #expect(again.status == 0 && again.output.contains(#""present": 3"#))
        #expect(try folder.tree("back/restored", timesToo: true) == before)
    }

    @Test func `envelopes are the same in every run, so that a run that is repeated or interrupted goes on`() throws {
        let folder = try prepared()
        try folder.write("in/copy", try folder.bytes("in/IM1"))
        #expect(try apply(folder, "--jobs", "1", "in", "a").status == 0)
        #expect(try apply(folder, "--jobs", "4", "in", "b").status == 0)
        #expect(try folder.tree("a/released") == folder.tree("b/released"))
        #expect(try folder.files("a/released").count == 3)
        let before = try folder.tree("a", timesToo: true)
        #expect(try apply(folder, "in", "a").output.contains("nothing was changed"))
        #expect(try folder.tree("a", timesToo: true) == before)
        // What is lost is made again, the same.
        let lost = try #require(try folder.files("a/released").first)
        let digest = try folder.bytes("a/released/\(lost)")
        try folder.remove("a/released/\(lost)")
        try apply(folder, "in", "a")
        #expect(try folder.bytes("a/released/\(lost)") == digest)
    }

    @Test func `another key, another file and damage are refused with a reason, and the rest is given back`() throws {
        let folder = try prepared()
        try apply(folder, "in", "out")
        let other = try KeyPair()
        try folder.write("other.pem", other.key)
        try folder.write("other.crt", other.certificate)
        #expect(chmod(folder("other.pem"), 0o600) == 0)
        for arguments in [[], ["--certificate", "other.crt"]] {
            let result = try Command.run(
                ["reidentify", "--key", "other.pem"] + arguments + ["out/released", "none"], in: folder.path)
            // Without the certificate a key that does not fit can give bytes of any kind, so that reasons may differ.
            #expect(result.status == 3)
            #expect(result.output.contains("0 given back, 3 refused"), "\(result.output)\(result.error)")
            #expect(result.error.contains("the key does not open it"), "\(result.error)")
            #expect(try folder.files("none/restored").isEmpty)
        }
        let mixed = try #require(try folder.files("out/released").first)
        let whole = try folder.bytes("out/released/\(mixed)")
        try folder.write("mixed/whole", whole)
        try folder.write("mixed/cut.dcm", Array(whole.dropLast(7)))
        try folder.write("mixed/plain", Samples.file(instance: 9))
        try folder.write("mixed/notes.txt", "not DICOM")
        let result = try reidentify(folder, "--key", "private.pem", "mixed", "some")
        #expect(result.status == 3)
        #expect(result.output.contains("1 given back, 2 refused, 1 other file left alone"))
        #expect(result.error.contains("Encrypted Attributes Sequence") && result.error.contains("cannot be read"))
        for word in Samples.planted { #expect(!result.output.contains(word) && !result.error.contains(word)) }
    }

    @Test func `keys that others may read, encrypted ones without a passphrase and wrong pairs are refused`() throws {
        let folder = try prepared()
        try apply(folder, "in", "out")
        func status(_ arguments: String...) throws -> Int32 {
            let result = try Command.run(["reidentify"] + arguments + ["out/released", "back"], in: folder.path)
            #expect(!result.error.contains("PRIVATE") || result.status == 2)
            return result.status
        }
        #expect(try status("--key", "gone.pem") == 2)
        #expect(try status("--key", "research.pem") == 2)
        #expect(try status("--key", "private.pem", "--certificate", "rules.xml") == 2)
        #expect(chmod(folder("private.pem"), 0o640) == 0)
        #expect(try status("--key", "private.pem") == 2)
        let secret = try KeyPair(passphrase: "open sesame")
        try folder.write("secret.pem", secret.key)
        try folder.write("passphrase", "open sesame\n")
        try folder.write("wrong", "open barley\n")
        for name in ["secret.pem", "passphrase", "wrong"] { #expect(chmod(folder(name), 0o600) == 0) }
        #expect(try status("--key", "secret.pem", "--passphrase", "wrong") == 2)
        #expect(!folder.exists("back"))
        // It opens, and is of somebody else.
        #expect(try status("--key", "secret.pem", "--passphrase", "passphrase") == 3)
    }

    @Test func `nothing is overwritten, and outputs of one kind of run are not of another`() throws {
        let folder = try prepared()
        try apply(folder, "in", "out")
        // The same instances for another audience: less comes back, under the same names.
        #expect(try apply(folder, "in", "partners", audience: "partners").status == 0)
        #expect(try reidentify(folder, "--key", "private.pem", "out/released", "back").status == 0)
        let before = try folder.tree("back/restored", timesToo: true).filter { !$0.value.hasPrefix("folder") }
        #expect(try reidentify(folder, "--key", "private.pem", "partners/released", "back").status == 0)
        let after = try folder.tree("back/restored", timesToo: true)
        for (path, entry) in before { #expect(after[path] == entry) }
        #expect(try folder.files("back/restored").count == 6)
        #expect(try reidentify(folder, "--key", "private.pem", "out/released", "partners").status == 2)
        #expect(try apply(folder, "in", "back").status != 0)
        #expect(try reidentify(folder, "--key", "private.pem", "in", "in/back").status == 2)
    }

    @Test func `an attribute that is named comes back, others stay as they were made`() throws {
        let folder = try prepared()
        try apply(folder, "in", "out", audience: "partners")
        #expect(try reidentify(folder, "--key", "private.pem", "out/released", "back").status == 0)
        let path = try #require(try folder.files("back/restored").first)
        let file = try DICOMFile(path: folder("back/restored/\(path)"))
        #expect(file.text(.patientName) == Samples.patientName)
        #expect(file.text(.patientID) != Samples.patientID)
        #expect(file.text(.longitudinalTemporalInformationModified) == "REMOVED")
    }

    @Test func `a certificate that has run out is refused by the time of decision, and what was begun goes on`() throws
    {
        let folder = try prepared(KeyPair(days: 1))
        let late = try apply(folder, "--at", "20991231000000", "in", "late")
        #expect(late.status == 2)
        #expect(late.error.contains("research.pem") && late.error.contains("ran out at 20"))
        #expect(!folder.exists("late"))
        #expect(try apply(folder, "in", "out").status == 0)
        let ruleSet = try TestRules.load(folder, Self.rules)
        func again(_ time: String?) throws -> BatchRun.Report {
            var options = BatchRun.Options(
                sources: InputSources(paths: [folder("in")]), output: folder("out"), jobs: 1, now: "20991231000000+0000"
            )
            options.time = time
            return try BatchRun(ruleSet: ruleSet, audience: "research", key: TestRules.key(folder), options: options)
                .run(progress: Progress(isQuiet: true))
        }
        // Another path to the rule set is the same rule set; its places in the records are told by that path.
        let before = try folder.tree("out/released", timesToo: true)
        _ = try again(nil)
        #expect(try folder.tree("out/released", timesToo: true) == before)
        #expect(throws: RunError.self) { try again("20991231000000") }
    }
}

/// Other implementations read what we write, and we what they write.
@Suite struct ReidentificationInteroperabilityTests {
    private static let gdcmanon = ["/usr/bin/gdcmanon", "/usr/local/bin/gdcmanon"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Identity, a date, a UID and text.
    private static let looked = [
        Tag.patientName, .patientID, .studyInstanceUID, .sopInstanceUID, Tag(0x0008, 0x0080), Tag(0x0008, 0x0090),
    ]

    private func run(_ program: String, _ arguments: [String], in folder: WorkFolder) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    private func prepared() throws -> WorkFolder? {
        guard let original = Fixtures.pydicom("CT_small.dcm"), let bytes = Fixtures.bytes(original) else { return nil }
        let folder = WorkFolder(), pair = try KeyPair.shared.get()
        try folder.write("in/original", bytes)
        try folder.write("research.pem", pair.certificate)
        try folder.write("private.pem", pair.key)
        #expect(chmod(folder("private.pem"), 0o600) == 0)
        try folder.write(
            "rules.xml",
            """
            <ruleset xmlns="urn:cordon:rules:1" id="test" revision="1">
              <include href="\(Fixtures.packageRoot)/Rules/profiles/ps3.15.xml"/>
              <profile id="sealed" extends="ps3.15-basic" encrypt="changed" burned-in="pass">
                <recipient certificate="research.pem"/>
              </profile>
              <audience id="research"><always><deidentify profile="sealed"/></always></audience>
            </ruleset>
            """)
        _ = try TestRules.key(folder)
        return folder
    }

    private func texts(_ path: String) throws -> [String?] {
        let file = try DICOMFile(path: path)
        return Self.looked.map { file.text($0) }
    }

    @Test func `gdcmanon gives back what we encrypted, and we what it did`() throws {
        guard let gdcmanon = Self.gdcmanon, let folder = try prepared() else {
            print("skipped: gdcmanon (libgdcm-tools) or pydicom's files are not there")
            return
        }
        let original = try texts(folder("in/original"))
        let made = try Command.run(
            ["apply", "--rules", "rules.xml", "--audience", "research", "--key", "key", "in", "out"], in: folder.path)
        #expect(made.status == 0)
        let ours = "out/released/" + (try #require(try folder.files("out/released").first))
        #expect(try run(gdcmanon, ["-d", "-k", "private.pem", "-i", ours, "-o", "theirs.dcm"], in: folder) == 0)
        #expect(try texts(folder("theirs.dcm")) == original)
        let arguments = [
            "-e", "-c", "research.pem", "--root-uid", "1.2.3", "-i", "in/original", "-o", "given/gdcm.dcm",
        ]
        try folder.write("given/readme", "")
        #expect(try run(gdcmanon, arguments, in: folder) == 0)
        #expect(try texts(folder("given/gdcm.dcm")) != original)
        #expect(
            try Command.run(["reidentify", "--key", "private.pem", "given", "back"], in: folder.path).status == 0)
        let back = "back/restored/" + (try #require(try folder.files("back/restored").first))
        #expect(try texts(folder(back)) == original)
    }

    @Test func `pydicom reads the sequence and, with the openssl command, what is in it`() throws {
        guard let folder = try prepared(), Fixtures.python != nil else {
            print("skipped: pydicom or its files are not there")
            return
        }
        let made = try Command.run(
            ["apply", "--rules", "rules.xml", "--audience", "research", "--key", "key", "in", "out"], in: folder.path)
        #expect(made.status == 0)
        let ours = folder("out/released/" + (try #require(try folder.files("out/released").first)))
        let script = """
            import io, subprocess, pydicom
            data = pydicom.dcmread(r'\(ours)')
            assert len(data.EncryptedAttributesSequence) == 1
            item = data.EncryptedAttributesSequence[0]
            assert item.EncryptedContentTransferSyntaxUID == '1.2.840.10008.1.2.1'
            plain = subprocess.run(['openssl', 'cms', '-decrypt', '-inform', 'DER', '-inkey', r'\(folder("private.pem"))'],
                input=item.EncryptedContent, capture_output=True, check=True).stdout
            inner = pydicom.filereader.read_dataset(io.BytesIO(plain), False, True)
            assert len(inner) == 1 and len(inner.ModifiedAttributesSequence) == 1
            print(inner.ModifiedAttributesSequence[0].PatientID)
            """
        let original = try DICOMFile(path: folder("in/original"))
        #expect(try Python.rows(script).first?.first == original.text(.patientID))
    }
}
