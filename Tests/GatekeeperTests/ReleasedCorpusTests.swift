import Foundation
import TestSupport
import Testing

/// An export of all real and malformed files that are there, as other programs read it.
@Suite(.enabled(if: Fixtures.python != nil)) struct ReleasedCorpusTests {
    private static let root = Fixtures.packageRoot

    private func export(_ folder: WorkFolder, _ audience: String, _ inputs: [String]) throws -> Command.Result {
        if !folder.exists("key") { _ = try TestRules.key(folder) }
        return try Command.run(
            [
                "apply", "--rules", Self.root + "/Rules/sites/research-export.xml", "--audience", audience, "--key",
                folder("key"), "--map", folder(audience + ".map"), "--quiet",
            ] + inputs + [folder(audience)])
    }

    @Test
    func `an export of real files opens in pydicom and DCMTK, without a name of before and without a new error`()
        throws
    {
        let inputs = [Fixtures.pydicom, Fixtures.shared.map { $0 + "/corpus" }].compactMap { $0 }
            .filter { FileManager.default.fileExists(atPath: $0) }
        try #require(!inputs.isEmpty, "pydicom's files are not there; `make test` brings them")
        if Corpus.entries.isEmpty { print("skipped: the corpus is not there; only pydicom's files are exported") }
        let folder = WorkFolder()
        for audience in ["basic", "research"] {
            let result = try export(folder, audience, inputs)
            #expect(result.status == 1 && !result.signal, "\(result.error)")
        }
        let comparison = try Comparison(["basic", "research"].map { (folder($0 + ".map"), folder($0)) })
        let count = try #require(comparison.agreeing, "\(comparison.text)")
        // What other programs cannot read of the originals is little, and most of it malformed on purpose.
        let malformed = Corpus.entries.count { !$0.isReal }
        #expect(comparison.notComparedCount <= 30 + malformed, "\(comparison.notCompared)")
        #expect(count > 300)
        print("export: \(count) files of \(inputs.count) folders agree with their originals")
        for line in comparison.notCompared { print("export: \(line)") }
    }

    /// A comparison that finds nothing must be able to find something.
    @Test func `what is put into an export or cut off it is found`() throws {
        let folder = WorkFolder()
        let patientID = "PID-GEHEIM-4"
        try folder.write("in/1", Samples.file(patient: patientID))
        #expect(try export(folder, "research", [folder("in")]).status == 0)
        let name = try #require(try folder.files("research/released").first)
        let output = "research/released/" + name
        let good = try folder.bytes(output)
        func faults(_ bytes: [UInt8]) throws -> String {
            try folder.write(output, bytes)
            let comparison = try Comparison([(folder("research.map"), folder("research"))])
            #expect((comparison.status == 0) == (bytes == good), "\(comparison.text)")
            return comparison.text
        }
        /// The first place of some bytes.
        func place(_ bytes: [UInt8]) throws -> Int {
            try #require(good.indices.first { good[$0...].starts(with: bytes) })
        }
        #expect(try faults(good).contains("1 files agree"))

        let pseudonym = try place([0x10, 0, 0x20, 0, 0x4C, 0x4F, 12, 0]) + 8
        var bytes = good
        bytes.replaceSubrange(pseudonym..<pseudonym + 12, with: patientID.utf8)
        #expect(try faults(bytes).contains("PatientID is in PatientID"))
        bytes = good
        bytes.replaceSubrange(0..<Samples.patientName.utf8.count, with: Samples.patientName.utf8)
        #expect(try faults(bytes).contains("PatientName is in the file, in no element"))
        bytes = good + [0x09, 0, 0x10, 0, 0x4C, 0x4F, 20, 0] + Array("\(Samples.patientName) ".utf8)
        #expect(try faults(bytes).contains("PatientName is in"))
        bytes = good
        bytes[bytes.count - 1] ^= 1
        #expect(try faults(bytes).contains("other pixels"))
        #expect(try faults(good.dropLast(10)).contains("dcmdump does not open it"))
        #expect(try faults(Array(good[..<200])).contains("unreadable"))
        bytes = good
        let modality = try place([0x08, 0, 0x60, 0, 0x43, 0x53, 2, 0]) + 8
        bytes.replaceSubrange(modality..<modality + 2, with: Array("ct".utf8))
        #expect(try faults(bytes).contains("dciodvfy finds"))
        let removed = try place([0x12, 0, 0x62, 0, 0x43, 0x53, 4, 0]) + 8
        bytes = good
        bytes.replaceSubrange(removed..<removed + 4, with: Array("NO  ".utf8))
        #expect(try faults(bytes).contains("does not say that it is de-identified"))
        try folder.remove(output)
        let comparison = try Comparison([(folder("research.map"), folder("research"))])
        #expect(comparison.status == 1 && comparison.text.contains("could not be compared: FileNotFoundError"))
    }
}
