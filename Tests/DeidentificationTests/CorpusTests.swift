import DICOMCore
import DICOMFile
import Foundation
import RuleLanguage
import TestSupport
import Testing

import struct DICOMCore.Tag

@testable import Deidentification

/// Real files: pydicom's and the corpus beside the checkout.
@Suite struct CorpusTests {
    private static var paths: [String] { Fixtures.pydicomFiles + Corpus.entries.map(\.path) }

    /// Values that name the patient, as they stand in the file: long enough not to be found by chance.
    private func names(_ file: DICOMFile) -> [(tag: Tag, bytes: [UInt8])] {
        var result: [(tag: Tag, bytes: [UInt8])] = []
        for (id, node) in file.dataSet.nodes.enumerated() where node.kind == .element && node.valueLength < 200 {
            guard node.vr == .PN || Self.identifying.contains(node.tag), let bytes = try? file.bytes(of: id) else {
                continue
            }
            let value = Array(trimmed(bytes[...]))
            // One character again and again, or a word that says that it is gone, is nobody's.
            if value.count >= 6, Set(value).count > 3, value != Array("REMOVED".utf8) {
                result.append((node.tag, value))
            }
        }
        return result
    }

    /// Where in the output a value stands.
    private func places(_ value: [UInt8], _ output: Output) -> [AttributePath] {
        output.file.dataSet.nodes.indices.filter { id in
            output.file.dataSet.nodes[id].kind != .item && output.file.dataSet.nodes[id].kind != .sequence
                && (try? output.file.bytes(of: id).contains(value)) == true
        }.map(output.file.dataSet.path)
    }

    private static let identifying: Set<Tag> = [
        .patientID, .studyInstanceUID, .seriesInstanceUID, .sopInstanceUID, Tag(0x0008, 0x0050), Tag(0x0010, 0x1040),
        Tag(0x0010, 0x0030), Tag(0x0008, 0x1155), Tag(0x0020, 0x0052),
    ]

    @Test func `real files come out readable, the same twice, and without the names that were in them`() throws {
        let deidentifier = Deidentifier(try .basic())
        var passed = 0
        var reasons: [String: Int] = [:]
        for path in Self.paths {
            guard let file = try? DICOMFile(path: path) else { continue }
            guard let output = try deidentifier.output(file) else {
                if case .sequester(let reason) = deidentifier.deidentify(file) { reasons[reason, default: 0] += 1 }
                continue
            }
            passed += 1
            var plain = output.bytes
            if output.file.transferSyntax.isDeflated { plain += try output.file.bytes(in: output.file.dataSet.range) }
            for (tag, name) in names(file) where !KeyedIdentifiers.isRegistered(name) && plain.contains(name) {
                Issue.record("\(path) has the original's \(tag) at \(places(name, output))")
            }
            let again = try #require(try deidentifier.output(file))
            #expect(again.bytes == output.bytes, "\(path)")
            #expect(try deidentifier.output(output.file) != nil, "\(path) cannot be de-identified again")
        }
        print("corpus: \(passed) passed on, \(reasons.values.reduce(0, +)) sequestered, of \(Self.paths.count)")
        for (reason, count) in reasons.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            print("corpus: \(count) \(reason)")
        }
        #expect(Self.paths.isEmpty || passed > 40)
    }
}

extension CorpusTests {
    /// What a conformance checker calls an error, without the values that it quotes.
    private func errors(_ checker: String, _ path: String) throws -> [String: Int] {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: checker)
        process.arguments = ["-new", path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        var result: [String: Int] = [:]
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("Error") {
            result[String(line).replacing(/<[^>]*>|'[^']*'|=\s.*$/, with: ""), default: 0] += 1
        }
        return result
    }

    @Test func `a conformance checker finds no error in the output that it does not find in the original`() throws {
        let checker = Fixtures.packageRoot + "/.venv/bin/dciodvfy"
        guard FileManager.default.isExecutableFile(atPath: checker) else {
            print("skipped: dciodvfy is not there")
            return
        }
        let folder = try Folder()
        let deidentifier = Deidentifier(try Profile.basic().passing())
        var seen: Set<String> = []
        var count = 0
        for path in Fixtures.pydicomFiles + Corpus.entries.filter(\.isReal).map(\.path) {
            guard let file = try? DICOMFile(path: path), let output = try deidentifier.output(file) else { continue }
            // This checker inflates nothing.
            if file.transferSyntax.isDeflated { continue }
            // One of a folder's many slices is enough.
            let kind = "\(URL(fileURLWithPath: path).deletingLastPathComponent().path) \(file.text(.sopClassUID) ?? "")"
            guard path.contains("pydicom") || seen.insert(kind).inserted else { continue }
            let original = folder.path + "/original.dcm"
            let result = folder.path + "/output.dcm"
            try #require(Fixtures.bytes(path).map { try Data($0).write(to: URL(fileURLWithPath: original)) } != nil)
            try Data(output.bytes).write(to: URL(fileURLWithPath: result))
            let before = try errors(checker, original)
            let new = try errors(checker, result).filter { $0.value > before[$0.key] ?? 0 }
            #expect(new.isEmpty, "\(path): \(new.keys.sorted())")
            count += 1
        }
        print("dciodvfy: \(count) files compared")
    }
}
