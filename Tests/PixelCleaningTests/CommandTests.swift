import DICOMCore
import DICOMFile
import Foundation
import TestSupport
import Testing

@testable import PixelCleaning

@Suite("cordon pixels, and cordon apply with pixels")
struct CommandTests {
    private static func command() throws -> String {
        URL(fileURLWithPath: try #require(WorkerProgram.installed("cordon-codec")).path).deletingLastPathComponent()
            .appendingPathComponent("cordon").path
    }

    private static let picture = "SC_rgb_jpeg_dcmtk.dcm"

    @Test func `a single file is cleaned into a new one, and nothing is overwritten`() throws {
        let folder = try WorkFolder()
        let path = try #require(Fixtures.pydicom(Self.picture))
        let areas = try folder.write("areas.txt", Array("# the bar\n0,0,100,16\n\n0,90 20,90 20,100\n".utf8))
        let words = [try Self.command(), "pixels", "clean", "--coordinates", areas, path, folder["out.dcm"]]
        let first = try Tool.run(words)
        #expect(first.status == 0, "\(first.output)")
        #expect(first.output.contains("1 of 1 frames changed"))
        let again = try Tool.run(words)
        #expect(again.status == 2)
        let after = try FrameSource(DICOMFile(path: folder["out.dcm"])).image(0).values
        let before = try FrameSource(DICOMFile(path: path)).image(0)
        #expect(after.count == before.values.count)
        #expect(after.prefix(before.columns * 3) != before.values.prefix(before.columns * 3))
        #expect(try Tool.run(["dcmdump", folder["out.dcm"]]).status == 0)
    }

    @Test(arguments: [
        ["--rectangle", "1,2,3"], ["--polygon", "1,2 3,4"], [], ["--rules", "x.xml"],
        ["--rectangle", "0,0,1,1", "--rules", "x.xml", "--profile", "p"],
        ["--rules", "x.xml", "--profile", "p", "--decode-lossy"], ["--rectangle", "0,0,1,1", "--require-signed", "x"],
        ["--coordinates", "/"], ["--coordinates", "/dev/null"],
    ])
    func `arguments that mean nothing are refused`(_ words: [String]) throws {
        let folder = try WorkFolder()
        let path = try #require(Fixtures.pydicom(Self.picture))
        let result = try Tool.run([try Self.command(), "pixels", "clean"] + words + [path, folder["out.dcm"]])
        #expect(result.status == 2, "\(result.output)")
        #expect(!FileManager.default.fileExists(atPath: folder["out.dcm"]))
    }

    @Test func `coordinates without an area, and a rule set that does not load, are said before anything is written`()
        throws
    {
        let folder = try WorkFolder()
        let path = try #require(Fixtures.pydicom(Self.picture))
        let none = try folder.write("none.txt", Array("# nothing\n".utf8))
        let broken = try folder.write("broken.xml", Array("<ruleset/>".utf8))
        for (words, expected) in [
            (["--coordinates", none], "name no area"), (["--rules", broken, "--profile", "p"], "broken.xml:1:"),
        ] {
            let result = try Tool.run([try Self.command(), "pixels", "clean"] + words + [path, folder["out.dcm"]])
            #expect(result.status == 2 && result.output.contains(expected), "\(result.output)")
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["broken.xml", "none.txt"])
    }

    @Test func `a file that cannot be written leaves nothing behind`() throws {
        let folder = try WorkFolder()
        let path = try #require(Fixtures.pydicom(Self.picture))
        let words = ["pixels", "clean", "--rectangle", "0,0,9,9", path, folder["missing/out.dcm"]]
        #expect(try Tool.run([try Self.command()] + words).status == 4)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func `a mistake among coordinates is told with file and line`() throws {
        let folder = try WorkFolder()
        let path = try #require(Fixtures.pydicom(Self.picture))
        let areas = try folder.write("areas.txt", Array("0,0,100,16\nnothing\n".utf8))
        let words = ["pixels", "clean", "--coordinates", areas, path, folder["out.dcm"]]
        let result = try Tool.run([try Self.command()] + words)
        #expect(result.status == 2 && result.output.contains("areas.txt:2: "), "\(result.output)")
    }

    @Test func `what cannot be cleaned is refused, and nothing is written`() throws {
        let folder = try WorkFolder()
        for name in ["rtplan.dcm", "JPEG2000.dcm"] {
            let path = try #require(Fixtures.pydicom(name))
            let result = try Tool.run(
                [try Self.command(), "pixels", "clean", "--rectangle", "0,0,9,9", path, folder["out.dcm"]])
            #expect(result.status == 3, "\(result.output)")
            #expect(!FileManager.default.fileExists(atPath: folder["out.dcm"]))
        }
    }

    @Test func `a run cleans what it can, sequesters what it cannot, and goes on`() throws {
        let folder = try WorkFolder()
        let rules = """
            <ruleset xmlns="urn:cordon:rules:1" id="pixels" revision="1">
              <profile id="p">
                <keep attribute="PixelData"/><keep vr="CS"/><keep vr="US"/><keep vr="IS"/><keep vr="DS"/><uid vr="UI"/>
                <remove anything="true"/>
                <pixels><areas id="top"><when><present attribute="Rows"/></when><rectangle height="16"/></areas></pixels>
              </profile>
              <audience id="research" purpose="HRESCH"><always><deidentify profile="p"/></always></audience>
            </ruleset>
            """
        let rulesPath = try folder.write("rules.xml", Array(rules.utf8))
        try FileManager.default.createDirectory(atPath: folder["in"], withIntermediateDirectories: false)
        for name in [Self.picture, "SC_rgb_rle_2frame.dcm", "CT_small.dcm"] {
            let bytes = try #require(Fixtures.pydicom(name).flatMap { Fixtures.bytes($0) })
            _ = try folder.write("in/" + name, bytes)
        }
        // The same picture, with the entropy-coded data cut: the frame is damaged, the file is not.
        let sound = try DICOMFile(path: #require(Fixtures.pydicom(Self.picture)))
        let node = try #require(sound.dataSet.child(.pixelData))
        let frame = try FrameSource(sound).stored(0)
        let damaged = NewElement(
            tag: .pixelData, vr: .OB,
            value: .fragments([
                NewElement.Fragment(),
                NewElement.Fragment([.new(Array(frame.prefix(frame.count / 2)) + [0xFF, 0xD9])]),
            ]))
        let uid = NewElement(tag: Tag(0x0008, 0x0018), vr: .UI, text: "2.25.77")
        let edits: [Edit] = [
            .replace(node, damaged), .replace(try #require(sound.dataSet.child(uid.tag)), uid),
        ]
        _ = try folder.write("in/damaged.dcm", EditedDataSet(sound, edits: edits).bytes())
        let command = try Self.command()
        #expect(try Tool.run([command, "key", "new", folder["key"]]).status == 0)
        let result = try Tool.run([
            command, "apply", "--rules", rulesPath, "--audience", "research", "--key", folder["key"], folder["in"],
            folder["out"],
        ])
        #expect(result.status == 1, "\(result.output)")
        let files = Fixtures.files(under: folder["out"])
        let released = files.filter { $0.contains("/released/") && $0.hasSuffix(".dcm") }
        #expect(released.count == 3, "\(files)")
        for path in released {
            let file = try DICOMFile(path: path)
            #expect(file.text(.burnedInAnnotation) == "NO")
            let image = try FrameSource(file).image(0)
            #expect(Set(image.values.prefix(image.columns * image.samples * 16)).count <= 3)
        }
        let reasons = files.filter { $0.hasSuffix(".reason.json") }.compactMap { Fixtures.bytes($0) }
            .map { String(decoding: $0, as: UTF8.self) }
        #expect(reasons.count == 1)
        #expect(reasons.contains { $0.contains("a frame is damaged") }, "\(reasons)")
    }

    // MARK: Text

    @Test func `what a profile says of pixels has one canonical form`() throws {
        let folder = try WorkFolder()
        let path = try folder.write(
            "rules.xml",
            Array(
                """
                <ruleset xmlns="urn:cordon:rules:1" id="t" revision="1"><profile id="p"><remove anything="true"/>
                <pixels   lossy="decode"><areas id="text"><when><present attribute="Rows"/></when><text keep="a"
                remove="unlisted"/></areas></pixels></profile></ruleset>
                """.utf8))
        let command = try Self.command()
        #expect(try Tool.run([command, "fmt", "--check", path]).status == 1)
        #expect(try Tool.run([command, "fmt", path]).status == 0)
        #expect(try Tool.run([command, "fmt", "--check", path]).status == 0)
        let text = String(decoding: try #require(Fixtures.bytes(path)), as: UTF8.self)
        #expect(
            text == """
                <?xml version="1.0" encoding="UTF-8"?>
                <ruleset xmlns="urn:cordon:rules:1" id="t" revision="1">
                  <profile id="p">
                    <remove anything="true"/>
                    <pixels lossy="decode">
                      <areas id="text">
                        <when><present attribute="Rows"/></when>
                        <text remove="unlisted" keep="a"/>
                      </areas>
                    </pixels>
                  </profile>
                </ruleset>

                """)
    }

    private static let screen = DrawnPicture(texts: [
        DrawnText(text: "QUILLFEATHER, ERIKA", left: 8, top: 8), DrawnText(text: "ID MQX9748827", left: 8, top: 40),
        DrawnText(text: "Gain 45 dB", left: 300, top: 200),
    ])

    @Test func `what is found is written as JSON and as pictures, and words only when asked for`() throws {
        let folder = try WorkFolder()
        let path = try folder.write("a.dcm", Self.screen.source(Self.screen.drawn().bytes))
        let blank = try folder.write("b.dcm", DrawnPicture().source(DrawnPicture().drawn().bytes))
        let command = try Self.command()
        let words = ["pixels", "detect", "--json", folder["found.json"], "--png", folder["pictures"], path]
        let result = try Tool.run([command] + words)
        #expect(result.status == 1, "\(result.output)")
        let text = String(decoding: try #require(Fixtures.bytes(folder["found.json"])), as: UTF8.self)
        #expect(text.contains("\"identifies\": true") && text.contains("\"identifies\": false"))
        #expect(!text.contains("ERIKA") && !result.output.contains("a.dcm"))
        let picture = try #require(Fixtures.bytes(folder["pictures"] + "/file-1-frame-1.png"))
        #expect(Array(picture.prefix(4)) == [0x89, 0x50, 0x4E, 0x47])
        let shown = try Tool.run([command, "pixels", "detect", "--show-values", "--json", "-", path])
        #expect(shown.output.contains("ERIKA"))
        #expect(try Tool.run([command, "pixels", "detect", blank]).status == 0)
        #expect(try Tool.run([command, "pixels", "detect", "--frames", "0", blank]).status == 2)
        // What cannot be read is not passed over.
        let broken = try folder.write("c.dcm", Array("no DICOM".utf8))
        let refused = try Tool.run([command, "pixels", "detect", "--json", "-", broken, blank])
        #expect(refused.status == 3 && refused.output.contains("is not readable as DICOM"), "\(refused.output)")
        #expect(!refused.output.contains("c.dcm"))
    }

    @Test func `text of a single file becomes black, and verify reads what is left`() throws {
        let folder = try WorkFolder()
        let command = try Self.command()
        let path = try folder.write("in.dcm", Self.screen.source(Self.screen.drawn().bytes))
        let cleaned = try Tool.run([command, "pixels", "clean", "--text", "identifying", path, folder["out.dcm"]])
        #expect(cleaned.status == 0 && cleaned.output.contains("1 of 1 frames changed"), "\(cleaned.output)")
        func found(_ output: String) throws -> String {
            try Tool.run([command, "verify", "--pixels", "--original", path, "--json", "-", output]).output
        }
        #expect(try found(path).contains("read in pixels"))
        let after = try found(folder["out.dcm"])
        #expect(after.contains("\"frames\": 1") && !after.contains("read in pixels"), "\(after)")
        #expect(try Tool.run([command, "pixels", "clean", "--text", "some", path, folder["c.dcm"]]).status == 2)
    }

    @Test func `a run cleans text by what it knows of the patient, and shows what it did`() throws {
        let folder = try WorkFolder()
        let command = try Self.command()
        let rules = """
            <ruleset xmlns="urn:cordon:rules:1" id="t" revision="1">
              <profile id="p">
                <keep attribute="PixelData"/><keep vr="CS"/><keep vr="US"/><keep vr="IS"/><uid vr="UI"/>
                <dummy attribute="PatientID"/><remove anything="true"/>
                <pixels><areas id="text"><when><present attribute="Rows"/></when><text remove="identifying"/></areas></pixels>
              </profile>
              <audience id="a" purpose="HRESCH"><always><deidentify profile="p"/></always></audience>
            </ruleset>
            """
        let path = try folder.write("rules.xml", Array(rules.utf8))
        _ = try folder.write("in.dcm", Self.screen.source(Self.screen.drawn().bytes))
        #expect(try Tool.run([command, "key", "new", folder["site.key"]]).status == 0)
        func apply() throws -> Tool.Result {
            try Tool.run([
                command, "apply", "--rules", path, "--audience", "a", "--key", folder["site.key"], "--quiet",
                "--contact-sheet", folder["sheet.html"], folder["in.dcm"], folder["out"],
            ])
        }
        #expect(try apply().status == 0)
        let output = try #require(Fixtures.files(under: folder["out"] + "/released").first)
        let file = try DICOMFile(path: output)
        #expect(file.text(.burnedInAnnotation) == "NO")
        let read = try TextDetection(file).frame(0).lines.map(\.line.text).joined(separator: " ")
        #expect(read.contains("Gain 45") && !read.contains("ERIKA") && !read.contains("974"), "\(read)")
        let sheet = String(decoding: try #require(Fixtures.bytes(folder["sheet.html"])), as: UTF8.self)
        #expect(sheet.contains("data:image/png;base64,") && sheet.contains("Input 1: cleaned"))
        #expect(!sheet.contains("QUILL") && !sheet.contains("in.dcm"))
        // A second run changes nothing and makes the same page.
        #expect(try apply().status == 0)
        #expect(String(decoding: try #require(Fixtures.bytes(folder["sheet.html"])), as: UTF8.self) == sheet)
    }
}
