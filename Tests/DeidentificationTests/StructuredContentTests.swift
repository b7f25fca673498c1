import DICOMCore
import DICOMFile
import Foundation
import RuleLanguage
import TestSupport
import Testing

import struct DICOMCore.Tag

@testable import Deidentification

/// Structured reports, key objects, acquisition context, annotation of waveforms: by concept and by value type.
@Suite struct StructuredContentTests {
    static let report = "1.2.840.10008.5.1.4.1.1.88.33"
    static let keyObjects = "1.2.840.10008.5.1.4.1.1.88.59"

    private func cleaning(_ more: [(ProfileStatement.Selector, ProfileAction)] = []) throws -> Deidentifier {
        func concept(_ code: String, _ action: ProfileAction, type: String? = nil) -> ConceptStatement {
            ConceptStatement(system: "DCM", code: code, valueType: type, action: action, location: place)
        }
        let profile = try Profile.basic().passing().with(
            [
                (.tag(.contentSequence), .clean), (.tag(.acquisitionContextSequence), .clean),
                (.tag(.waveformAnnotationSequence), .clean), (.tag(Tag(0x0040, 0x0610)), .clean),
            ] + more,
            concepts: [
                concept("121022", .remove), concept("121008", .dummy), concept("121031", .remove),
                concept("121080", .remove), concept("121000", .remove), concept("121016", .keep),
                concept("121030", .byType(type1: .dummy, type2: .remove, type3: .remove)),
                concept("121029", .replace("SOMEBODY"), type: "PNAME"),
            ])
        return Deidentifier(profile)
    }

    static func code(_ code: String, _ system: String = "DCM", _ meaning: String = "Meaning") -> DataSetBuilder {
        DataSetBuilder().text(.codeValue, .SH, code).text(.codingSchemeDesignator, .SH, system)
            .text(.codeMeaning, .LO, meaning)
    }

    static func item(_ type: String, _ concept: String, _ value: DataSetBuilder) -> DataSetBuilder {
        DataSetBuilder(
            DataSetBuilder().text(.relationshipType, .CS, "CONTAINS").text(.valueType, .CS, type)
                .sequence(.conceptNameCodeSequence, [code(concept)]).parts + value.parts)
    }

    static func text(_ concept: String, _ text: String) -> DataSetBuilder {
        item("TEXT", concept, DataSetBuilder().text(.textValue, .UT, text))
    }

    private func file(_ sopClass: String, _ items: [DataSetBuilder], sequence: Tag = .contentSequence) -> [UInt8] {
        DataSetBuilder(
            DataSetBuilder.instance(sopClass).parts + DataSetBuilder().sequence(sequence, items).parts
        ).file()
    }

    /// `(0040,A730)/1/(0040,A160)`; `**/` first for any depth.
    private func values(_ output: Output, _ path: String) throws -> [String]? {
        var steps: [PathPattern.Step] = []
        var tags: [DICOMCore.Tag] = []
        for part in path.replacing("ContentSequence", with: "(0040,A730)").split(separator: "/") {
            if part == "**" {
                steps.append(.anyDepth)
            } else if let number = Int(part) {
                let sequence = try #require(tags.last)
                steps.append(.sequence(.standard(sequence), item: number))
            } else {
                let digits = part.filter(\.isHexDigit)
                let group = try #require(UInt16(digits.prefix(4), radix: 16))
                let element = try #require(UInt16(digits.suffix(4), radix: 16))
                tags.append(Tag(group, element))
            }
        }
        let last = try #require(tags.last)
        let nodes = output.file.nodes(matching: PathPattern(steps: steps, element: .standard(last)))
        return try nodes.first.map { try output.file.values(of: $0) }
    }

    @Test func `items go, are dummied, kept and replaced by their concepts, each in its place`() throws {
        let output = try #require(
            try cleaning().output(
                file(
                    Self.report,
                    [
                        Self.text("121022", "ACCESSION1"),
                        Self.item("PNAME", "121008", DataSetBuilder().text(.personNameValue, .PN, "Doe^Jane")),
                        Self.item("DATE", "121031", DataSetBuilder().text(.dateValue, .DA, "19381206")),
                        Self.text("121016", "SERIAL"), Self.text("121030", "MRN12345"),
                        Self.item("PNAME", "121029", DataSetBuilder().text(.personNameValue, .PN, "Doe^Jane")),
                        Self.item(
                            "NUM", "1",
                            DataSetBuilder().sequence(
                                .measuredValueSequence, [DataSetBuilder().text(.numericValue, .DS, "12.5")])),
                    ])))
        for secret in ["ACCESSION1", "Doe", "19381206", "MRN12345"] { #expect(!output.bytes.contains(secret)) }
        let types = try (1...7).map { try values(output, "ContentSequence/\($0)/(0040,A040)")?.first }
        #expect(types == ["TEXT", "PNAME", "TEXT", "TEXT", "TEXT", "PNAME", "NUM"])
        #expect(try values(output, "ContentSequence/1/(0040,A160)") == ["Removed"])
        #expect(try values(output, "ContentSequence/3/(0040,A160)") == ["Removed"])
        #expect(try values(output, "ContentSequence/3/(0040,A121)") == nil)
        #expect(try values(output, "ContentSequence/3/(0040,A043)/1/(0008,0100)") == ["121031"])
        #expect(try values(output, "ContentSequence/4/(0040,A160)") == ["SERIAL"])
        #expect(try values(output, "ContentSequence/6/(0040,A123)") == ["SOMEBODY"])
        #expect(try values(output, "ContentSequence/7/(0040,A300)/1/(0040,A30A)") == ["12.5"])
    }

    @Test func `content that is cleaned by its Type is cleaned as at any`() throws {
        let items = [Self.text("121022", "ACC-1"), Self.text("121999", "seen 2014-03-12"), Self.text("121016", "kept")]
        // Not the content of a report: one that is not cleaned whatever its Type is held back.
        let bytes = file(DataSetBuilder.ct, items, sequence: .acquisitionContextSequence)
        let clean = try #require(try cleaning().output(bytes))
        let types = ProfileAction.byType(type1: .clean, type2: .clean, type3: .clean)
        let byType = try #require(try cleaning([(.tag(.acquisitionContextSequence), types)]).output(bytes))
        #expect(try values(clean, "(0040,0555)/1/(0040,A160)") == ["Removed"])
        #expect(byType.bytes == clean.bytes)
    }

    @Test func `an item goes with what is below it, others are found at any depth`() throws {
        let deep = Self.item(
            "CONTAINER", "9", DataSetBuilder().sequence(.contentSequence, [Self.text("121022", "ACCESSION1")]))
        let gone = Self.item(
            "CONTAINER", "121000",
            DataSetBuilder().sequence(.contentSequence, [Self.text("9", "SERIAL77")])
                .privateBlock(group: 0x0029, block: 0x10, creator: "ACME", [(1, .LO, "PRIVATE")]))
        let output = try #require(try cleaning().output(file(Self.report, [deep, gone])))
        for secret in ["ACCESSION1", "SERIAL77", "PRIVATE"] { #expect(!output.bytes.contains(secret)) }
        #expect(try values(output, "ContentSequence/1/ContentSequence/1/(0040,A160)") == ["Removed"])
        #expect(try values(output, "ContentSequence/2/(0040,A160)") == ["Removed"])
        #expect(try values(output, "ContentSequence/2/(0040,A040)") == ["TEXT"])
    }

    @Test func `references are mapped, whatever their concept says, and dates keep their items whole`() throws {
        let image = DataSetBuilder().sequence(
            .referencedSOPSequence,
            [
                DataSetBuilder().text(Tag(0x0008, 0x1150), .UI, DataSetBuilder.ct).text(
                    Tag(0x0008, 0x1155), .UI, "1.2.3.4")
            ])
        let deidentifier = try cleaning()
        let output = try #require(
            try deidentifier.output(
                file(
                    Self.report,
                    [
                        Self.item("IMAGE", "121080", image), Self.item("IMAGE", "9", image),
                        Self.item("UIDREF", "121030", DataSetBuilder().text(.uidValue, .UI, "1.2.3.4")),
                        Self.item("DATETIME", "9", DataSetBuilder().text(.dateTimeValue, .DT, "20200101")),
                    ])))
        let mapped = [output.said.sopInstanceUID]
        #expect(try values(output, "ContentSequence/1/(0008,1199)/1/(0008,1155)") == mapped)
        #expect(try values(output, "ContentSequence/2/(0008,1199)/1/(0008,1155)") == mapped)
        #expect(try values(output, "ContentSequence/3/(0040,A124)") == mapped)
        #expect(try values(output, "ContentSequence/4/(0040,A120)")?.first?.isEmpty == false)
        #expect(!output.bytes.contains("20200101"))
    }

    @Test func `key objects keep their references when content is cleaned`() throws {
        let image = Self.item(
            "IMAGE", "",
            DataSetBuilder().sequence(
                .referencedSOPSequence, [DataSetBuilder().text(Tag(0x0008, 0x1155), .UI, "1.2.3.4")]))
        let bytes = file(Self.keyObjects, [image, Self.text("113012", "of Jane Doe")])
        let output = try #require(try cleaning().output(bytes))
        #expect(try values(output, "ContentSequence/1/(0008,1199)/1/(0008,1155)") == [output.said.sopInstanceUID])
        #expect(!output.bytes.contains("Jane"))
        let basic = Deidentifier(try Profile.basic())
        #expect(try basic.reason(bytes)?.contains("key objects") == true)
    }

    @Test func `under the basic profile one item stands for all content; a profile that keeps it is not believed`()
        throws
    {
        let bytes = file(Self.report, [Self.text("121071", "of Jane Doe"), Self.text("9", "19381206")])
        let output = try #require(try Deidentifier(try Profile.basic()).output(bytes))
        #expect(!output.bytes.contains("Jane") && !output.bytes.contains("19381206"))
        #expect(try values(output, "ContentSequence/1/(0040,A160)") == ["Removed"])
        #expect(output.file.nodes(matching: PathPattern(.valueType)).isEmpty)
        let keeping = Deidentifier(try Profile.basic().with([(.tag(.contentSequence), .keep)]))
        #expect(try keeping.reason(bytes)?.contains("structured content") == true)
    }

    @Test func `acquisition context, preparation of specimens and annotation of waveforms are content, too`() throws {
        let deidentifier = try cleaning()
        let context = file(
            DataSetBuilder.ct, [Self.text("121022", "ACCESSION1"), Self.text("9", "by Jane Doe")],
            sequence: .acquisitionContextSequence)
        let first = try #require(try deidentifier.output(context))
        #expect(!first.bytes.contains("ACCESSION1") && !first.bytes.contains("Jane"))
        #expect(try values(first, "(0040,0555)/1/(0040,A160)") == ["Removed"])
        let annotation = file(
            "1.2.840.10008.5.1.4.1.1.9.1.1",
            [
                DataSetBuilder().text(.unformattedTextValue, .ST, "Jane Doe").integers(Tag(0x0040, 0xA0B0), .US, 1, 1),
                DataSetBuilder().sequence(.conceptNameCodeSequence, [Self.code("121022")])
                    .text(.unformattedTextValue, .ST, "ACCESSION1"),
            ], sequence: .waveformAnnotationSequence)
        let second = try #require(try deidentifier.output(annotation))
        #expect(!second.bytes.contains("Jane") && !second.bytes.contains("ACCESSION1"))
        #expect(try values(second, "(0040,B020)/1/(0040,A0B0)") == ["1", "1"])
        let steps = DataSetBuilder().sequence(Tag(0x0040, 0x0612), [Self.text("121022", "ACCESSION1")])
        let third = try #require(
            try deidentifier.output(
                file(
                    "1.2.840.10008.5.1.4.1.1.77.1.6",
                    [DataSetBuilder().sequence(Tag(0x0040, 0x0610), [steps])], sequence: Tag(0x0040, 0x0560))))
        #expect(!third.bytes.contains("ACCESSION1"))
        #expect(try values(third, "**/(0040,A160)") == ["Removed"])
    }

    @Test func `documents become documents that say so, of kinds that are known`() throws {
        func document(_ mime: String, _ sopClass: String = "104.1") -> [UInt8] {
            DataSetBuilder.instance("1.2.840.10008.5.1.4.1.1.\(sopClass)").text(Tag(0x0042, 0x0010), .ST, "Jane Doe")
                .text(.encapsulatedDocument, .OB, "%PDF of Jane Doe").text(.mimeTypeOfEncapsulatedDocument, .LO, mime)
                .integers(.encapsulatedDocumentLength, .UL, 16).file()
        }
        let basic = Deidentifier(try Profile.basic())
        for mime in ["application/pdf", "text/XML", "model/stl", "model/obj", "model/mtl"] {
            let output = try #require(try basic.output(document(mime)), "\(mime)")
            #expect(!output.bytes.contains("Jane"))
            let expected = try #require(DummyDocument.bytes(mimeType: mime))
            let node = try #require(output.file.dataSet.child(.encapsulatedDocument))
            #expect(try output.file.bytes(of: node).starts(with: expected))
            #expect(try output.values(.encapsulatedDocumentLength) == ["\(expected.count)"])
            #expect(try output.values(.mimeTypeOfEncapsulatedDocument) == [mime])
            #expect(output.said.notes.contains { $0.contains("(0042,0011) the document is replaced") })
        }
        #expect(try basic.reason(document("application/msword"))?.contains("document") == true)
        let cleaning = Deidentifier(try Profile.basic().with([(.tag(.encapsulatedDocument), .clean)]))
        #expect(try cleaning.reason(document("application/pdf"))?.contains("document") == true)
        let keeping = Deidentifier(try Profile.basic().with([(.tag(.encapsulatedDocument), .keep)]))
        let kept = try #require(try keeping.output(document("application/pdf")))
        #expect(kept.bytes.contains("%PDF of Jane Doe") && kept.said.notes.contains { $0.contains("nobody looked") })
    }
}
