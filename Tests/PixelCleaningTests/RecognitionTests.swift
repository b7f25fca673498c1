import DICOMCore
import DICOMFile
import Deidentification
import Foundation
import RuleLanguage
import TestSupport
import Testing

@testable import PixelCleaning

@Suite("Recognition of text in pixels")
struct RecognitionTests {
    private static let recognition = TextRecognition.installed

    private func lines(
        _ picture: DrawnPicture, _ method: TextRecognition.Method = .lines
    ) throws -> [ReadLine] {
        try Self.recognition.read(
            picture.drawn().bytes, columns: picture.columns, rows: picture.rows, method
        ).lines.filter { $0.certainty != .noise }
    }

    // MARK: Reading

    @Test(arguments: [
        (11, 255, 0), (14, 255, 0), (20, 255, 0), (36, 255, 0), (72, 255, 0), (14, 0, 255), (20, 0, 255), (40, 20, 220),
        (20, 140, 60),
    ])
    func `text is read in every size, light on dark and dark on light`(
        _ size: Int, _ colour: Int, _ ground: Int
    ) throws {
        let text = size > 60 ? "ERIKA 27" : "Quillfeather 748827"
        let picture = DrawnPicture(
            ground: ground, texts: [DrawnText(text: text, left: 20, top: 60, size: size, colour: colour)])
        let read = try lines(picture)
        #expect(read.contains { $0.text.filter { $0 != " " } == text.filter { $0 != " " } }, "\(read.map(\.text))")
        let place = try #require(try picture.drawn().places.first)
        for line in read where line.signCount > 6 {
            // Beside the text nothing is taken for it.
            #expect(line.place.left >= place[0] - size && line.place.right <= place[2] + size)
            #expect(line.place.top >= place[1] - size && line.place.bottom <= place[3] + size)
        }
    }

    @Test func `text over anatomy is read, and anatomy is not text`() throws {
        var picture = DrawnPicture(anatomy: true)
        #expect(try lines(picture).isEmpty)
        #expect(try lines(picture, .page).isEmpty)
        picture.texts = [
            DrawnText(text: "QUILLFEATHER ERIKA", left: 8, top: 6), DrawnText(text: "15/03/1927", left: 200, top: 150),
        ]
        let read = try lines(picture).map(\.text).joined(separator: "\n")
        #expect(read.contains("QUILLFEATHER") && read.contains("1927"), "\(read)")
    }

    @Test(arguments: ["MONOCHROME1", "MONOCHROME2"])
    func `frames are read as they are shown`(_ photometric: String) throws {
        let picture = DrawnPicture(texts: [DrawnText(text: "Quillfeather", left: 20, top: 60)])
        let found = try TextDetection(picture.file(photometric: photometric)).frame(0)
        #expect(found.lines.contains { $0.line.text.contains("Quillfeather") && $0.identifies })
        #expect(found.shown.bytes[0] == (photometric == "MONOCHROME1" ? 255 : 0))
    }

    @Test func `faint text beside one bright pixel, and blue text on black, are read`() throws {
        let faint = DrawnPicture(ground: 40, texts: [DrawnText(text: "QUILLFEATHER", left: 20, top: 60, colour: 52)])
        var pixels = try faint.drawn().bytes
        pixels[5] = 255
        let lines = try TextDetection(DICOMFile(bytes: faint.source(pixels))).frame(0).lines
        #expect(lines.contains { $0.line.text.contains("QUILLFEATHER") })
        let drawn = try DrawnPicture(texts: [DrawnText(text: "QUILLFEATHER", left: 20, top: 60, colour: 200)]).drawn()
        let blue = CodedImage(
            columns: 480, rows: 320, samples: 3, bits: 8, bytes: drawn.bytes.flatMap { [0, 0, $0] })
        var layout = try PixelLayout(faint.file())
        layout.photometric = .rgb
        layout.samples = 3
        let frame = ShownFrame(blue, layout, nil)
        let found = try TextFinder([TextRemoval(.all)], in: nil, recognition: Self.recognition)
            .find(in: frame, isInverted: false) { _ in .nothing }
        #expect(found.lines.contains { $0.text.contains("QUILLFEATHER") })
    }

    // MARK: What goes

    private static let screen = DrawnPicture(texts: [
        DrawnText(text: "QUILLFEATHER, ERIKA", left: 8, top: 8), DrawnText(text: "ID MQX9748827", left: 8, top: 40),
        DrawnText(text: "Gain 45 dB", left: 300, top: 200), DrawnText(text: "LIVER LONG", left: 30, top: 280),
    ])

    private func cleaned(_ extent: TextRemoval.Extent, _ file: DICOMFile) throws -> (CleanedFile, DICOMFile) {
        let result = try CleanedFile(file, [.text(TextRemoval(extent))], decodesLossy: false)
        return (result, try result.result(of: file))
    }

    private func text(in file: DICOMFile, _ method: TextRecognition.Method) throws -> String {
        let source = try FrameSource(file).shown(0)
        return try Self.recognition.read(source.bytes, columns: source.columns, rows: source.rows, method)
            .lines.filter { $0.certainty != .noise }.map(\.text).joined(separator: "\n")
    }

    @Test func `all text goes, and other pixels stay`() throws {
        let file = try Self.screen.file()
        let (cleaned, after) = try cleaned(.all, file)
        #expect(cleaned.changedCount == 1)
        #expect(after.text(.burnedInAnnotation) == "NO")
        for method in [TextRecognition.Method.lines, .page] { #expect(try text(in: after, method).isEmpty) }
        #expect(try FrameSource(after).image(0).bytes.allSatisfy { $0 == 0 })
    }

    @Test func `what identifies goes, and other text stays`() throws {
        let (_, after) = try cleaned(.identifying, try Self.screen.file())
        let left = try text(in: after, .lines)
        #expect(left.contains("Gain 45") && left.contains("LIVER LONG"), "\(left)")
        for word in ["QUILL", "ERIKA", "974", "MQX"] { #expect(!left.uppercased().contains(word), "\(left)") }
        let page = try text(in: after, .page)
        for word in ["QUILL", "ERIKA", "974"] { #expect(!page.uppercased().contains(word), "\(page)") }
    }

    @Test func `a word stays only by the lists of each removal, whatever another one keeps`() throws {
        let folder = try WorkFolder()
        _ = try folder.write("all.csv", Array("Word\nliver\npancreas\n".utf8))
        _ = try folder.write("few.csv", Array("Word\nliver\n".utf8))
        let rules = """
            <ruleset xmlns="urn:cordon:rules:1" id="t" revision="1">
              <list id="all" href="all.csv" key="Word"/><list id="few" href="few.csv" key="Word"/>
              <profile id="p">
                <remove anything="true"/>
                <pixels>
                  <areas id="a"><when><present attribute="Rows"/></when><text remove="unlisted" keep="all"/></areas>
                  <areas id="b"><when><present attribute="Rows"/></when><text remove="unlisted" keep="few"/></areas>
                </pixels>
              </profile>
            </ruleset>
            """
        let loaded = RuleSetLoader().load(path: try folder.write("rules.xml", Array(rules.utf8)))
        let ruleSet = try #require(loaded.ruleSet, "\(loaded.findings.map(\.message))")
        let profile = try #require(ruleSet.profiles["p"])
        let removals = profile.pixels.areas.flatMap(\.shapes).compactMap(\.textRemoval)
        #expect(removals.map(\.kept) == [["all"], ["few"]])
        let finder = TextFinder(removals, in: ruleSet, recognition: Self.recognition)
        for word in ["LIVER", "liver,", "Pancreas"] { #expect(finder.isListed(word, removals[0])) }
        #expect(finder.isListed("Liver", removals[1]))
        for word in ["PANCREAS", "pancreas", "Quillfeather"] { #expect(!finder.isListed(word, removals[1])) }
        #expect(!finder.isListed("liver", TextRemoval(.unlisted, kept: ["nowhere"])))
    }

    @Test func `in a picture without text nothing changes`() throws {
        let file = try DrawnPicture(anatomy: true).file()
        for extent in [TextRemoval.Extent.all, .identifying] {
            let (cleaned, after) = try cleaned(extent, file)
            #expect(cleaned.changedCount == 0)
            #expect(try FrameSource(after).stored(0) == FrameSource(file).stored(0))
        }
    }

    @Test func `each frame has its own text`() throws {
        let first = try Self.screen.drawn().bytes
        let second = try DrawnPicture().drawn().bytes
        let file = try DICOMFile(bytes: Self.twoFrames(Self.screen, first, second))
        let (cleaned, after) = try cleaned(.all, file)
        #expect(cleaned.frameCount == 2 && cleaned.changedCount == 1)
        #expect(try FrameSource(after).stored(1) == second)
    }

    private static func twoFrames(_ picture: DrawnPicture, _ first: [UInt8], _ second: [UInt8]) throws -> [UInt8] {
        let one = try DICOMFile(bytes: picture.source(first + second, frames: 1))
        let node = try #require(one.dataSet.child(Tag(0x0028, 0x0008)))
        return try EditedDataSet(
            one, edits: [.replace(node, NewElement(tag: Tag(0x0028, 0x0008), vr: .IS, text: "2"))]
        ).bytes()
    }

    // MARK: Failing

    @Test func `a frame that cannot be read is not clean`() throws {
        let file = try Self.screen.file()
        for program in [nil, WorkerProgram(path: "/bin/false")] {
            #expect(throws: UncleanablePixels.self) {
                try CleanedFile(
                    file, [.text(TextRemoval(.all))], decodesLossy: false, recognition: TextRecognition(program))
            }
        }
        var slow = try #require(TextRecognition.program)
        slow.memory = 60 << 20
        #expect(throws: UncleanablePixels.self) {
            try CleanedFile(file, [.text(TextRemoval(.all))], decodesLossy: false, recognition: TextRecognition(slow))
        }
    }

    @Test func `the process can open, connect, start and send nothing, and one that is ended harms no other frame`()
        throws
    {
        let program = try #require(TextRecognition.program)
        let process = try WorkerProcess(program)
        #expect(try process.answer(to: WorkerMessage(99, [], []), most: 100).numbers.prefix(4) == [1, 0, 0, 0])
        #expect(throws: WorkerError(.crashed, "the process that reads pixels failed at a frame")) {
            try process.answer(to: WorkerMessage(97, [], []), most: 100)
        }
        let pool = WorkerPool(program)
        #expect(throws: WorkerError.self) { try pool.answer(to: WorkerMessage(98, [], []), most: 100) }
        #expect(throws: WorkerError.self) { try pool.answer(to: WorkerMessage(1, [5, 5, 1, 1], [1, 2]), most: 100) }
        let blank = WorkerMessage(1, [40, 30, 1, 1], [UInt8](repeating: 0, count: 1200))
        #expect(try pool.answer(to: blank, most: 1000).numbers[0] == 0)
    }

    @Test func `answers that are none are not believed`() {
        #expect(TextReading([1, 2, 3], columns: 10, rows: 10) == nil)
        func head(_ numbers: [UInt32]) -> [UInt8] {
            numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }
        }
        #expect(TextReading(head([0, 0, 5, 5, 90, 0, 0]), columns: 10, rows: 10)?.lines.count == 1)
        for numbers: [UInt32] in [
            [0, 0, 50, 5, 90, 0, 0], [6, 0, 5, 5, 90, 0, 0], [0, 0, 5, 5, 900, 0, 0], [0, 0, 5, 5, 90, 0, 7],
        ] {
            #expect(TextReading(head(numbers), columns: 10, rows: 10) == nil)
        }
    }

    // MARK: Pictures

    @Test func `a picture is a PNG of the size asked for, and what is filled cannot be read in it`() throws {
        let frame = try FrameSource(Self.screen.file()).shown(0)
        let place = PixelRectangle(left: 0, top: 0, right: 300, bottom: 70)
        let png = try Self.recognition.png(
            frame, [PictureMark(place, colour: 0x808080, isFilled: true)], longest: 240)
        #expect(Array(png.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        // Width and height of IHDR.
        #expect(Array(png[16..<24]) == [0, 0, 0, 240, 0, 0, 0, 160])
    }
}
