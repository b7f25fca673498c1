import DICOMCore
import DICOMFile
import Foundation
import TestSupport
import Testing

@testable import Host
@testable import Inputs
@testable import Verification

@Suite("Which output was made of which original")
struct MatchingTests {
    @Test func `a map is believed, and an original that it keeps back is accounted for`() throws {
        let folder = try Folder()
        let export = Export()
        try export.write(to: folder, outputs: [0, 1])
        let lines = [
            "input\toutput\tdisposition", "\(folder.path)/in/original0.dcm\t\(export.instances[0].name)\tdeidentify",
            "\(folder.path)/in/original1.dcm\t\(folder.path)/out/\(export.instances[1].name)\tdeidentify",
            "\(folder.path)/in/original2.dcm\tsequestered/aa/x\tsequester",
        ]
        try folder.write("map", Array((lines.joined(separator: "\n") + "\n").utf8))
        let report = try verify(folder, map: "map")
        #expect(report.isClean, "\(report.lines())")
        #expect(report.counts.exported == 2 && report.counts.sequestered == 1)
    }

    @Test func `a map of another run is refused`() throws {
        let folder = try Folder()
        try Export().write(to: folder, outputs: [0])
        try folder.write("map", Array("input\toutput\n/nowhere/x.dcm\treleased/x.dcm\n".utf8))
        #expect(throws: RunError.self) { try verify(folder, map: "map") }
        try folder.write("map", Array("no tab at all\n".utf8))
        #expect(throws: RunError.self) { try verify(folder, map: "map") }
    }

    @Test func `a record of decisions in the output names originals by their digests`() throws {
        let folder = try Folder()
        let export = Export()
        try export.write(to: folder, outputs: [0, 1])
        var record = ""
        for number in 0..<3 {
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/in/original\(number).dcm")))
            let digest = ContentDigest(of: bytes).hexadecimal
            record += "{\"input\":\(number + 1),\"inputDigest\":\"\(digest)\",\"size\":1,"
            record +=
                number == 2
                ? "\"disposition\":\"sequester\",\"reason\":\"x\"}\n"
                : "\"disposition\":\"deidentify\",\"output\":\"\(export.instances[number].name)\"}\n"
        }
        try folder.write("out/decisions.jsonl", Array(record.utf8))
        let report = try verify(folder)
        #expect(report.isClean, "\(report.lines())")
        #expect(report.counts.exported == 2 && report.counts.sequestered == 1)
    }

    @Test func `what is kept back in an export of cordon apply is no part of it`() throws {
        let folder = try Folder()
        let export = Export()
        try export.write(to: folder, outputs: [0, 1, 2])
        try FileManager.default.createDirectory(atPath: folder.path + "/out/.cordon", withIntermediateDirectories: true)
        let original = Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/in/original0.dcm")))
        let digest = ContentDigest(of: original).hexadecimal
        try folder.write("out/sequestered/\(digest.prefix(2))/\(digest)", original)
        #expect(try verify(folder).isClean)
        // A copy anywhere else is a leak.
        try folder.write("out/sequestered/copy.dcm", original)
        #expect(try !verify(folder).isClean)
    }

    @Test func `copies that nobody changed are full of findings`() throws {
        let folder = try Folder()
        try Export().write(to: folder, outputs: [])
        for number in 0..<3 {
            try FileManager.default.createDirectory(atPath: folder.path + "/out", withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: "\(folder.path)/in/original\(number).dcm", toPath: "\(folder.path)/out/\(number).dcm")
        }
        let report = try verify(folder)
        for category in [Finding.Category.name, .number, .text, .uid, .kept, .privateElement, .required, .fileMeta] {
            #expect((report.findingCounts[category] ?? 0) > 0, "\(category)")
        }
        #expect(report.findingCounts[.missing] == nil && report.findingCounts[.unmatched] == nil)
    }

    @Test func `what cannot be read makes the report incomplete`() throws {
        let folder = try Folder()
        try Export().write(to: folder, outputs: [0, 1, 2])
        try folder.write("out/broken.dcm", [UInt8](repeating: 0, count: 128) + Array("DICM\u{8}\0".utf8))
        let report = try verify(folder)
        #expect(report.counts.unreadableOutputs == 1 && !report.isComplete)
    }

    private func verify(_ folder: Folder, map: String? = nil) throws -> VerificationReport {
        var request = Verification.Request(
            originals: InputSources(paths: [folder.path + "/in"]), output: folder.path + "/out")
        request.map = map.map { "\(folder.path)/\($0)" }
        request.showsValues = true
        return try Verification.run(request)
    }
}

@Suite("Planted identities")
struct PlantedIdentityTests {
    /// Originals against themselves: whatever the key says must go has to be found, at its place.
    @Test(arguments: ["set1", "set2"])
    func `every value of the key is found in files that were copied unchanged`(_ name: String) throws {
        guard let shared = Fixtures.shared,
            FileManager.default.fileExists(atPath: "\(shared)/phi/\(name)/answer_key.json")
        else {
            return
        }
        let root = "\(shared)/phi/\(name)"
        let folder = try Folder()
        try FileManager.default.copyItem(atPath: root + "/in", toPath: folder.path + "/out")
        var request = Verification.Request(originals: InputSources(paths: [root + "/in"]), output: folder.path + "/out")
        request.showsValues = true
        request.jobs = 2
        let report = try Verification.run(request)
        var places: [String: Set<String>] = [:]
        for finding in report.findings { places[finding.path ?? "", default: []].insert(finding.place) }
        let key = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: root + "/answer_key.json")))
                as? [String: Any])
        let entries = try #require(key["entries"] as? [[String: Any]])
        var count = 0
        var missed: [String] = []
        for entry in entries {
            guard let expected = entry["expect"] as? [String: String], let place = entry["where"] as? String,
                ["remove", "map", "uid_map"].contains(expected["basic"] ?? "") || place == "filename",
                place != "pixels", place != "overlay_bits", let file = entry["file"] as? String
            else { continue }
            count += 1
            let found = places[String(file.dropFirst(3))] ?? []
            if !Self.isFound(place, entry["path"] as? String ?? "", found) { missed.append("\(entry["id"] ?? "")") }
        }
        #expect(count > 5000)
        #expect(missed.isEmpty, "\(missed.count) of \(count): \(missed.prefix(20))")
    }

    private static func isFound(_ place: String, _ path: String, _ found: Set<String>) -> Bool {
        switch place {
        case "filename": return found.contains("file name")
        case "preamble": return found.contains("preamble")
        case "trailing_padding": return found.contains("(FFFC,FFFC)") || found.contains("bytes behind the data set")
        default:
            // `(0040,A730)[3].(0040,A160)` of the key is `(0040,A730)/4/(0040,A160)` here.
            var own = ""
            for part in path.split(separator: ".") {
                guard let bracket = part.firstIndex(of: "["),
                    let number = Int(part[part.index(after: bracket)...].dropLast())
                else {
                    own += part
                    continue
                }
                own += "\(part[..<bracket])/\(number + 1)/"
            }
            if found.contains(where: { $0 == own || $0.hasPrefix(own + ",") }) { return true }
            // A sequence that came as bytes is a place as a whole.
            while let end = own.lastIndex(of: "/") {
                own = String(own[..<end])
                if found.contains(own) { return true }
            }
            return false
        }
    }
}

@Suite("Pixels that are the same")
struct PixelIdentityTests {
    private func identity(_ syntax: TransferSyntax, _ fragments: [[UInt8]]) throws -> UInt64? {
        PixelIdentity.whole(
            of: try DICOMFile(bytes: DataSetBuilder().fragments(.pixelData, .OB, [[]] + fragments).file(syntax)))
    }

    @Test func `comments, padding and the borders of fragments are no samples; anything else is one`() throws {
        let head: [UInt8] = [0xFF, 0xD8], comment: [UInt8] = [0xFF, 0xFE, 0, 4, 0x41, 0x42]
        let scan: [UInt8] = [0xFF, 0xC0, 0, 4, 8, 0, 0xFF, 0xDA, 0, 2, 0x12, 0xFF, 0x00, 0x00, 0x56, 0xFF, 0xD9]
        let plain = try identity(.jpegBaseline8Bit, [head + scan])
        #expect(try identity(.jpegBaseline8Bit, [head + comment + scan]) == plain)
        #expect(try identity(.jpegBaseline8Bit, [head + scan + [0xFF]]) == plain)
        // Split where a fragment ends with what could be padding.
        #expect(try identity(.jpegBaseline8Bit, [head + scan.prefix(14), Array(scan.dropFirst(14))]) == plain)
        var other = scan
        other[10] = 0x13
        #expect(try identity(.jpegBaseline8Bit, [head + other]) != plain)
        #expect(try identity(.jpegBaseline8Bit, [head + scan.dropLast(4) + [0xFF, 0xD9]]) != plain)
    }
}
