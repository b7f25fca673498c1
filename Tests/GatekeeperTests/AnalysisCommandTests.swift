import DICOMCore
import DICOMFile
import Foundation
import RuleEngine
import RuleLanguage
import TestSupport
import Testing

/// `cordon check`, `diff` and `explain`, as a shell sees them.
@Suite struct AnalysisCommandTests {
    private static let vocabulary = """
        <vocabulary>
          <label id="vip" tier="2" is-a="sensitive" system="ActCode" code="VIP"/>
          <label id="violence" tier="2" is-a="sensitive" system="ActCode" code="SDV"/>
        </vocabulary>
        """
    private static let audience = """
        <audience id="archive"><always><release/></always><on label="vip"><flag/></on><on label="violence"><sequester/></on></audience>
        """

    private func write(_ folder: WorkFolder, _ name: String, _ body: String) throws -> String {
        let path = folder(name)
        let text =
            "<ruleset xmlns=\"urn:cordon:rules:1\" id=\"test\" revision=\"1\">\n\(Self.vocabulary)\n\(body)\n</ruleset>\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func rule(_ id: String, _ condition: String, _ label: String = "vip") -> String {
        "<tier number=\"2\"><rule id=\"\(id)\"><when>\(condition)</when><tag study=\"\(label)\"/></rule></tier>\n"
    }

    @Test func `check shows an implied rule with an example, and writes one that does what it says`() throws {
        let folder = WorkFolder()
        let rules = try write(
            folder, "rules.xml",
            Self.audience + rule("any-id", "<present attribute=\"PatientID\"/>")
                + rule("one-id", "<equals attribute=\"PatientID\" value=\"4711\"/>"))
        let result = try Command.run(["check", rules, "--example", folder("shown.dcm")])
        #expect(result.status == 0, "\(result.error)")
        #expect(
            result.output.contains(
                "warning: the rule `one-id` gives nothing that `any-id` does not give as well [implied-rule]"))
        #expect(result.output.contains("example: PatientID \"4711\""))
        let explained = try Command.run(["explain", "--rules", rules, folder("shown.dcm")])
        #expect(explained.output.contains("rule any-id") && explained.output.contains("rule one-id"))
        #expect(try Command.run(["check", "--strict", rules]).status == 2)
        #expect(try Command.run(["check", "--no-analysis", rules]).output.contains("0 errors, 0 warnings;"))
    }

    @Test func `notes are shown to those who ask, and JSON says all of it`() throws {
        let folder = WorkFolder()
        let rules = try write(
            folder, "rules.xml",
            Self.audience + rule("a", "<equals attribute=\"PatientID\" value=\"1\"/>")
                + rule("b", "<present attribute=\"PatientComments\"/>", "violence"))
        let plain = try Command.run(["check", rules])
        #expect(!plain.output.contains("overlapping-clauses") && plain.output.contains(" note"))
        let notes = try Command.run(["check", "--notes", rules])
        #expect(notes.output.contains(": note: ") && notes.output.contains("[overlapping-clauses]"))
        let json = try Command.run(["check", "--json", "--finding", "overlapping-clauses", rules])
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let set = try #require((object["ruleSets"] as? [[String: Any]])?.first)
        let finding = try #require((set["findings"] as? [[String: Any]])?.first)
        #expect(finding["severity"] as? String == "note" && finding["example"] != nil)
    }

    @Test func `an assertion that fails stops every command, and check writes the study that breaks it`() throws {
        let folder = WorkFolder()
        let rules = try write(
            folder, "rules.xml",
            "<audience id=\"research\"><always><release/></always></audience>"
                + rule("a", "<equals attribute=\"PatientID\" value=\"1\"/>", "violence")
                + "<never audience=\"research\" label=\"violence\" disposition=\"release\"/>")
        let result = try Command.run(["check", "--example", folder("shown.dcm"), rules])
        #expect(result.status == 2)
        // Once, with what the loader says of it and the study that shows it.
        #expect(result.output.components(separatedBy: "[assertion-fails]").count == 2, "\(result.output)")
        #expect(result.output.contains("1 error, 0 warnings") && result.output.contains("see the clauses at"))
        let without = try Command.run(["check", "--no-analysis", rules])
        #expect(without.status == 2 && without.output.components(separatedBy: "[assertion-fails]").count == 2)
        #expect(FileManager.default.fileExists(atPath: folder("shown.dcm")))
        let explain = try Command.run(["explain", "--rules", rules, folder("shown.dcm")])
        #expect(explain.status == 2 && explain.error.contains("assertion-fails"))
    }

    @Test func `diff says what is stricter, with an example under both, and ends with its status`() throws {
        let folder = WorkFolder()
        let old = try write(
            folder, "old.xml", Self.audience + rule("a", "<equals attribute=\"PatientID\" value=\"1\"/>"))
        let new = try write(folder, "new.xml", Self.audience + rule("a", "<present attribute=\"PatientID\"/>"))
        try FileManager.default.createDirectory(atPath: folder("examples"), withIntermediateDirectories: true)
        let result = try Command.run(["diff", "--examples", folder("examples"), old, new])
        #expect(result.status == 1, "\(result.error)")
        #expect(
            result.output.contains("audience archive: stricter\n  stricter: release → flag\n    example: PatientID"))
        let example = folder("examples/audience-archive-stricter.dcm")
        let before = try Command.run(["explain", "--rules", old, example]).output
        let after = try Command.run(["explain", "--rules", new, example]).output
        #expect(before.contains("audience archive: release") && after.contains("audience archive: flag"))
        let same = try Command.run(["diff", old, old])
        #expect(same.status == 0 && same.output.contains("1 audience equivalent"))
        #expect(try Command.run(["diff", "--json", old, old]).output.contains("\"equivalent\": true"))

        // Studies, and decisions of before, again.
        try Data(DataSetBuilder().text(.patientID, .LO, "7").text(.studyInstanceUID, .UI, "2.25.7").file())
            .write(to: URL(fileURLWithPath: folder("one.dcm")))
        let replayed = try Command.run(["diff", "--on", folder("one.dcm"), old, new])
        #expect(replayed.output.contains("1 study: 1 decided differently\n  study 1, audience archive: release → flag"))
        let record =
            "{\"input\":3,\"audience\":\"archive\",\"decided\":\"flag\",\"labels\":[{\"label\":\"violence\",\"certain\":true}]}\n"
        try Data(record.utf8).write(to: URL(fileURLWithPath: folder("decisions.jsonl")))
        let decisions = try Command.run(["diff", "--on", folder("decisions.jsonl"), old, new])
        #expect(decisions.output.contains("input 3, audience archive: flag → sequester"))
        #expect(decisions.output.contains("rules differ"))
        #expect(decisions.output.contains("made by another rule set"))
        // What changes alike is told together, and what cannot be said is said.
        let lines = (1...20).map { record.replacing("\"input\":3", with: "\"input\":\($0)") }
        let more = [
            "{\"input\":21,\"disposition\":\"refused\"}\n",
            "{\"input\":22,\"audience\":\"gone\",\"decided\":\"flag\",\"labels\":[]}\n",
        ]
        try Data((lines + more).joined().utf8).write(to: URL(fileURLWithPath: folder("decisions.jsonl")))
        let many = try Command.run(["diff", "--on", folder("decisions.jsonl"), new, new])
        #expect(many.output.contains("21 decisions of before: 20 decided differently"), "\(many.output)")
        #expect(many.output.contains("input 8 and 12 more, audience archive: flag → sequester"), "\(many.output)")
        #expect(many.output.contains("no audience `gone`") && many.output.contains("1 input was not decided about"))
        try Data((record + "\nnot a record\n").utf8).write(to: URL(fileURLWithPath: folder("decisions.jsonl")))
        let none = try Command.run(["diff", "--on", folder("decisions.jsonl"), old, new])
        #expect(none.status == 2 && none.error.contains("is no record of decisions: line 3 is none"), "\(none.error)")
        // What cannot be read of a decision might be what makes the difference.
        for damage in [
            ("\"label\":", "\"labl\":"), ("\"violence\"", "7"), ("\"labels\":", "\"label\":"),
            ("\"labels\":", "\"obligations\":[{\"system\":\"ActCode\"}],\"labels\":"),
        ] {
            let damaged = record + record.replacing(damage.0, with: damage.1)
            try Data(damaged.utf8).write(to: URL(fileURLWithPath: folder("decisions.jsonl")))
            let refused = try Command.run(["diff", "--on", folder("decisions.jsonl"), old, new])
            #expect(refused.status == 2 && refused.error.contains("of line 2 cannot be read"), "\(refused.error)")
        }
    }

    @Test func `a finding that there is not is an error that lists those that there are`() throws {
        let folder = WorkFolder()
        let rules = try write(
            folder, "rules.xml", Self.audience + rule("a", "<equals attribute=\"PatientID\" value=\"1\"/>"))
        let result = try Command.run(["check", "--finding", "implied-rules", rules])
        #expect(result.status == 2, "\(result.output)")
        for name in ["`implied-rules`", "implied-rule,", "unknown-label", "unused-list"] {
            #expect(result.error.contains(name), "\(result.error)")
        }
        #expect(try Command.run(["check", "--finding", "unknown-label", rules]).status == 0)
    }

    @Test func `explain tells each condition, what kept a rule from firing, and no value`() throws {
        let folder = WorkFolder()
        let rules = try write(
            folder, "rules.xml",
            Self.audience
                + rule(
                    "both",
                    "<all><equals attribute=\"PatientID\" value=\"SECRET-1\"/><any><equals attribute=\"Modality\" value=\"CT\"/><equals attribute=\"StudyID\" value=\"9\"/></any></all>"
                ))
        try Data(
            DataSetBuilder().text(.modality, .CS, "MR").text(.patientID, .LO, "HIDDEN-9").text(
                .studyInstanceUID, .UI, "2.25.7"
            ).file()
        ).write(to: URL(fileURLWithPath: folder("one.dcm")))
        let trace = try Command.run(["explain", "--rules", rules, "--conditions", folder("one.dcm")])
        #expect(trace.output.contains("false   PatientID equals \"SECRET-1\", line"))
        #expect(trace.output.contains("looked at PatientID (0010,0020)"))
        let why = try Command.run(["explain", "--rules", rules, "--why-not", "both", folder("one.dcm")])
        let lines = why.output.split(separator: "\n").filter { $0.contains(" is false, line ") }
        #expect(lines.count == 2, "\(why.output)")
        #expect(try Command.run(["explain", "--rules", rules, "--why-not", "none", folder("one.dcm")]).status == 2)
        let page = folder("why.html")
        // One that was there for others to read is not any more.
        try Data().write(to: URL(fileURLWithPath: page))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: page)
        let all = try Command.run([
            "explain", "--rules", rules, "--html", page, "--json", "--conditions", folder("one.dcm"),
        ])
        #expect(all.status == 0, "\(all.error)")
        let html = try String(contentsOfFile: page, encoding: .utf8)
        #expect(html.contains("<html lang=\"en\">") && html.contains("<caption>Decisions</caption>"))
        #expect(!html.contains("<script") && !html.contains("http://") && !html.contains("https://"))
        for text in [trace.output, why.output, all.output, html] { #expect(!text.contains("HIDDEN-9")) }
        let mode = try FileManager.default.attributesOfItem(atPath: page)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func `of what is de-identified explain says which statement wins and what it beats`() throws {
        let folder = WorkFolder()
        let rules = try write(
            folder, "rules.xml",
            """
            <profile id="p"><keep attribute="PatientSex"/><remove group="0010"/><empty vr="CS"/><remove anything="true"/></profile>
            <audience id="research"><always><deidentify profile="p"/></always></audience>
            """)
        try Data(
            DataSetBuilder().text(.patientID, .LO, "7").text(Tag(0x0010, 0x0040), .CS, "F").text(
                .studyInstanceUID, .UI, "2.25.7"
            )
            .file()
        ).write(to: URL(fileURLWithPath: folder("one.dcm")))
        let result = try Command.run(["explain", "--rules", rules, "--attributes", folder("one.dcm")])
        #expect(result.output.contains("PatientSex (0010,0040): keep by PatientSex at "), "\(result.output)")
        #expect(result.output.contains("; beat remove by group 0010 at "))
    }

    @Test func `check holds a profile against the table`() throws {
        let result = try Command.run(
            [
                "check", "--coverage", "--quiet", "--no-analysis",
                Fixtures.packageRoot + "/Rules/sites/research-export.xml",
            ])
        #expect(
            result.output.contains("PS3.15 Table E.1-1: 65") || result.output.contains("PS3.15 Table E.1-1: 64"),
            "\(result.output)")
        #expect(result.output.contains("as the Basic Profile"))
    }
}
