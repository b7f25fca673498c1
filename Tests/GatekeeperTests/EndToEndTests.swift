import DICOMCore
import Foundation
import FoundationXML
import Testing
import TestSupport

@testable import Gatekeeper
@testable import Host
@testable import Inputs

/// The shipped rules on the example studies and on real files, as a site runs them.
@Suite struct EndToEndTests {
    private static let root = Fixtures.packageRoot
    private static let examples = root + "/Examples/studies"

    private func apply(
        _ folder: WorkFolder, rules: String, audience: String, jobs: Int = 2, inputs: [String], output: String
    ) throws -> Command.Result {
        if !folder.exists("key") { _ = try TestRules.key(folder) }
        return try Command.run(
            [
                "apply", "--rules", rules, "--audience", audience, "--at", "20310401120000", "--jobs", "\(jobs)",
                "--key",
                folder("key"), "--map", folder(output + ".map"), "--quiet",
            ] + inputs + [folder(output)])
    }

    /// What was decided for each input, without the places in rule files.
    private func decisions(_ folder: WorkFolder, _ output: String) throws -> [String] {
        try folder.text(output + "/decisions.jsonl").split(separator: "\n").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            let data = try JSONSerialization.data(withJSONObject: Self.withoutPlaces(object), options: .sortedKeys)
            return String(decoding: data, as: UTF8.self)
        }
    }

    private static func withoutPlaces(_ value: Any) -> Any {
        if let object = value as? [String: Any] {
            return object.filter { !["file", "line", "ruleSet"].contains($0.key) }.mapValues(withoutPlaces)
        }
        return (value as? [Any])?.map(withoutPlaces) ?? value
    }

    private struct Mapped {
        var input: String
        var output: String
        var disposition: String
    }

    private func map(_ folder: WorkFolder, _ output: String) throws -> [Mapped] {
        try folder.text(output + ".map").split(separator: "\n").dropFirst().map { line in
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            try #require(cells.count == 3)
            return Mapped(input: cells[0], output: cells[1], disposition: cells[2])
        }
    }

    // MARK: - Nothing is changed, nothing is lost

    @Test
    func `a rule set that changes nothing gives back every readable file byte for byte, and accounts for the rest`()
        throws
    {
        let folders = [Fixtures.pydicom, Fixtures.shared.map { $0 + "/corpus" }].compactMap { $0 }
        try #require(!folders.isEmpty, "neither pydicom's files nor the corpus are there; `make test` brings them")
        let folder = WorkFolder()
        try folder.write(
            "rules.xml",
            """
            <ruleset xmlns="urn:cordon:rules:1" id="nothing" revision="1">
              <audience id="all"><always><release/></always></audience>
            </ruleset>
            """)
        let result = try apply(
            folder, rules: folder("rules.xml"), audience: "all", inputs: folders, output: "out")
        #expect(result.status <= 1, "\(result.error)")
        let lines = try folder.text("out/decisions.jsonl").split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        let mapped = try map(folder, "out")
        try #require(lines.count == mapped.count)
        var counts: [String: Int] = [:]
        for (line, file) in zip(lines, mapped) {
            counts[file.disposition, default: 0] += 1
            #expect(["release", "sequester", "ignored"].contains(file.disposition))
            let input = try Data(contentsOf: URL(fileURLWithPath: file.input))
            if file.disposition != "release" { #expect((line["reason"] as? String)?.isEmpty == false) }
            if file.disposition == "ignored" {
                // Left alone where it lies: nothing in it is DICOM's.
                #expect(input.count < 132 || input[128..<132] != Data("DICM".utf8))
                continue
            }
            let output = try Data(contentsOf: URL(fileURLWithPath: folder("out/" + file.output)))
            #expect(input == output)
        }
        let files = Set(folders.flatMap(Fixtures.files(under:)).compactMap { PathBytes($0).resolved?.text })
        #expect(Set(mapped.map(\.input).compactMap { PathBytes($0).resolved?.text }) == files)
        #expect((counts["release"] ?? 0) > 80)
    }

    // MARK: - Order does not matter (P4), nor do processes and threads (P7)

    @Test func `shuffled rules, includes and files, one job or eight: the same decisions and bytes`() throws {
        let folder = WorkFolder()
        var generator = SeededGenerator(seed: 20)
        for audience in ["archive", "research"] {
            let first = try apply(
                folder, rules: Self.root + "/Rules/sites/general-hospital.xml", audience: audience, jobs: 1,
                inputs: [Self.examples], output: "plain-\(audience)")
            #expect(first.status == 1, "\(first.error)")
            let decided = try decisions(folder, "plain-\(audience)")
            let released = try folder.tree("plain-\(audience)/released")
            for round in 1...3 {
                let rules = folder("shuffled-\(audience)-\(round)")
                try shuffle(Self.root + "/Rules", into: rules, using: &generator)
                let studies = try FileManager.default.contentsOfDirectory(atPath: Self.examples)
                    .map { Self.examples + "/" + $0 }.shuffled(using: &generator)
                let output = "out-\(audience)-\(round)"
                let result = try apply(
                    folder, rules: rules + "/sites/general-hospital.xml", audience: audience, jobs: 8, inputs: studies,
                    output: output)
                #expect(result.status == 1, "\(result.error)")
                #expect(try decisions(folder, output) == decided)
                #expect(try folder.tree("\(output)/released") == released)
            }
        }
    }

    /// Copies a folder of rules; the children of every element whose order means nothing are in a random one.
    private func shuffle(_ source: String, into target: String, using generator: inout SeededGenerator) throws {
        for file in Fixtures.files(under: source) {
            let copy = URL(fileURLWithPath: target + file.dropFirst(source.count))
            try FileManager.default.createDirectory(
                at: copy.deletingLastPathComponent(), withIntermediateDirectories: true)
            guard file.hasSuffix(".xml") else {
                try FileManager.default.copyItem(atPath: file, toPath: copy.path)
                continue
            }
            let document = try XMLDocument(contentsOf: URL(fileURLWithPath: file))
            var pending = [try #require(document.rootElement())]
            while let element = pending.popLast() {
                let children = element.children?.filter { $0.kind == .element } ?? []
                guard ["ruleset", "vocabulary", "tier", "audience", "profile", "all", "any"].contains(element.name)
                else {
                    continue
                }
                pending += children.compactMap { $0 as? XMLElement }
                element.setChildren(nil)
                for child in children.shuffled(using: &generator) { element.addChild(child) }
            }
            try document.xmlData.write(to: copy)
        }
    }

    // MARK: - One audience after the other

    @Test func `what the archive received is decided for research as the original was`() throws {
        let folder = WorkFolder()
        let rules = Self.root + "/Rules/sites/general-hospital.xml"
        for (audience, input, output) in [
            ("archive", Self.examples, "archive"), ("research", Self.examples, "direct"),
            ("research", folder("archive/released"), "passed-on"),
        ] {
            #expect(try apply(folder, rules: rules, audience: audience, inputs: [input], output: output).status == 1)
        }
        func decided(_ output: String) throws -> [String] {
            try folder.text(output + "/decisions.jsonl").split(separator: "\n").compactMap { line in
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                // One input cannot be read; the archive did not get it.
                return object?["decided"] as? String
            }.sorted()
        }
        let direct = try decided("direct")
        #expect(direct.contains("deidentify") && direct.contains("sequester"))
        #expect(try decided("passed-on") == direct)
    }

    @Test
    func `a code that anybody may have written shows the legal team nothing, and an unknown one no consent lifts`()
        throws
    {
        let folder = WorkFolder()
        func study(_ name: String, patient: String, _ sequence: DICOMCore.Tag, _ codes: (String, String)...) throws {
            let items = codes.map { code in
                DataSetBuilder().text(.codeValue, .SH, code.0).text(.codingSchemeDesignator, .SH, code.1)
                    .text(.codeMeaning, .LO, "meaning")
            }
            let builder = DataSetBuilder()
                .sequence(.sensitiveContentCodeSequence, sequence == .sensitiveContentCodeSequence ? items : [])
                .text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.2").text(.sopInstanceUID, .UI, "2.25.9\(name)")
                .text(.modality, .CS, "CT").text(.patientID, .LO, patient).text(.issuerOfPatientID, .LO, "GENERAL")
                .text(.studyInstanceUID, .UI, "2.25.8\(name)")
            let full = sequence == .sensitiveContentCodeSequence ? builder : builder.sequence(sequence, items)
            try folder.write("in/\(name).dcm", full.file())
        }
        let reason = DICOMCore.Tag(0x0040, 0x1012)
        try study("1", patient: "GH-007001", reason, ("113021", "99XYZ"))
        try study("2", patient: "GH-001204", .sensitiveContentCodeSequence, ("VIP", "ActCode"), ("131395", "DCM"))
        try study("3", patient: "GH-001204", .sensitiveContentCodeSequence, ("VIP", "ActCode"), ("SHELTER", "99LOCAL"))
        let rules = Self.root + "/Rules/sites/general-hospital.xml"
        for audience in ["legal", "research"] {
            _ = try apply(folder, rules: rules, audience: audience, inputs: [folder("in")], output: audience)
        }
        func decided(_ output: String) throws -> [String?] {
            try folder.text(output + "/decisions.jsonl").split(separator: "\n").map { line in
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                return object?["decided"] as? String
            }
        }
        #expect(try decided("legal") == ["sequester", "sequester", "sequester"])
        #expect(try decided("research") == ["sequester", "deidentify", "sequester"])
    }

    // MARK: - What others read in it

    @Test(.enabled(if: Fixtures.python != nil))
    func `pydicom, DCMTK and dciodvfy read in flagged and de-identified copies what was meant`() throws {
        let folder = WorkFolder()
        for audience in ["archive", "research"] {
            let result = try apply(
                folder, rules: Self.root + "/Rules/sites/general-hospital.xml", audience: audience,
                inputs: [Self.examples], output: audience)
            #expect(result.status == 1, "\(result.error)")
        }
        let comparison = try Comparison(["archive", "research"].map { (folder($0 + ".map"), folder($0)) })
        #expect(comparison.agreeing != nil, "\(comparison.text)")
    }
}
