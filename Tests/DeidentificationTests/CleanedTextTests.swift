import DICOMCore
import DICOMEncoding
import RuleLanguage
import TestSupport
import Testing
import struct DICOMCore.Tag

@testable import Deidentification

/// Cleaned text in every character set that is written, as pydicom reads it.
@Suite(.enabled(if: Fixtures.python != nil)) struct CleanedTextTests {
    private struct Case {
        var terms: String
        var description: [String]
        var comments: String
        var file: [UInt8]
    }

    @Test func `text that was cleaned and written again is what was meant, in every character set`() throws {
        let loaded = RuleSetLoader().load(path: Fixtures.packageRoot + "/Rules/sites/research-export.xml")
        let rules = try #require(loaded.ruleSet)
        let deidentifier = Deidentifier(
            ruleSet: rules, profile: try #require(rules.profiles["research"]), key: keyOfSevens)
        var cases: [Case] = []
        var random = SeededGenerator(seed: 31)
        for script in PlantedScript.all {
            // pydicom leaves the escape sequences of this one in the text.
            if script.terms.contains("ISO 2022 IR 58") { continue }
            for _ in 0..<12 { cases.append(try Self.planted(script, deidentifier, &random)) }
        }
        let rows = try Python.rows(
            """
            import io, sys, pydicom
            for line in sys.stdin.read().split('\\n'):
                data = pydicom.dcmread(io.BytesIO(bytes.fromhex(line)))
                description = data.StudyDescription
                several = [description] if isinstance(description, str) else list(description)
                item = data.RequestAttributesSequence[0].ScheduledProcedureStepDescription
                texts = ['\\\\'.join(several), data.PatientComments, item]
                # pydicom does not know this one, and reads Latin 1.
                if data.get('SpecificCharacterSet') == 'ISO_IR 203':
                    texts = [text.encode('latin_1').decode('iso8859_15') for text in texts]
                print(*[text.encode().hex() for text in texts], sep='\\t')
            """, input: cases.map { Python.hexadecimal($0.file) }.joined(separator: "\n"))
        try #require(rows.count == cases.count)
        for (row, one) in zip(rows, cases) {
            let texts = row.map(Python.text)
            #expect(texts[0] == one.description.joined(separator: "\\"), "\(one.terms)")
            #expect(texts[1] == one.comments, "\(one.terms)")
            #expect(texts[2] == one.description[0], "\(one.terms), in an item")
        }
    }

    private static func planted(
        _ script: PlantedScript, _ deidentifier: Deidentifier, _ random: inout SeededGenerator
    ) throws -> Case {
        let set = try SpecificCharacterSet(terms: script.terms)
        let family = random.pick(script.family), given = random.pick(script.given)
        let first = random.pick(script.words), second = random.pick(script.words), third = random.pick(script.words)
        let name = random.pick(["\(family) \(given)", "\(given) \(family)", "\(family), \(given)"])
        let terms = script.terms.joined(separator: "\\")
        let request = Tag(0x0040, 0x0007)
        var builder = DataSetBuilder()
        if !script.terms.isEmpty { builder = builder.text(.specificCharacterSet, .CS, terms) }
        builder = builder.text(.sopClassUID, .UI, DataSetBuilder.ct).text(.sopInstanceUID, .UI, "1.2.3.4")
            .text(.modality, .CS, "CT")
            .bytes(
                Tag(0x0008, 0x1030), .LO,
                try set.encode(["\(first) \(name) \(second)", "\(third) \(name)"], vr: .LO)
            )
            .bytes(.patientName, .PN, try set.encode(["\(family)^\(given)"], vr: .PN)).text(
                .patientID, .LO, "MQX-2336916"
            )
            .bytes(
                Tag(0x0010, 0x4000), .LT,
                try set.encode(["\(first) \(name) \(second)\r\n\(third) \(second)"], vr: .LT)
            )
            .text(.studyInstanceUID, .UI, "1.2.3").text(.seriesInstanceUID, .UI, "1.2.3.1")
            .sequence(
                Tag(0x0040, 0x0275),
                [
                    DataSetBuilder().bytes(
                        request, .LO, try set.encode(["\(first) \(name) \(second)"], vr: .LO))
                ])
        let output = try #require(try deidentifier.output(builder.file()), "\(terms)")
        return Case(
            terms: terms, description: ["\(first) \(second)", third],
            comments: "\(first) [removed] \(second)\r\n\(third) \(second)", file: output.bytes)
    }
}
