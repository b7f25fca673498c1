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

    // MARK: What nobody can tell

    private static func line(_ top: Int, _ words: [(String, Int)]) -> ReadLine {
        let read = words.enumerated().map { index, word in
            ReadWord(
                place: PixelRectangle(left: 10 + index * 60, top: top, right: 60 + index * 60, bottom: top + 12),
                text: word.0, confidence: word.1)
        }
        return ReadLine(
            place: PixelRectangle(left: 10, top: top, right: 10 + words.count * 60, bottom: top + 12), words: read)
    }

    @Test func `short words of a line that cannot be read go, whoever saw it`() {
        let line = Self.line(20, [("QU", 50), ("ILL", 49), ("FEA", 51)])
        #expect(line.certainty == .doubtful)
        let words = IdentifyingWords([line]) { _ in .nothing }
        #expect(words.places.count == 3 && words.unsureArea == 3 * 50 * 12)
        // What was read well and says nothing stays.
        #expect(
            IdentifyingWords([Self.line(20, [("Gain", 90), ("45", 92), ("dB", 91)])]) { _ in .nothing }.places.isEmpty)
    }

    @Test func `a letter that is seen in nothing is nobody's name, and a name that is read badly is one`() {
        // All of it, as behind a label.
        func everything(_ text: String) -> IdentifyingText { IdentifyingText(ranges: [0..<text.utf8.count]) }
        let noise = Self.line(20, [("S", 46)]), name = Self.line(60, [("Qui1lf", 30)])
        #expect(noise.certainty == .noise && name.certainty == .noise)
        #expect(IdentifyingWords([noise], everything).places.isEmpty)
        #expect(IdentifyingWords([noise, name], everything).places == [name.place(of: name.words[0])])
    }

    @Test func `of several lines that were taken for one nobody asks when each was read`() {
        var found = FoundText(mask: PixelMask(columns: 400, rows: 200))
        let upper = Self.line(20, [("LYMPH", 95)]), lower = Self.line(40, [("NODES", 95)])
        let both = ReadLine(
            place: PixelRectangle(left: 10, top: 0, right: 70, bottom: 90),
            words: [upper.words[0], lower.words[0]].map { ReadWord(place: $0.place, text: $0.text, confidence: 52) })
        #expect(both.certainty == .doubtful)
        found.lines = [both, upper]
        #expect(found.doubtful == [both])
        found.lines.append(lower)
        #expect(found.doubtful.isEmpty)
    }

    private func shown(_ picture: DrawnPicture, _ paint: (inout [UInt8]) -> Void) throws -> ShownFrame {
        var bytes = try picture.drawn().bytes
        paint(&bytes)
        let image = CodedImage(columns: picture.columns, rows: picture.rows, samples: 1, bits: 8, bytes: bytes)
        return ShownFrame(image, try PixelLayout(picture.file()), nil)
    }

    @Test func `lines of the ground that run through text do not make it higher`() throws {
        let picture = DrawnPicture(
            ground: 90, texts: [DrawnText(text: "QUILLFEATHER", left: 100, top: 100, colour: 230)])
        let place = try #require(try picture.drawn().places.first)
        let frame = try shown(picture) { bytes in
            for row in 0..<320 { for column in [140, 141, 190, 191] { bytes[row * 480 + column] = 230 } }
        }
        let high = PixelRectangle(left: place[0], top: place[1] - 6, right: place[2], bottom: place[3] + 6)
        let tight = InkExtent(frame).tightened(high)
        #expect(tight.height <= place[3] - place[1] + 2 && tight.height > 10)
        #expect(tight.top <= place[1] + 1 && tight.bottom >= place[3] - 1, "\(tight) of \(place)")
    }

    @Test func `what was not read between two parts of a line, and behind its end in a block, goes with them`() throws {
        let picture = DrawnPicture(texts: [
            DrawnText(text: "QUILLFEATHER ERIKA", left: 20, top: 40),
            DrawnText(text: "ETHELBURGA INFIRMARY", left: 20, top: 70),
        ])
        let frame = try shown(picture) { _ in }
        let ink = InkExtent(frame)
        func part(_ left: Int, _ right: Int, _ top: Int) -> PixelRectangle {
            ink.tightened(PixelRectangle(left: left, top: top, right: right, bottom: top + 24))
        }
        let drawn = try picture.drawn().places
        let upper = part(drawn[0][0], drawn[0][2], 40), first = part(drawn[1][0], 60, 70), second = part(85, 150, 70)
        let blocks = TextBlocks([upper, first, second], ink, sparing: [])
        var mask = PixelMask(columns: 480, rows: 320)
        for place in [upper, first, second] + blocks.rests { mask.add(place.padded) }
        #expect(
            mask.spans[80].first.map { $0.lowerBound <= 20 && $0.upperBound >= min(drawn[0][2], drawn[1][2]) } == true)
        #expect(mask.spans[80].count == 1, "\(mask.spans[80])")
        // Nothing goes where a word stays.
        let kept = TextBlocks([upper, first, second], ink, sparing: [part(62, 80, 70), part(155, 260, 70)])
        #expect(kept.rests.isEmpty)
    }

    @Test func `the record says what read`() throws {
        let version = try Self.recognition.version()
        #expect(version.wholeMatch(of: #/Tesseract \S+, leptonica-\S+, eng [0-9a-f]{16}/#) != nil, "\(version)")
        let (cleaned, _) = try cleaned(.all, try Self.screen.file())
        #expect(cleaned.notes.contains { $0.contains(version) })
    }

    @Test func `an image with more than is read of one is not clean`() throws {
        let file = try Self.screen.file(frames: 2)
        func reading(_ most: Int) throws -> PixelCleaning.TextCleaning {
            PixelCleaning.TextCleaning(
                try FrameSource(file), [TextRemoval(.all)], areas: PixelMask(columns: 480, rows: 320), in: nil,
                recognition: Self.recognition, mostWork: most
            ) { _ in .nothing }
        }
        var enough = try reading(2000)
        let first = try enough.mask(0)
        // The same frame again costs nothing.
        let work = enough.work
        #expect(try enough.mask(1) == first && enough.work == work && !first.isEmpty)
        var little = try reading(10)
        #expect(throws: UncleanablePixels.self) { try little.mask(0) }
    }

    @Test func `a word in noise keeps nothing from going`() {
        let sure = Self.line(20, [("Gain", 92), ("Quillfeather", 93)]), noise = Self.line(60, [("xq", 12)])
        #expect(sure.certainty == .sure && noise.certainty == .noise)
        let removed = [sure.place(of: sure.words[1])]
        #expect(TextFinder.staying([sure, noise], removed) == [sure.place(of: sure.words[0])])
    }

    @Test func `what is compared afterwards has a bound too, and frames that are the same are read once`() throws {
        let detection = try TextDetection(Self.screen.file(frames: 2))
        var readings: [Int: [[String]]] = [:]
        try detection.everything { readings[$0, default: []].append($1) }
        #expect(readings[0]?.count == 2 && readings[0] == readings[1] && readings[0]?.joined().isEmpty == false)
        #expect(throws: UncleanablePixels.self) { try detection.everything(mostWork: 10) { _, _ in } }
    }

    @Test func `what cannot be said to have read cleans nothing`() throws {
        let reading = PixelCleaning.TextCleaning(
            try FrameSource(try Self.screen.file()), [TextRemoval(.all)], areas: PixelMask(columns: 480, rows: 320),
            in: nil, recognition: TextRecognition(nil)
        ) { _ in .nothing }
        #expect(throws: UncleanablePixels.self) { try reading.note() }
    }

    @Test func `what is read badly is handed to whoever knows more`() throws {
        let file = try DrawnPicture(
            ground: 70, anatomy: true, texts: [DrawnText(text: "QUILLFEATHER", left: 20, top: 150, size: 9, colour: 78)]
        ).file()
        let detection = try TextDetection(file)
        for method in [TextRecognition.Method.lines, .page] {
            let lines = try detection.frame(0, method).lines.map(\.line.text), all = try detection.everything(0, method)
            #expect(Set(all).isSuperset(of: lines))
        }
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
