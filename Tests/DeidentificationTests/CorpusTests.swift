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
