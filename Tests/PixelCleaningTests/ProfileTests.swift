import DICOMCore
import DICOMEncoding
import DICOMFile
import Foundation
import RuleLanguage
import TestSupport
import Testing
import struct DICOMCore.Tag

@testable import Deidentification
@testable import PixelCleaning

@Suite("Pixels in profiles")
struct ProfileTests {
    private static let key = DeidentificationKey(secret: [UInt8](repeating: 7, count: 32))
    private static let secondaryCapture = PixelFixture(name: "SC_rgb_jpeg_dcmtk.dcm")

    /// A rule set whose profile has these areas.
    private static func rules(_ pixels: String, more: String = "") -> String {
        """
        <ruleset xmlns="urn:cordon:rules:1" id="test" revision="1">
          <profile id="p">
            <keep attribute="PixelData"/><keep vr="CS"/><keep vr="US"/><keep vr="IS"/><keep vr="DS"/><uid vr="UI"/>
            <keep attribute="Manufacturer"/><keep attribute="IconImageSequence"/><remove anything="true"/>
            \(pixels)
          </profile>
          \(more)
        </ruleset>
        """
    }

    private static func load(_ text: String) throws -> (ruleSet: RuleSet?, findings: [Finding]) {
        let folder = try WorkFolder()
        let loaded = RuleSetLoader().load(path: try folder.write("rules.xml", Array(text.utf8)))
        return (loaded.ruleSet, loaded.findings)
    }

    private static func outcome(
        _ pixels: String, _ file: DICOMFile, codecs: PixelCodecs = .installed
    ) throws -> Deidentifier.Outcome {
        let loaded = try load(rules(pixels))
        let ruleSet = try #require(loaded.ruleSet, "\(loaded.findings.map(\.message))")
        let profile = try #require(ruleSet.profiles["p"])
        return Deidentifier(ruleSet: ruleSet, profile: profile, key: key)
            .cleaningPixels(with: ProfilePixelCleaner(profile, in: ruleSet, codecs: codecs)).deidentify(file)
    }

    private static func result(_ outcome: Deidentifier.Outcome, _ file: DICOMFile) throws -> (DICOMFile, [String]) {
        guard case .edited(let said) = outcome else {
            Issue.record("\(outcome)")
            throw UncleanablePixels("sequestered")
        }
        let data = try EditedDataSet(file, edits: said.edits, fileMeta: said.fileMeta)
        return (try DICOMFile(bytes: data.bytes()), said.notes)
    }

    private static func reason(_ outcome: Deidentifier.Outcome) -> String? {
        if case .sequester(let reason) = outcome { reason } else { nil }
    }

    private static let area = """
        <pixels><areas id="top"><when><equals attribute="SOPClassUID" value="1.2.840.10008.5.1.4.1.1.7"/></when>
        <rectangle height="16"/></areas></pixels>
        """

    @Test func `an image with areas leaves with them black, and says so`() throws {
        let file = try Self.secondaryCapture.file()
        let (after, notes) = try Self.result(try Self.outcome(Self.area, file), file)
        #expect(after.transferSyntax == file.transferSyntax)
        #expect(after.text(.burnedInAnnotation) == "NO")
        let codes = try #require(after.dataSet.child(Tag(0x0012, 0x0064)))
        let values = try after.dataSet.children(of: codes).map { item in
            try after.values(of: #require(after.dataSet.child(Tag(0x0008, 0x0100), of: item)))
        }
        #expect(values == [["113101"]])
        #expect(notes.contains { $0.contains("`top`") && $0.contains("1 of 1") })
        let old = try FrameSource(file).image(0), new = try FrameSource(after).image(0).values
        let top = new.prefix(old.columns * 16 * 3)
        #expect(stride(from: 0, to: top.count, by: 3).allSatisfy { top[$0] <= 1 })
        #expect(Array(new.suffix(old.columns * 3 * 20)) == Array(old.values.suffix(old.columns * 3 * 20)))
    }

    @Test func `an image without areas is sequestered as ever`() throws {
        let other = Self.area.replacing("1.1.7", with: "1.1.2")
        let reason = try #require(Self.reason(try Self.outcome(other, Self.secondaryCapture.file())))
        #expect(reason.contains("secondary capture"))
    }

    @Test func `images that are known to have no text leave with the pixels that they have`() throws {
        let file = try Self.secondaryCapture.file()
        let nothing = Self.area.replacing("<rectangle height=\"16\"/>", with: "<nothing/>")
        let (after, _) = try Self.result(try Self.outcome(nothing, file), file)
        let (pixels, own) = (
            try #require(after.dataSet.child(.pixelData)), try #require(file.dataSet.child(.pixelData))
        )
        #expect(try FrameSource(after).stored(0) == FrameSource(file).stored(0))
        #expect(after.dataSet.nodes[pixels].kind == file.dataSet.nodes[own].kind)
        #expect(after.text(.burnedInAnnotation) == "NO")
    }

    @Test(arguments: ["YES", "MAYBE"])
    func `an image that says that it has text is not believed to have none, and leaves with areas that are black`(
        _ word: String
    ) throws {
        let file = try Self.secondaryCapture.file()
        let claim = NewElement(tag: .burnedInAnnotation, vr: .CS, text: word)
        let edit: Edit = file.dataSet.child(claim.tag).map { .replace($0, claim) } ?? .insert(into: nil, claim)
        let claiming = try DICOMFile(bytes: EditedDataSet(file, edits: [edit]).bytes())
        let nothing = Self.area.replacing("<rectangle height=\"16\"/>", with: "<nothing/>")
        let reason = try #require(Self.reason(try Self.outcome(nothing, claiming)))
        #expect(reason.contains("(0028,0301) does not say NO") && reason.contains("`top`"))
        let ruleSet = try #require(try Self.load(Self.rules(nothing)).ruleSet)
        let profile = try #require(ruleSet.profiles["p"])
        #expect(throws: UncleanablePixels.self) { try CleanedFile(claiming, profile, in: ruleSet) }
        let (after, _) = try Self.result(try Self.outcome(Self.area, claiming), claiming)
        #expect(after.text(.burnedInAnnotation) == "NO")
    }

    @Test func `where a profile lets such an image pass, it does not say that there is no text`() throws {
        let file = try Self.secondaryCapture.file()
        let claim = NewElement(tag: .burnedInAnnotation, vr: .CS, text: "YES")
        let edit: Edit = file.dataSet.child(claim.tag).map { .replace($0, claim) } ?? .insert(into: nil, claim)
        let claiming = try DICOMFile(bytes: EditedDataSet(file, edits: [edit]).bytes())
        let nothing = Self.area.replacing("<rectangle height=\"16\"/>", with: "<nothing/>")
        let ruleSet = try #require(try Self.load(Self.rules(nothing)).ruleSet)
        var profile = try #require(ruleSet.profiles["p"])
        profile.burnedInAnnotation = .pass
        let passing = Deidentifier(ruleSet: ruleSet, profile: profile, key: Self.key)
            .cleaningPixels(with: ProfilePixelCleaner(profile, in: ruleSet))
        let (after, notes) = try Self.result(passing.deidentify(claiming), claiming)
        #expect(after.text(.burnedInAnnotation) == "YES")
        let codes = try #require(after.dataSet.child(Tag(0x0012, 0x0064)))
        #expect(after.dataSet.children(of: codes).isEmpty)
        #expect(notes.contains { $0.contains("passed on as the profile lets it") })
    }

    @Test func `areas of floating-point pixels cannot be made black, and such an image is sequestered`() throws {
        let source = DataSetBuilder().text(Tag(0x0008, 0x0016), .UI, "1.2.840.10008.5.1.4.1.1.7")
            .text(Tag(0x0008, 0x0018), .UI, "1.2.3").integers(Tag(0x0028, 0x0010), .US, 1)
            .integers(Tag(0x0028, 0x0011), .US, 1).integers(Tag(0x0028, 0x0100), .US, 32)
            .bytes(Tag(0x7FE0, 0x0008), .OF, [1, 2, 3, 4])
        let file = try DICOMFile(bytes: source.file())
        let reason = try #require(Self.reason(try Self.outcome(Self.area, file)))
        #expect(reason.contains("`top`") && reason.contains("floating-point"))
        let nothing = Self.area.replacing("<rectangle height=\"16\"/>", with: "<nothing/>")
        #expect(Self.reason(try Self.outcome(nothing, file)) == nil)
    }

    @Test func `where nobody can tell whether areas are of an image, it is sequestered`() throws {
        let unknown = Self.area.replacing(
            "<equals attribute=\"SOPClassUID\" value=\"1.2.840.10008.5.1.4.1.1.7\"/>",
            with: "<compare attribute=\"PatientAge\" op=\"gt\" age=\"010Y\"/>")
        let file = try Self.secondaryCapture.file()
        let age = NewElement(tag: Tag(0x0010, 0x1010), vr: .AS, text: "OLD ")
        let edit: Edit = file.dataSet.child(age.tag).map { .replace($0, age) } ?? .insert(into: nil, age)
        let odd = try DICOMFile(bytes: EditedDataSet(file, edits: [edit]).bytes())
        let reason = try #require(Self.reason(try Self.outcome(unknown, odd)))
        #expect(reason == "it cannot be told whether the areas `top` of pixels are of this image")
    }

    @Test func `areas of which one lies outside of the image are of another one, and it is sequestered`() throws {
        let file = try Self.secondaryCapture.file()
        let outside = Self.area.replacing(
            "<rectangle height=\"16\"/>", with: "<rectangle height=\"16\"/><rectangle left=\"5000\"/>")
        let reason = try #require(Self.reason(try Self.outcome(outside, file)))
        #expect(reason.contains("`top`") && reason.contains("has no pixel of it"))
    }

    @Test func `an ultrasound region that is the whole image leaves nothing outside, and it is sequestered`() throws {
        let file = try Self.secondaryCapture.file()
        let edges = [(0x6018, 0), (0x601A, 0), (0x601C, 5000), (0x601E, 5000)].map { element, value in
            NewElement(
                tag: Tag(0x0018, UInt16(element)), vr: .UL,
                value: .bytes((0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }))
        }
        let regions = NewElement(tag: Tag(0x0018, 0x6011), vr: .SQ, value: .items([edges]))
        let ultrasound = try DICOMFile(bytes: EditedDataSet(file, edits: [.insert(into: nil, regions)]).bytes())
        let outside = Self.area.replacing("<rectangle height=\"16\"/>", with: "<outside-ultrasound-regions/>")
        let reason = try #require(Self.reason(try Self.outcome(outside, ultrasound)))
        #expect(reason.contains("has no pixel of it"))
    }

    @Test func `without codecs, and where one fails, the instance is sequestered with the reason`() throws {
        let file = try Self.secondaryCapture.file()
        let none = try #require(Self.reason(try Self.outcome(Self.area, file, codecs: PixelCodecs(nil))))
        #expect(none.contains("`top`") && none.contains("not installed"))
        let failing = PixelCodecs(WorkerProgram(path: "/bin/false"))
        let failed = try #require(Self.reason(try Self.outcome(Self.area, file, codecs: failing)))
        #expect(failed.contains("failed at a frame"))
    }

    @Test func `icons go with the pixels that they show`() throws {
        let file = try Self.secondaryCapture.file()
        let icon = NewElement(
            tag: Tag(0x0088, 0x0200), vr: .SQ,
            value: .items([[NewElement(tag: Tag(0x0028, 0x0010), vr: .US, value: .bytes([1, 0]))]]))
        let pictured = try DICOMFile(bytes: EditedDataSet(file, edits: [.insert(into: nil, icon)]).bytes())
        let (after, _) = try Self.result(try Self.outcome(Self.area, pictured), pictured)
        #expect(after.dataSet.child(Tag(0x0088, 0x0200)) == nil)
    }

    @Test func `so do icons within items, whatever the profile says of them`() throws {
        let file = try Self.secondaryCapture.file()
        let picture = [
            NewElement(tag: Tag(0x0028, 0x0010), vr: .US, value: .bytes([1, 0])),
            NewElement(tag: Tag(0x0028, 0x0011), vr: .US, value: .bytes([1, 0])),
            NewElement(tag: Tag(0x0028, 0x0100), vr: .US, value: .bytes([8, 0])),
            NewElement(tag: .pixelData, vr: .OW, value: .bytes(Array("QUILLFEATHER".utf8))),
        ]
        let item = [NewElement(tag: Tag(0x0088, 0x0200), vr: .SQ, value: .items([picture]))]
        let outer = NewElement(tag: Tag(0x0008, 0x2112), vr: .SQ, value: .items([item]))
        let edit: Edit = file.dataSet.child(outer.tag).map { .replace($0, outer) } ?? .insert(into: nil, outer)
        let pictured = try DICOMFile(bytes: EditedDataSet(file, edits: [edit]).bytes())
        let keeping = "<keep attribute=\"SourceImageSequence\"/>" + Self.area
        for (pixels, stays) in [
            (keeping, false), (keeping.replacing("<rectangle height=\"16\"/>", with: "<nothing/>"), true),
        ] {
            guard case .edited(let said) = try Self.outcome(pixels, pictured) else {
                Issue.record("sequestered")
                continue
            }
            let bytes = try EditedDataSet(pictured, edits: said.edits, fileMeta: said.fileMeta).bytes()
            #expect(String(decoding: bytes, as: UTF8.self).contains("QUILLFEATHER") == stays)
        }
    }

    @Test func `an Image Type that the profile removes does not come back with pixels that were cleaned`() throws {
        let file = try Self.secondaryCapture.file()
        let type = NewElement(tag: Tag(0x0008, 0x0008), vr: .CS, text: "ORIGINAL\\PRIMARY\\DOE")
        let edit: Edit = file.dataSet.child(type.tag).map { .replace($0, type) } ?? .insert(into: nil, type)
        let named = try DICOMFile(bytes: EditedDataSet(file, edits: [edit]).bytes())
        let (kept, _) = try Self.result(try Self.outcome(Self.area, named), named)
        #expect(kept.text(type.tag)?.hasPrefix("DERIVED") == true)
        let removing = "<remove attribute=\"ImageType\"/>" + Self.area
        let (after, _) = try Self.result(try Self.outcome(removing, named), named)
        let node = after.dataSet.child(type.tag)
        #expect(try node.map { try after.values(of: $0) }?.contains("DOE") != true)
    }

    @Test func `areas of all conditions that hold are black together, in any order`() throws {
        let file = try Self.secondaryCapture.file()
        func areas(_ order: [Int]) -> String {
            let each = [
                "<rectangle height=\"8\"/>", "<rectangle top=\"80\"/>", "<polygon points=\"0,40 16,40 16,56\"/>",
            ]
            return "<pixels>"
                + order.map {
                    "<areas id=\"a\($0)\"><when><present attribute=\"SOPClassUID\"/></when>\(each[$0])</areas>"
                }.joined() + "</pixels>"
        }
        let one = try Self.result(try Self.outcome(areas([0, 1, 2]), file), file).0
        let other = try Self.result(try Self.outcome(areas([2, 0, 1]), file), file).0
        #expect(try FrameSource(one).stored(0) == FrameSource(other).stored(0))
        #expect(try FrameSource(one).stored(0) != FrameSource(file).stored(0))
    }

    // MARK: The language

    @Test(arguments: [
        ("<pixels/><pixels/>", "misplaced-element"),
        ("<pixels><areas id=\"a\"><rectangle/></areas></pixels>", "missing-element"),
        ("<pixels><areas id=\"a\"><when><present attribute=\"Rows\"/></when></areas></pixels>", "missing-element"),
        (
            "<pixels><areas id=\"a\"><when><present attribute=\"Rows\"/></when><nothing/><rectangle/></areas></pixels>",
            "misplaced-element"
        ),
        (
            "<pixels><areas id=\"a\"><when><labelled with=\"sensitive\"/></when><nothing/></areas></pixels>",
            "misplaced-element"
        ),
        (
            "<pixels><areas id=\"a\"><when><present attribute=\"Rowz\"/></when><nothing/></areas></pixels>",
            "unknown-attribute"
        ),
        (
            "<pixels><areas id=\"a\"><when><present attribute=\"Rows\"/></when><polygon points=\"1,2 3\"/></areas></pixels>",
            "bad-setting"
        ),
        (
            "<pixels><areas id=\"a\"><when><present attribute=\"Rows\"/></when><rectangle width=\"0\"/></areas></pixels>",
            "bad-value"
        ),
        (
            "<pixels><areas id=\"a\"><when><present attribute=\"Rows\"/></when><nothing/></areas>"
                + "<areas id=\"a\"><when><present attribute=\"Rows\"/></when><nothing/></areas></pixels>",
            "duplicate-name"
        ),
        ("<pixels lossy=\"maybe\"/>", "bad-value"),
        (
            "<pixels><areas id=\"a\"><when><present attribute=\"Rows\"/></when><text remove=\"some\"/></areas></pixels>",
            "bad-value"
        ),
        (
            "<pixels><areas id=\"a\"><when><present attribute=\"Rows\"/></when><text remove=\"unlisted\"/></areas></pixels>",
            "missing-element"
        ),
        (
            "<pixels><areas id=\"a\"><when><present attribute=\"Rows\"/></when><text remove=\"unlisted\" keep=\"nowhere\"/>"
                + "</areas></pixels>",
            "unknown-list"
        ),
        (
            "<pixels><areas id=\"a\"><when><present attribute=\"Rows\"/></when><text remove=\"all\" keep=\"words\"/></areas></pixels>",
            "bad-setting"
        ),
    ])
    func `what cannot be meant does not load`(_ pixels: String, _ code: String) throws {
        let loaded = try Self.load(Self.rules(pixels))
        #expect(loaded.ruleSet == nil)
        #expect(loaded.findings.contains { $0.code == code }, "\(loaded.findings.map { ($0.code, $0.message) })")
    }

    @Test func `areas of profiles that are joined add up, and the same name for two things is an error`() throws {
        func areas(_ id: String, _ rectangle: String) -> String {
            "<pixels><areas id=\"\(id)\"><when><present attribute=\"Rows\"/></when>\(rectangle)</areas></pixels>"
        }
        func rules(_ second: String) -> String {
            Self.rules(
                areas("one", "<rectangle height=\"1\"/>"),
                more:
                    "<profile id=\"q\"><remove anything=\"true\"/>\(second)</profile><profile id=\"r\" extends=\"p q\"/>"
            )
        }
        let joined = try #require(try Self.load(rules(areas("two", "<nothing/>"))).ruleSet?.profiles["r"])
        #expect(joined.pixels.areas.map(\.id) == ["one", "two"])
        let same = try #require(try Self.load(rules(areas("one", "<rectangle height=\"1\"/>"))).ruleSet?.profiles["r"])
        #expect(same.pixels.areas.map(\.id) == ["one"])
        let conflict = try Self.load(rules(areas("one", "<nothing/>")))
        #expect(conflict.ruleSet == nil)
        #expect(conflict.findings.contains { $0.code == "conflicting-settings" })
    }

    @Test func `the areas of common devices load, each with a place in its images`() throws {
        let loaded = RuleSetLoader().load(path: Fixtures.packageRoot + "/Rules/packs/pixels-devices.xml")
        let profile = try #require(loaded.ruleSet?.profiles["pixels-devices"], "\(loaded.findings.prefix(3))")
        #expect(profile.pixels.areas.count > 200)
        #expect(profile.pixels.areas.allSatisfy { !$0.shapes.isEmpty })
    }

    @Test func `the pack of text finds images that are likely to have some, and cleans them`() throws {
        let loaded = RuleSetLoader().load(path: Fixtures.packageRoot + "/Rules/packs/pixels-text.xml")
        let ruleSet = try #require(loaded.ruleSet, "\(loaded.findings.prefix(3))")
        let profile = try #require(ruleSet.profiles["pixels-text"])
        #expect(!profile.pixels.areas.isEmpty)
        let deidentifier = Deidentifier(ruleSet: ruleSet, profile: profile, key: Self.key)
            .cleaningPixels(with: ProfilePixelCleaner(profile, in: ruleSet))
        let screen = DrawnPicture(texts: [DrawnText(text: "QUILLFEATHER, ERIKA", left: 8, top: 8)])
        let source = try screen.file()
        let classUID = NewElement(tag: .sopClassUID, vr: .UI, text: "1.2.840.10008.5.1.4.1.1.2")
        func changed(_ elements: [NewElement]) throws -> DICOMFile {
            try DICOMFile(
                bytes: EditedDataSet(
                    source,
                    edits: elements.map { element in
                        source.dataSet.child(element.tag).map { .replace($0, element) } ?? .insert(into: nil, element)
                    }
                ).bytes())
        }
        // By class; by what they say of themselves; by what they are called.
        for file in [
            source, try changed([NewElement(tag: .sopClassUID, vr: .UI, text: "1.2.840.10008.5.1.4.1.1.6.1")]),
            try changed([classUID, NewElement(tag: .burnedInAnnotation, vr: .CS, text: "YES")]),
            try changed([
                classUID, NewElement(tag: Tag(0x0008, 0x0008), vr: .CS, text: "DERIVED\\SECONDARY\\SCREEN SAVE"),
            ]),
            try changed([classUID, NewElement(tag: Tag(0x0008, 0x103E), vr: .LO, text: "Dose Report")]),
        ] {
            let (after, notes) = try Self.result(deidentifier.deidentify(file), file)
            #expect(notes.contains { $0.contains("`text-") })
            #expect(try FrameSource(after).image(0).bytes.allSatisfy { $0 == 0 })
            #expect(after.text(.burnedInAnnotation) == "NO")
        }
        // A slice of CT is not read.
        let slice = try changed([
            classUID, NewElement(tag: Tag(0x0008, 0x0008), vr: .CS, text: "ORIGINAL\\PRIMARY\\AXIAL"),
        ])
        let (after, _) = try Self.result(deidentifier.deidentify(slice), slice)
        #expect(try FrameSource(after).stored(0) == FrameSource(slice).stored(0))
    }

    // MARK: Faces

    @Test(arguments: [("faces=\"remove\"", true), ("faces=\"leave\"", false), ("", false)])
    func `what a profile says of faces is read`(_ attribute: String, _ removes: Bool) throws {
        let loaded = try Self.load(Self.rules("<pixels \(attribute)/>"))
        let profile = try #require(loaded.ruleSet?.profiles["p"], "\(loaded.findings.map(\.message))")
        #expect(profile.pixels.removesFaces == removes)
        #expect(profile.pixels.isEmpty != removes)
    }

    @Test func `other words of faces are an error, and among parents faces that stay give way`() throws {
        let wrong = try Self.load(Self.rules("<pixels faces=\"yes\"/>"))
        #expect(wrong.ruleSet == nil && wrong.findings.contains { $0.location.line == 5 }, "\(wrong.findings)")
        let parents = """
            <profile id="q"><remove anything="true"/><pixels faces="leave"/></profile>
            <profile id="r" extends="p q"/>
            """
        let loaded = try Self.load(Self.rules("<pixels faces=\"remove\"/>", more: parents))
        #expect(loaded.ruleSet?.profiles["r"]?.pixels.removesFaces == true, "\(loaded.findings.map(\.message))")
        #expect(loaded.ruleSet?.profiles["q"]?.pixels.removesFaces == false)
    }
}
