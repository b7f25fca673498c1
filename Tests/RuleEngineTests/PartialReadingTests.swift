import DICOMCore
import DICOMEncoding
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

@testable import RuleEngine

/// A file of which no more is remembered than the rules ask for is decided as the whole one.
@Suite("Partial reading")
struct PartialReadingTests {
    /// Paths of every kind, early and late; what decides stands at the end of the data set, in items, in private blocks, in file meta.
    private static let conditions = [
        #"<equals attribute="PatientID" value="AB"/>"#, #"<absent attribute="PatientID"/>"#,
        #"<present attribute="PixelData"/>"#, #"<not><present attribute="(FFFC,FFFC)"/></not>"#,
        #"<matches attribute="StudyDescription" pattern="[0-9]"/>"#, #"<empty attribute="PatientName"/>"#,
        #"<some of="RequestAttributesSequence"><present attribute="ReferencedStudySequence"/></some>"#,
        #"<present attribute="ContentSequence/*/RequestAttributesSequence/*/PatientName"/>"#,
        #"<present attribute="(0009,{CREATOR 1}01)"/>"#, #"<present attribute="(0029,{CREATOR 0}80)"/>"#,
        #"<equals attribute="TransferSyntaxUID" value="1.2.840.10008.1.2.1"/>"#, #"<preamble kind="zero"/>"#,
        #"<compare attribute="Rows" op="gt" number="100"/>"#, #"<in list="patients"/>"#,
        #"<present attribute="SensitiveContentCodeSequence"/>"#,
    ]

    private static let anywhere = [
        #"<present attribute="**/PatientName"/>"#, #"<present attribute="(60xx,3000)"/>"#,
        #"<present attribute="ContentSequence/*/**/PatientID"/>"#,
    ]

    private static func ruleSet(_ conditions: [String]) throws -> RuleSet {
        let rules = conditions.enumerated().map { number, condition in
            "<rule id=\"r\(number)\"><when>\(condition)</when><tag study=\"sensitive\"/></rule>"
        }
        return try Scene.ruleSet(
            #"<list id="patients" href="patients.csv" key="PatientID IssuerOfPatientID"/>"#
                + "<tier number=\"1\">\(rules.joined(separator: "\n"))</tier>",
            lists: ["patients.csv": "PatientID,IssuerOfPatientID\nAB,\n1,X\n2,\n"])
    }

    private static func evaluators() throws -> [Evaluator] {
        var result = try (conditions.map { [$0] } + [conditions, anywhere] + anywhere.map { [$0] }).map {
            Evaluator(try ruleSet($0))
        }
        result += (0..<20).map { Evaluator(GeneratedRun(seed: $0).ruleSet) }
        return result
    }

    /// Whether both readings come to the same, refusals included.
    private func agree(_ evaluator: Evaluator, _ read: (ElementSelection) throws(ParseError) -> DICOMFile) -> Bool {
        do throws(ParseError) {
            let whole = try read(.everything)
            return evaluator.evaluate(whole) == evaluator.evaluate(try read(evaluator.selection))
        } catch {
            do throws(ParseError) {
                _ = try read(evaluator.selection)
                return false
            } catch let other {
                return error == other
            }
        }
    }

    @Test func `generated instances in every encoding and order are decided alike`() throws {
        let evaluators = try Self.evaluators()
        var generator = SeededGenerator(seed: 5)
        for number in 0..<24 {
            var built = DataSetBuilder.random(&generator, depth: 3)
            if number % 2 == 0 { built.parts.shuffle(using: &generator) }
            if number % 3 == 0 { built = built.text(.patientID, .LO, "AB") }
            if number % 5 == 0 { built = built.fragments(.pixelData, .OB, [[], [1, 2]]) }
            var files = [built.file(.explicitLittleEndian), built.file(.deflatedExplicitLittleEndian)]
            if number % 5 != 0 {
                files += [
                    built.file(.implicitLittleEndian), built.file(TransferSyntax(uncompressed: .explicitBigEndian)),
                ]
            }
            for bytes in files {
                for (place, evaluator) in evaluators.enumerated() {
                    let isSame = agree(evaluator) { (selection) throws(ParseError) in
                        try DICOMFile(bytes: bytes, selection: selection)
                    }
                    #expect(isSame, "\(number), rules \(place)")
                }
            }
        }
    }

    @Test func `instances of generated rules are decided alike`() throws {
        for seed in 0..<60 {
            let run = GeneratedRun(seed: UInt64(seed)), evaluator = Evaluator(run.ruleSet)
            for (number, instance) in run.instances.enumerated() {
                let bytes = instance.file(.explicitLittleEndian)
                let isSame = agree(evaluator) { (selection) throws(ParseError) in
                    try DICOMFile(bytes: bytes, selection: selection)
                }
                #expect(isSame, "\(seed), \(number)")
            }
        }
    }

    @Test(.enabled(if: !Fixtures.pydicomFiles.isEmpty, "pydicom's files are not there"))
    func `real files, malformed ones and directories are decided alike`() throws {
        let evaluators = try Self.evaluators()
        var generator = SeededGenerator(seed: 6)
        var count = 0
        for path in Fixtures.pydicomFiles + Corpus.entries.map(\.path) {
            guard let bytes = Fixtures.bytes(path), bytes.count < 4 << 20 else { continue }
            // All rules at once, and a few others for each file.
            var all = [evaluators[Self.conditions.count]] + (0..<3).map { _ in generator.pick(evaluators) }
            // For every element a rule that what stands there fulfils.
            if count % 4 == 0, let file = try? DICOMFile(bytes: bytes) {
                all.append(Evaluator(RealFilesTests.mirror(file)))
            }
            for (place, evaluator) in all.enumerated() {
                let isSame = agree(evaluator) { (selection) throws(ParseError) in
                    try DICOMFile(bytes: bytes, selection: selection)
                }
                #expect(isSame, "\(path.split(separator: "/").last ?? ""), rules \(place)")
            }
            count += 1
        }
        #expect(count > 50)
    }

    @Test func `what a rule asks for is of the selection, and what any might ask for is all`() throws {
        let some = Evaluator(try Self.ruleSet(Self.conditions)).selection
        #expect(!some.isEverything && some.contains(.pixelData) && some.contains(.patientID))
        #expect(some.contains(DICOMCore.Tag(0x0029, 0x1180)) && !some.contains(DICOMCore.Tag(0x0018, 0x0050)))
        for condition in Self.anywhere.prefix(2) {
            #expect(Evaluator(try Self.ruleSet([condition])).selection.isEverything)
        }
        // A signature is over the whole data set.
        #expect(Evaluator(try Self.ruleSet([#"<signature state="valid"/>"#])).selection.isEverything)
    }
}
