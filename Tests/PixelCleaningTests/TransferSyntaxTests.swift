import Foundation
import TestSupport
import Testing

@testable import PixelCleaning

/// `Scripts/check_transfer_syntaxes.py`: what pydicom and DCMTK decode of cleaned files, beside what they decoded before.
@Suite("Every transfer syntax beside others")
struct TransferSyntaxTests {
    private static func cordon() throws -> String {
        URL(fileURLWithPath: try #require(WorkerProgram.installed("cordon-codec")).path).deletingLastPathComponent()
            .appendingPathComponent("cordon").path
    }

    /// Of pydicom's files those that lie beside each other: some of each syntax.
    private static func files() throws -> [String] {
        let folder = try #require(Fixtures.pydicom, "pydicom's test files are not there")
        return Fixtures.pydicomFiles.filter { $0.dropFirst(folder.count + 1).allSatisfy { $0 != "/" } }
    }

    private static func check(_ cordon: String, _ files: [String]) throws -> Tool.Result {
        let python = try #require(Fixtures.python, "the virtual environment is not there")
        let script = Fixtures.packageRoot + "/Scripts/check_transfer_syntaxes.py"
        return try Tool.run([python, script, "--quick", "--cordon", cordon] + files)
    }

    @Test func `in every syntax the rectangle is black, and all else decodes to what it was`() throws {
        let result = try Self.check(try Self.cordon(), try Self.files())
        #expect(result.status == 0 && result.output.contains(", 0 differences"), "\(result.output)")
        let rows = result.output.split(separator: "\n").filter { $0.hasPrefix("| ") && $0.contains("`1.2.840") }
        // Each syntax that is cleaned has a frame that somebody else decoded.
        for syntax in ["", ".1", ".1.99", ".2", ".4.50", ".4.51", ".4.70", ".4.80", ".4.81", ".4.90", ".4.91", ".5"] {
            let row = try #require(rows.first { $0.contains("`1.2.840.10008.1.2\(syntax)`") }, "\(syntax)")
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect((Int(cells[3]) ?? 0) + (Int(cells[5]) ?? 0) > 0, "nobody decoded \(row)")
        }
    }

    @Test(arguments: [
        ("shift $(($# - 2)); cp \"$1\" \"$2\"", "the rectangle is"),
        ("shift $(($# - 2)); exec \"$CORDON\" pixels clean --rectangle 0,0,9999,9999 \"$1\" \"$2\"", "outside differ"),
        ("exit 5", "ended with 5"),
    ])
    func `a program that cleans too little, too much or not at all is found out`(
        _ work: String, _ expected: String
    ) throws {
        let folder = try WorkFolder()
        let stand = try folder.write("stand", Array("#!/bin/sh\nCORDON='\(try Self.cordon())'\n\(work)\n".utf8))
        #expect(chmod(stand, 0o700) == 0)
        let path = try #require(Fixtures.pydicom("CT_small.dcm"))
        let result = try Self.check(stand, [path])
        #expect(result.status == 1 && result.output.contains(expected), "\(result.output)")
    }

    @Test func `compressed pixels in a data set of implicit VR are refused in words`() throws {
        let folder = try WorkFolder()
        let path = try #require(Fixtures.pydicom("SC_rgb_jpeg.dcm"))
        let words = [try Self.cordon(), "pixels", "clean", "--rectangle", "0,0,9,9", path, folder["out.dcm"]]
        let result = try Tool.run(words)
        #expect(result.status == 3 && result.output.contains("not encoded as compressed"), "\(result.output)")
        #expect(!FileManager.default.fileExists(atPath: folder["out.dcm"]))
    }
}
