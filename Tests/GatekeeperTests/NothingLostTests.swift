import Foundation
import TestSupport
import Testing

@testable import Gatekeeper
@testable import Host
@testable import Inputs

/// P1 and P2 where a run is told something wrong, or finds less than before.
@Suite struct NothingLostTests {
    private func prepared() throws -> WorkFolder {
        let folder = WorkFolder()
        try Samples.fill(folder)
        return folder
    }

    private func refused(_ folder: WorkFolder, _ run: () throws -> Void) throws {
        let before = try folder.tree("")
        let error = #expect(throws: RunError.self) { try run() }
        #expect(error?.code == .arguments)
        #expect(try folder.tree("") == before)
    }

    @Test func `a map takes the place of nothing but a map`() throws {
        let folder = try prepared()
        _ = try TestRules.load(folder)
        _ = try TestRules.key(folder)
        for name in ["in/broken.dcm", "in/map.tsv", "key", "rules.xml", "in", "nowhere/map.tsv"] {
            try refused(folder) { try folder.apply(audience: "research", map: name) }
        }
        try folder.write("beside.cordon-tmp", "somebody's own")
        try folder.apply(map: "beside")
        try folder.apply(map: "beside")
        #expect(try folder.text("beside.cordon-tmp") == "somebody's own")
        #expect(try folder.text("beside").hasPrefix("input\toutput\tdisposition\n"))
    }

    @Test func `an input that cannot be read any more lowers no study and withdraws nothing`() throws {
        let folder = WorkFolder()
        ZIPInputTests.archive(
            folder("in.zip"),
            [("a", Samples.file(instance: 1, isVIP: true)), ("b", Samples.file(instance: 2))])
        let report = try folder.apply(["in.zip"])
        #expect(report.summary.counts.sequestered == 2)
        var damaged = try folder.bytes("in.zip")
        damaged.removeFirst(40)
        try folder.write("in.zip", damaged)
        let before = try folder.tree("out")
        #expect(throws: RunError.self) { try folder.apply(["in.zip"]) }
        let after = try folder.tree("out")
        #expect(before.filter { !$0.key.hasPrefix(".cordon") } == after.filter { !$0.key.hasPrefix(".cordon") })
    }

    @Test func `what a damaged instance says before the damage counts for its study`() throws {
        let folder = WorkFolder()
        try folder.write("in/1.dcm", Array(Samples.file(instance: 1, isVIP: true).dropLast(10)))
        try folder.write("in/2.dcm", Samples.file(instance: 2))
        try folder.write("in/3.dcm", Samples.file(study: 2, instance: 1))
        let report = try folder.apply()
        #expect(report.summary.counts.sequestered == 2)
        #expect(report.summary.counts.released == 1)
    }

    @Test func `every file is in the record: damaged at its mark, too short, or not DICOM`() throws {
        let folder = WorkFolder()
        var unmarked = Samples.file()
        unmarked[128] = 0x58
        try folder.write("in/IM1", unmarked)
        try folder.write("in/IM2", Array(Samples.file(instance: 2).prefix(100)))
        try folder.write("in/empty", "")
        try folder.write("in/notes.txt", "not DICOM")
        try folder.write("in/IM3", Samples.file(instance: 3))
        let report = try folder.apply(map: "map.tsv")
        let lines = try folder.decisions()
        #expect(lines.count == 5)
        #expect(lines.filter { $0.contains("\"disposition\":\"ignored\"") }.allSatisfy { $0.contains("\"reason\":") })
        let unmarkedLine = try #require(lines.first)
        #expect(unmarkedLine.contains("\"disposition\":\"sequester\""))
        #expect(report.summary.counts.released == 1)
        #expect(try folder.text("map.tsv").split(separator: "\n").count == 6)
    }

    @Test func `a journal that does not know what is in OUT is damage`() throws {
        let folder = try prepared()
        try folder.apply()
        for change in [{ try folder.write("out/.cordon/journal", "") }, { try folder.remove("out/.cordon/journal") }] {
            try change()
            #expect(throws: RunError.self) { try folder.apply() }
        }
        let other = try prepared()
        try other.apply()
        try other.write("out/released/stranger.dcm", Samples.file(study: 9))
        #expect(throws: RunError.self) { try other.apply() }
    }

    @Test func `what is handed out does not say who is who, asked or not`() throws {
        let folder = try prepared()
        try folder.apply(audience: "research") { $0.showsValues = true }
        var count = 0
        for line in try folder.decisions() {
            let record = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            guard record?["disposition"] as? String == "deidentify" else { continue }
            count += 1
            #expect(!line.contains("GEHEIM") && !line.contains(Samples.studyUID))
        }
        #expect(count > 5)
        let mode = FileSystem.status(folder("out/decisions.jsonl")).map { $0.st_mode & 0o777 }
        #expect(mode == 0o600)
    }
}
