import DICOMCore
import struct DICOMCore.Tag
import DICOMFile
import Foundation

import RuleLanguage
import TestSupport
import Testing

@testable import DigitalSignatures
@testable import RuleEngine
@testable import Gatekeeper

/// A signature over what was changed does not leave.
@Suite struct StaleSignatureTests {
    private static let sequence = Tag(0xFFFA, 0xFFFA), parameters = Tag(0x4FFE, 0x0001)

    private func ruleSet(_ condition: String, _ more: String = "", always: String) throws -> RuleSet {
        let text = """
            <ruleset xmlns="urn:cordon:rules:1" id="test" revision="1" tier="1">
            <tier number="1"><rule id="r"><when>\(condition)</when><tag study="sensitive"/></rule></tier>\(more)
            <audience id="a" purpose="TREAT"><always>\(always)</always></audience></ruleset>
            """
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("rules.xml").path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let (ruleSet, findings) = RuleSetLoader().load(path: path)
        return try #require(ruleSet, "\(findings.map(\.message))")
    }

    /// What leaves of a data set, flagged.
    private func flagged(_ bytes: [UInt8]) throws -> (file: DICOMFile, bytes: [UInt8], notes: [String]) {
        let rules = try ruleSet("<present attribute=\"PatientID\"/>", always: "<flag carry=\"sensitive-content\"/>")
        let gate = try Gate(ruleSet: rules, audience: try #require(rules.audiences["a"]), key: nil, time: "20261129")
        let file = try DICOMFile(bytes: bytes)
        var book = StudyBook(rules)
        let evaluation = Evaluator(rules).evaluate(file)
        book.add(evaluation)
        let labels = book.resolve().labels(study: evaluation.study, patient: evaluation.patient)
        guard case .pass(let data, _, let notes) = gate.passage(of: file, under: try gate.decide(labels)) else {
            throw CocoaError(.featureUnsupported)
        }
        let out = try data.bytes()
        return (try DICOMFile(bytes: out), out, notes)
    }

    @Test func `a flag beside what is signed leaves the signature, which stays valid`() throws {
        let signing = try Signing.shared.get()
        let bytes = try #require(try signing.signed(Signing.plain))
        let result = try flagged(bytes)
        #expect(result.file.dataSet.child(.sensitiveContentCodeSequence) != nil)
        #expect(try signing.verifier().findings(of: result.file).map(\.state) == [.valid])
        #expect(try signing.dcmsignAccepts(result.bytes))
        #expect(result.notes == [])
    }

    @Test func `a flag that changes what is signed takes the signature with it`() throws {
        let signing = try Signing.shared.get()
        // It has such a sequence already, which is signed and then gets another item.
        let code = DataSetBuilder().text(.codeValue, .SH, "131392").text(Tag(0x0008, 0x0102), .SH, "DCM")
            .text(Tag(0x0008, 0x0104), .LO, "Personal")
        let marked = DataSetBuilder().text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.2").text(
            .sopInstanceUID, .UI, "2.25.3"
        )
        .sequence(.sensitiveContentCodeSequence, [code]).text(.patientID, .LO, "A 1")
        .text(.studyInstanceUID, .UI, "2.25.1").file(.explicitLittleEndian)
        let bytes = try #require(try signing.signed(marked))
        let result = try flagged(bytes)
        #expect(result.file.dataSet.child(Self.sequence) == nil)
        #expect(result.file.dataSet.child(Self.parameters) == nil)
        #expect(result.notes == ["digital signatures over what was changed, taken out: 1"])
        // One that signs something else stays, and its parameters with it.
        let two = try #require(try signing.signed(bytes, ["-t", "PatientID"]))
        let kept = try flagged(two)
        #expect(try signing.verifier().findings(of: kept.file).map(\.state) == [.valid])
        #expect(kept.notes == ["digital signatures over what was changed, taken out: 1"])
    }

    @Test func `what is released unchanged keeps its signatures, to the byte`() throws {
        let signing = try Signing.shared.get()
        let bytes = try #require(try signing.signed(Signing.plain))
        let stale = StaleSignatures([], in: try DICOMFile(bytes: bytes))
        #expect(stale.edits.isEmpty && stale.count == 0)
    }

    @Test func `edits within an item reach the signatures around it, and leave those beside`() throws {
        let signing = try Signing.shared.get()
        let inner = try #require(try signing.signed(Signing.plain, item: "ProcedureCodeSequence[0]"))
        let both = try #require(try signing.signed(inner, ["-t", "PatientID"]))
        let file = try DICOMFile(bytes: both)
        let sequence = try #require(file.dataSet.child(Tag(0x0008, 0x1032)))
        let items = file.dataSet.children(of: sequence)
        // In the second item, which is not signed itself.
        let other = try #require(file.dataSet.child(.codeValue, of: items[1]))
        #expect(StaleSignatures([.remove(other)], in: file).count == 0)
        let own = try #require(file.dataSet.child(.codeValue, of: items[0]))
        let stale = StaleSignatures([.remove(own)], in: file)
        #expect(stale.count == 1)
        let out = try DICOMFile(bytes: EditedDataSet(file, edits: stale.edits).bytes())
        #expect(try signing.verifier().findings(of: out).map(\.state) == [.valid])
        // One over the whole is over the item too.
        let whole = try DICOMFile(bytes: try #require(try signing.signed(inner)))
        let nested = try #require(whole.dataSet.child(Tag(0x0008, 0x1032)))
        let value = try #require(whole.dataSet.child(.codeValue, of: whole.dataSet.children(of: nested)[1]))
        #expect(StaleSignatures([.remove(value)], in: whole).count == 1)
    }

    @Test func `rules ask, by command`() throws {
        let signing = try Signing.shared.get()
        let rules = try ruleSet("<signature state=\"invalid\"/>", always: "<release/>")
        func fires(_ bytes: [UInt8]) throws -> Bool {
            let evaluator = Evaluator(rules, signatures: try signing.verifier())
            return try !evaluator.evaluate(DICOMFile(bytes: bytes)).outcomes.isEmpty
        }
        let bytes = try #require(try signing.signed(Signing.plain))
        #expect(try !fires(bytes))
        #expect(try !fires(Signing.plain))
        let file = try DICOMFile(bytes: bytes)
        var changed = bytes
        changed[file.dataSet.nodes[try #require(file.dataSet.child(.patientID))].valueStart] ^= 1
        #expect(try fires(changed))
    }
}
