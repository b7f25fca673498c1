import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

import struct DICOMCore.Tag

@testable import Deidentification

@Suite struct SequestrationTests {
    let basic: Deidentifier
    let passing: Deidentifier

    init() throws {
        basic = Deidentifier(try .basic())
        passing = Deidentifier(try Profile.basic().passing())
    }

    private func image(_ sopClass: String = DataSetBuilder.ct, _ extra: DataSetBuilder = DataSetBuilder())
        -> DataSetBuilder
    {
        DataSetBuilder(
            DataSetBuilder.instance(sopClass).parts + extra.parts
                + DataSetBuilder().integers(Tag(0x0028, 0x0010), .US, 2).integers(Tag(0x0028, 0x0011), .US, 2)
                .integers(Tag(0x0028, 0x0100), .US, 16).integers(.pixelData, .OW, 1, 2, 3, 4).parts)
    }

    @Test(arguments: [
        "1.2.840.10008.1.3.10", "1.2.840.10008.5.1.4.1.1.9.4.1", "1.2.840.10008.1.2.1", "1.2.840.10008.99", "1.2.03",
        "DOE^JANE",
    ])
    func `kinds of objects that no element's rule reaches are never passed on`(sopClass: String) throws {
        #expect(try passing.reason(DataSetBuilder.instance(sopClass).file()) != nil)
    }

    @Test func `nor are unknown documents and objects without a class or a name`() throws {
        #expect(try passing.reason(DataSetBuilder.instance().text(Tag(0x0042, 0x0011), .OB, "%PDF").file()) != nil)
        #expect(try passing.reason(DataSetBuilder().text(.sopClassUID, .UI, DataSetBuilder.ct).file()) != nil)
        #expect(try passing.reason(DataSetBuilder().text(.sopInstanceUID, .UI, "1.2.3").file()) != nil)
        #expect(try passing.reason(DataSetBuilder.instance(uid: "").file()) != nil)
        #expect(try passing.reason(DataSetBuilder.instance().file()) == nil)
    }

    @Test(arguments: [
        "1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.77.1.4.1", "1.2.840.10008.5.1.4.1.1.7",
        "1.2.840.10008.5.1.4.1.1.7.4",
        "1.2.840.10008.5.1.4.1.1.12.1", "1.2.840.10008.5.1.4.1.1.77.1.4", "1.2.840.10008.5.1.1.29",
    ])
    func `images that are likely to hold text are sequestered unless the profile lets them pass`(sopClass: String)
        throws
    {
        #expect(try basic.reason(image(sopClass).file())?.contains("burned-in") == true)
        #expect(try passing.reason(image(sopClass).file()) == nil)
        // A claim to the contrary is often false.
        let claim = DataSetBuilder().text(Tag(0x0028, 0x0301), .CS, "NO")
        #expect(try basic.reason(image(sopClass, claim).file()) != nil)
    }

    @Test func `pixels that a profile has areas for do not leave where nobody makes them black`() throws {
        var profile = try Profile.basic().passing()
        let condition = Condition(.preamble(.tiff), at: place)
        profile.pixels.areas = [
            PixelAreas(id: "top", title: nil, condition: condition, shapes: [], location: place, text: "top")
        ]
        let forgetful = Deidentifier(profile)
        #expect(try forgetful.reason(image().file())?.contains("which pixels become black") == true)
        #expect(try forgetful.reason(DataSetBuilder.instance().file()) == nil)
        #expect(try forgetful.reason(Self.floatingPoint().file())?.contains("which pixels become black") == true)
    }

    private static func floatingPoint(_ tail: [UInt8] = []) -> DataSetBuilder {
        DataSetBuilder.instance("1.2.840.10008.5.1.4.1.1.30").integers(Tag(0x0028, 0x0010), .US, 1)
            .integers(Tag(0x0028, 0x0011), .US, 1).integers(Tag(0x0028, 0x0100), .US, 32)
            .bytes(Tag(0x7FE0, 0x0008), .OF, [1, 2, 3, 4] + tail)
    }

    @Test func `what a profile lets pass is in the record, with the reason`() throws {
        let said = try #require(try passing.output(image("1.2.840.10008.5.1.4.1.1.7").file())).said
        #expect(said.notes.contains { $0.contains("(7FE0,0010) passed on") && $0.contains("secondary capture") })
        let plain = try #require(try passing.output(image().file())).said
        #expect(!plain.notes.contains { $0.contains("passed on") })
    }

    @Test func `objects of private classes pass when their pixels may, by the strongest actions`() throws {
        let bytes = image("1.2.840.113619.4.30", DataSetBuilder().text(.patientName, .PN, "Doe^Jane")).file()
        #expect(try basic.reason(bytes)?.contains("private SOP class") == true)
        let output = try #require(try passing.output(bytes))
        #expect(!output.bytes.contains("Doe"))
        #expect(output.said.notes.contains { $0.contains("(0008,0016) a private SOP class") })
    }

    @Test func `UIDs in text that stays are those of their right places`() throws {
        let uid = "1.2.826.0.1.3680043.8.498.77"
        let texts = DataSetBuilder().text(
            Tag(0x0008, 0x1030), .LO, "see \(uid). Version 1.2.3.4, CT 1.2.840.10008.5.1.4.1.1.2")
        let source = DataSetBuilder(DataSetBuilder.instance(uid: uid).parts + texts.parts).file()
        let profile = Profile.of([(.tag(Tag(0x0008, 0x1030)), .keep)])
        let output = try #require(try Deidentifier(profile).output(source))
        #expect(
            try output.values(Tag(0x0008, 0x1030))
                == ["see \(output.said.sopInstanceUID). Version 1.2.3.4, CT 1.2.840.10008.5.1.4.1.1.2"])
        let retaining = try #require(try Deidentifier(profile.with([(.tag(.sopInstanceUID), .keep)])).output(source))
        #expect(retaining.bytes.contains("see \(uid)."))
    }

    @Test(arguments: [
        DataSetBuilder().text(Tag(0x0028, 0x0301), .CS, "YES"),
        DataSetBuilder().text(Tag(0x0028, 0x0301), .CS, "MAYBE"),
        DataSetBuilder().text(Tag(0x0028, 0x0302), .CS, "YES"), DataSetBuilder().text(Tag(0x0008, 0x0064), .CS, "DF"),
        DataSetBuilder().text(Tag(0x0008, 0x0008), .CS, "DERIVED\\SECONDARY\\SCREEN SAVE"),
        DataSetBuilder().text(Tag(0x0008, 0x0008), .CS, "DERIVED\\SECONDARY"),
        DataSetBuilder().text(Tag(0x0008, 0x103E), .LO, "Dose Report"),
        DataSetBuilder().text(Tag(0x0028, 0x0004), .CS, "RGB"),
    ])
    func `so are images that claim text or have the marks of a capture`(marks: DataSetBuilder) throws {
        #expect(try basic.reason(image(DataSetBuilder.ct, marks).file()) != nil)
        #expect(try passing.reason(image(DataSetBuilder.ct, marks).file()) == nil)
    }

    @Test(arguments: [
        DataSetBuilder(), DataSetBuilder().text(Tag(0x0028, 0x0301), .CS, "NO"),
        DataSetBuilder().text(Tag(0x0008, 0x0008), .CS, "ORIGINAL\\PRIMARY\\AXIAL"),
        DataSetBuilder().text(Tag(0x0008, 0x0008), .CS, "DERIVED\\SECONDARY\\MPR").text(
            Tag(0x0020, 0x0037), .DS, "1\\0\\0\\0\\1\\0"),
        DataSetBuilder().text(Tag(0x0028, 0x0004), .CS, "MONOCHROME2"),
    ])
    func `ordinary slices pass`(marks: DataSetBuilder) throws {
        #expect(try basic.reason(image(DataSetBuilder.ct, marks).file()) == nil)
    }

    @Test func `bytes behind the pixels are cut off, padding is not touched`() throws {
        let pixels = [UInt8](1...8)
        func output(_ tail: [UInt8], _ syntax: TransferSyntax) throws -> [UInt8] {
            let bytes = DataSetBuilder.instance().integers(Tag(0x0028, 0x0010), .US, 2)
                .integers(Tag(0x0028, 0x0011), .US, 2).integers(Tag(0x0028, 0x0100), .US, 16)
                .bytes(.pixelData, .OW, pixels + tail).file(syntax)
            let output = try #require(try basic.output(bytes))
            let node = try #require(output.file.dataSet.child(.pixelData))
            return try output.file.bytes(of: node)
        }
        for syntax in [TransferSyntax.implicitLittleEndian, .explicitLittleEndian, .deflatedExplicitLittleEndian] {
            #expect(try output(Array("QUILLFEATHER".utf8), syntax) == pixels)
            #expect(try output([0, 0, 0, 0], syntax) == pixels + [0, 0, 0, 0])
            #expect(try output([], syntax) == pixels)
        }
        #expect(try output(Array("QUILLFEATHER".utf8), .explicitBigEndian) == [2, 1, 4, 3, 6, 5, 8, 7])
    }

    @Test func `pixels of unknown size are not passed`() throws {
        let bytes = DataSetBuilder.instance().bytes(.pixelData, .OW, [1, 2]).file()
        #expect(try passing.reason(bytes)?.contains("size of Pixel Data") == true)
        let huge = DataSetBuilder.instance().text(Tag(0x0028, 0x0008), .IS, "2147483647")
            .integers(Tag(0x0028, 0x0010), .US, 65535).integers(Tag(0x0028, 0x0011), .US, 65535)
            .integers(Tag(0x0028, 0x0100), .US, 65535).bytes(.pixelData, .OW, [1, 2]).file()
        #expect(try passing.reason(huge)?.contains("size of Pixel Data") == true)
    }

    @Test func `a required value that is not of its VR is not passed, another one goes`() throws {
        let bad = image(DataSetBuilder.ct, DataSetBuilder().text(.modality, .CS, "Quillfeather"))
        #expect(try basic.reason(bad.file())?.contains("(0008,0060)") == true)
        let output = try #require(
            try basic.output(
                image(DataSetBuilder.ct, DataSetBuilder().text(Tag(0x0018, 0x0015), .CS, "Quillfeather")).file()))
        #expect(!output.bytes.contains("uillfeather"))
        #expect(output.said.notes.contains("(0018,0015) removed: its value is not of its VR"))
    }

    @Test func `no reason and no note has a value in it`() throws {
        let secret = "QUILLFEATHER"
        let builders = [
            image("1.2.3.\(secret)"), image(DataSetBuilder.ct, DataSetBuilder().text(.modality, .CS, "\(secret)^")),
            image(DataSetBuilder.ct, DataSetBuilder().text(Tag(0x0008, 0x0008), .CS, "SCREEN \(secret)")),
        ]
        for builder in builders { #expect(try basic.reason(builder.file())?.contains(secret) == false) }
    }

    @Test func `pixels within items stay in a wanted icon alone`() throws {
        let icon = DataSetBuilder().bytes(.pixelData, .OW, Array("QUILLFEATHER".utf8))
        let packed = DataSetBuilder().fragments(.pixelData, .OB, [[], Array("QUILLFEATHER".utf8)])
        let profile = Profile.of([(.vr(.SQ), .keep), (.vr(.OW), .keep)])
        func output(_ sequence: Tag, _ item: DataSetBuilder) throws -> Output {
            let source = DataSetBuilder(
                DataSetBuilder.instance().parts + DataSetBuilder().sequence(sequence, [item]).parts)
            return try #require(try Deidentifier(profile).output(source.file()))
        }
        #expect(try output(Tag(0x0088, 0x0200), icon).bytes.contains("QUILLFEATHER"))
        #expect(try !output(Tag(0x0088, 0x0200), packed).bytes.contains("QUILLFEATHER"))
        #expect(try !output(Tag(0x0008, 0x1250), icon).bytes.contains("QUILLFEATHER"))
        #expect(try !output(Tag(0x0008, 0x1250), packed).bytes.contains("QUILLFEATHER"))
    }

    @Test func `fragments in any other element do not stay`() throws {
        let source = DataSetBuilder.instance().fragments(Tag(0x0028, 0x1201), .OW, [[], Array("QUILLFEATHER".utf8)])
        guard let file = try? DICOMFile(bytes: source.file()) else { return }
        let profile = Profile.of([(.vr(.OW), .keep)])
        let output = try Deidentifier(profile).output(file)
        #expect(output?.bytes.contains("QUILLFEATHER") != true)
    }

    @Test func `bytes behind floating-point pixels are cut off`() throws {
        let source = Self.floatingPoint(Array("QUILLFEATHER".utf8))
        let output = try #require(try passing.output(source.file()))
        #expect(
            try output.file.dataSet.child(Tag(0x7FE0, 0x0008)).map { try output.file.bytes(of: $0) } == [1, 2, 3, 4])
    }
}
