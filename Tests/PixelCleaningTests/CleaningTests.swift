import DICOMCore
import DICOMEncoding
import DICOMFile
import Foundation
import RuleLanguage
import TestSupport
import Testing
import struct DICOMCore.Tag

@testable import PixelCleaning

@Suite("Cleaning of files")
struct CleaningTests {
    private static let shape = PixelShape.rectangle(left: 3, top: 2, width: 13, height: 9)

    @Test(arguments: PixelFixture.all)
    func `pixels of the area are black, all others are what they were, and the syntax stays`(
        _ fixture: PixelFixture
    ) throws {
        let file = try fixture.file()
        let before = try FrameSource(file)
        let cleaned = try CleanedFile(file, [Self.shape], decodesLossy: false)
        let after = try cleaned.result(of: file)
        #expect(after.transferSyntax == file.transferSyntax)
        let source = try FrameSource(after)
        #expect(source.layout.rows == before.layout.rows)
        for number in 0..<min(3, before.layout.frames) {
            let old = try before.image(number), new = try source.image(number)
            let newValues = new.values
            // Of JPEG, whole blocks that touch the area; where fewer differences of colour are stored, a block of sixteen,
            // and its neighbours' outermost column and row are drawn out of it.
            let isBlocks = old.coding == .dct
            let block = isBlocks ? (0..<17, 0..<17) : (3..<16, 2..<11)
            let shared = before.layout.photometric == .yCbCrFull422 ? 1 : 0
            var changed = Set<Int>()
            for (index, pair) in zip(old.values, new.values).enumerated() where pair.0 != pair.1 {
                changed.insert(index / old.samples)
            }
            for pixel in changed {
                let (row, column) = (pixel / old.columns, pixel % old.columns)
                #expect(block.1.contains(row), "row \(row) changed")
                #expect(block.0.contains(column + (column % 2 == 0 ? shared : 0)) || block.0.contains(column - shared))
            }
            // One colour, and what a picture shows as black.
            var colours = Set<[Int]>()
            for row in 2..<min(11, old.rows) {
                for column in 3..<min(16, old.columns) {
                    let start = (row * old.columns + column) * old.samples
                    colours.insert(Array(newValues[start..<start + old.samples]))
                }
            }
            let isInFrame = old.rows > 2 && old.columns > 3
            #expect(colours.count == (isInFrame ? 1 : 0), "\(colours.count) colours in the area")
        }
    }

    @Test func `blocks of JPEG that do not touch the area keep their coefficients, and DCMTK reads the same of them`()
        throws
    {
        let path = try #require(Fixtures.pydicom("SC_rgb_jpeg_dcmtk.dcm"))
        let file = try DICOMFile(path: path)
        let cleaned = try CleanedFile(
            file, [.rectangle(left: 40, top: 40, width: 8, height: 8)], decodesLossy: false)
        let folder = try WorkFolder()
        let data = try EditedDataSet(file, edits: cleaned.edits)
        let after = try folder.write("after.dcm", data.bytes())
        for (from, to) in [(path, "1"), (after, "2")] {
            #expect(try Tool.run(["dcmdjpeg", "+cn", from, folder[to]]).status == 0)
        }
        let old = try FrameSource(DICOMFile(path: folder["1"])).image(0)
        let new = try FrameSource(DICOMFile(path: folder["2"])).image(0)
        let changed = zip(old.values, new.values).enumerated().filter { $1.0 != $1.1 }.map { $0.0 / old.samples }
        #expect(!changed.isEmpty)
        for pixel in changed {
            #expect((31...48).contains(pixel / old.columns) && (31...48).contains(pixel % old.columns))
        }
    }

    @Test func `rows of RLE that do not touch the area keep their bytes`() throws {
        let columns = 16, rows = 8
        let plane = (0..<columns * rows).map { UInt8($0 / columns * 3 + ($0 % columns) / 5) }
        // Runs as another coder writes them: literals of one byte each.
        let segment = plane.flatMap { [UInt8(0), $0] }
        let header = [1, 64] + [Int](repeating: 0, count: 14)
        let bytes = header.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } } + segment
        var frame = try RunLengthFrame(bytes, columns: columns, rows: rows, segmentCount: 1)
        #expect(frame.planes == [plane])
        var mask = PixelMask(columns: columns, rows: rows)
        mask.add(PixelRectangle(left: 0, top: 3, right: 16, bottom: 4))
        let isChanged = frame.fill(0, with: 0, in: mask)
        #expect(isChanged)
        let new = frame.encoded(changedIn: mask)
        #expect(new[64..<64 + 3 * 32] == bytes[64..<64 + 3 * 32])
        #expect(Array(new[(64 + 3 * 32)..<(64 + 3 * 32 + 2)]) == [241, 0])
        #expect(Array(new[(64 + 3 * 32 + 2)...].prefix(4 * 32)) == Array(bytes[(64 + 4 * 32)...]))
        let again = try RunLengthFrame(new, columns: columns, rows: rows, segmentCount: 1)
        #expect(again.planes == frame.planes)
    }

    @Test func `frames of RLE that are cut or altered are errors`() throws {
        let file = try PixelFixture(name: "MR_small_RLE.dcm").file()
        let bytes = try FrameSource(file).stored(0)
        for count in stride(from: 0, to: bytes.count - 2, by: 97) {
            #expect(throws: RunLengthFrame.Damage.self) {
                try RunLengthFrame(Array(bytes.prefix(count)), columns: 64, rows: 64, segmentCount: 2)
            }
        }
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<300 {
            var mutant = bytes
            mutant[Int.random(in: 0..<mutant.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            _ = try? RunLengthFrame(mutant, columns: 64, rows: 64, segmentCount: 2)
        }
    }

    @Test func `a frame that says that it is larger than one may be is not read`() throws {
        let file = try PixelFixture(name: "MR_small_RLE.dcm").file()
        let edits: [Edit] = try [UInt16(0x0010), 0x0011].map { element in
            let tag = Tag(0x0028, element)
            let largest = NewElement(tag: tag, vr: .US, value: .bytes([0xFF, 0xFF]))
            return .replace(try #require(file.dataSet.child(tag)), largest)
        }
        let large = try DICOMFile(bytes: EditedDataSet(file, edits: edits).bytes())
        #expect(throws: UncleanablePixels("a frame is larger than one may be")) { try PixelLayout(large) }
    }

    @Test func `what the data set says of its pixels is what they are now`() throws {
        let file = try PixelFixture(name: "SC_rgb_jpeg_dcmtk.dcm").file()
        let after = try CleanedFile(file, [Self.shape], decodesLossy: false).result(of: file)
        #expect(after.text(.burnedInAnnotation) == "NO")
        #expect(after.text(Tag(0x0028, 0x2110)) == "01")
        #expect(after.text(Tag(0x0008, 0x0008))?.hasPrefix("DERIVED") ?? true)
    }

    @Test func `shapes outside of the image change nothing, and nothing is said of its text`() throws {
        let file = try PixelFixture(name: "CT_small.dcm").file()
        let outside = PixelShape.rectangle(left: 5000, top: 0, width: 9, height: 9)
        let cleaned = try CleanedFile(file, [outside], decodesLossy: false)
        #expect(cleaned.changedCount == 0)
        #expect(cleaned.edits.isEmpty)
    }

    @Test func `an image that is black in the area stays byte for byte but for what it says of itself`() throws {
        let file = try PixelFixture(name: "CT_small.dcm").file()
        let once = try CleanedFile(file, [Self.shape], decodesLossy: false).result(of: file)
        let twice = try CleanedFile(once, [Self.shape], decodesLossy: false)
        #expect(twice.changedCount == 0)
        #expect(try EditedDataSet(once, edits: twice.edits).bytes() == EditedDataSet(once, edits: []).bytes())
    }

    @Test func `an icon goes also where the area was black before: it may show what it was`() throws {
        let file = try PixelFixture(name: "CT_small.dcm").file()
        let once = try CleanedFile(file, [Self.shape], decodesLossy: false).result(of: file)
        let icon = NewElement(
            tag: Tag(0x0088, 0x0200), vr: .SQ,
            value: .items([[NewElement(tag: Tag(0x0028, 0x0010), vr: .US, value: .bytes([1, 0]))]]))
        let pictured = try DICOMFile(bytes: EditedDataSet(once, edits: [.insert(into: nil, icon)]).bytes())
        let twice = try CleanedFile(pictured, [Self.shape], decodesLossy: false)
        #expect(twice.changedCount == 0)
        #expect(try twice.result(of: pictured).dataSet.child(icon.tag) == nil)
    }

    /// An item with pixels of its own.
    private static let picture = [
        NewElement(tag: Tag(0x0028, 0x0010), vr: .US, value: .bytes([1, 0])),
        NewElement(tag: .pixelData, vr: .OW, value: .bytes(Array("QUILLFEATHER".utf8))),
    ]

    @Test(arguments: [Tag(0x0088, 0x0200), Tag(0x0009, 0x1010)])
    func `pictures within items go with the pixels that they may show`(_ inner: Tag) throws {
        let file = try PixelFixture(name: "CT_small.dcm").file()
        let item = [
            NewElement(tag: Tag(0x0008, 0x1155), vr: .UI, text: "1.2.3"),
            NewElement(tag: Tag(0x0009, 0x0010), vr: .LO, text: "QUILL"),
            NewElement(tag: inner, vr: .SQ, value: .items([Self.picture])),
        ].sorted { $0.tag < $1.tag }
        let outer = NewElement(tag: Tag(0x0008, 0x2112), vr: .SQ, value: .items([item]))
        let pictured = try DICOMFile(bytes: EditedDataSet(file, edits: [.insert(into: nil, outer)]).bytes())
        let cleaned = try CleanedFile(pictured, [Self.shape], decodesLossy: false)
        let bytes = try EditedDataSet(pictured, edits: cleaned.edits).bytes()
        #expect(!String(decoding: bytes, as: UTF8.self).contains("QUILLFEATHER"))
        #expect(cleaned.notes.contains { $0.contains("within items") })
    }

    @Test func `beside an overlay nobody says that there is no text`() throws {
        let file = try PixelFixture(name: "CT_small.dcm").file()
        let overlay = NewElement(tag: Tag(0x6000, 0x3000), vr: .OW, value: .bytes([1, 2]))
        let drawn = try DICOMFile(bytes: EditedDataSet(file, edits: [.insert(into: nil, overlay)]).bytes())
        let cleaned = try CleanedFile(drawn, [Self.shape], decodesLossy: false)
        #expect(try cleaned.result(of: drawn).text(.burnedInAnnotation) == drawn.text(.burnedInAnnotation))
        #expect(cleaned.notes.contains { $0.contains("overlay") })
    }

    @Test(arguments: ["JPEG2000.dcm", "JPEGLSNearLossless_08.dcm", "JPEGLSNearLossless_16.dcm"])
    func `pixels compressed with loss are decoded only when that is allowed, and lose no more`(_ name: String) throws {
        let file = try PixelFixture(name: name).file()
        #expect(throws: UncleanablePixels.self) { try CleanedFile(file, [Self.shape], decodesLossy: false) }
        let cleaned = try CleanedFile(file, [Self.shape], decodesLossy: true)
        let old = try FrameSource(file).image(0)
        let after = try cleaned.result(of: file)
        let new = try FrameSource(after).image(0)
        #expect(new.coding == .lossless)
        // Nothing in the frame says so any more.
        #expect(after.text(Tag(0x0028, 0x2110)) == "01")
        #expect(after.text(Tag(0x0028, 0x2114)) != nil && after.text(Tag(0x0008, 0x2111)) != nil)
        for (index, pair) in zip(old.values, new.values).enumerated() where pair.0 != pair.1 {
            let pixel = index / old.samples
            #expect((2..<11).contains(pixel / old.columns) && (3..<16).contains(pixel % old.columns))
        }
    }

    @Test func `a frame of RLE that is black already keeps what stands behind its runs when another one changes`()
        throws
    {
        let file = try PixelFixture(name: "SC_rgb_rle_2frame.dcm").file()
        let once = try CleanedFile(file, [Self.shape], decodesLossy: false).result(of: file)
        let tail = "QUILLFEATHER"
        let pixels = NewElement(
            tag: .pixelData, vr: .OB,
            value: .fragments([
                NewElement.Fragment(), NewElement.Fragment([.new(try FrameSource(file).stored(0))]),
                NewElement.Fragment([.new(try FrameSource(once).stored(1) + Array(tail.utf8))]),
            ]))
        let node = try #require(file.dataSet.child(.pixelData))
        let mixed = try DICOMFile(bytes: EditedDataSet(file, edits: [.replace(node, pixels)]).bytes())
        let cleaned = try CleanedFile(mixed, [Self.shape], decodesLossy: false)
        #expect(cleaned.changedCount == 1)
        let bytes = try EditedDataSet(mixed, edits: cleaned.edits).bytes()
        #expect(String(decoding: bytes, as: UTF8.self).contains(tail))
        #expect(try FrameSource(DICOMFile(bytes: bytes)).image(1).values == FrameSource(once).image(1).values)
    }

    @Test func `bytes behind pixels that are not compressed stay when pixels change`() throws {
        let (size, tail) = (20 * 16, "QUILLFEATHER")
        let image = try Self.image("MONOCHROME2", columns: 20, samples: 1, byteCount: size)
        let node = try #require(image.dataSet.child(.pixelData))
        let pixels = NewElement(
            tag: .pixelData, vr: .OB, value: .bytes([UInt8](repeating: 9, count: size) + Array(tail.utf8)))
        let file = try DICOMFile(bytes: EditedDataSet(image, edits: [.replace(node, pixels)]).bytes())
        let cleaned = try CleanedFile(file, [Self.shape], decodesLossy: false)
        #expect(cleaned.changedCount == 1)
        let after = try cleaned.result(of: file)
        let bytes = try after.bytes(of: #require(after.dataSet.child(.pixelData)))
        #expect(String(decoding: bytes.suffix(tail.utf8.count), as: UTF8.self) == tail)
    }

    /// The palette of an image, in which the second entry is the darkest.
    private static func palette(_ count: Int, _ vr: VR = .US, byteCount: Int) throws -> Palette {
        let table = [200, 200, 0, 0] + [UInt8](repeating: 200, count: max(0, byteCount - 4))
        var source = DataSetBuilder().text(Tag(0x0008, 0x0016), .UI, "1.2.840.10008.5.1.4.1.1.7")
            .text(Tag(0x0008, 0x0018), .UI, "1.2.3").integers(Tag(0x0028, 0x1101), vr, count, 0, 16)
        for element: UInt16 in 0x1201...0x1203 { source = source.bytes(Tag(0x0028, element), .OW, table) }
        return try Palette(DICOMFile(bytes: source.file()))
    }

    @Test func `a palette is as long as it says, and its number of entries has no sign`() throws {
        #expect(try Self.palette(256, byteCount: 512).darkestIndex == 1)
        #expect(try Self.palette(0, byteCount: 131_072).darkestIndex == 1)
        #expect(try Self.palette(-25_536, .SS, byteCount: 80_000).darkestIndex == 1)
        for byteCount in [4, 510, 514, 1024] {
            #expect(throws: UncleanablePixels.self) { try Self.palette(256, byteCount: byteCount) }
        }
    }

    @Test func `a palette that begins beyond all samples is refused`() throws {
        let table = [UInt8](repeating: 200, count: 510) + [0, 0]
        var source = DataSetBuilder().text(Tag(0x0008, 0x0016), .UI, "1.2.840.10008.5.1.4.1.1.7")
            .text(Tag(0x0008, 0x0018), .UI, "1.2.3")
            .text(Tag(0x0028, 0x1101), .IS, "256\\9223372036854775807\\16")
        for element: UInt16 in 0x1201...0x1203 { source = source.bytes(Tag(0x0028, element), .OW, table) }
        let file = try DICOMFile(bytes: source.file())
        #expect(throws: UncleanablePixels.self) { try Palette(file) }
    }

    /// An image that is not compressed, of 8 bits a sample.
    private static func image(
        _ photometric: String, columns: Int, samples: Int, planar: Int = 0, _ vr: VR = .OB,
        _ syntax: TransferSyntax = .explicitLittleEndian, byteCount: Int
    ) throws -> DICOMFile {
        let source = DataSetBuilder()
            .text(Tag(0x0008, 0x0016), .UI, "1.2.840.10008.5.1.4.1.1.7").text(Tag(0x0008, 0x0018), .UI, "1.2.3")
            .integers(Tag(0x0028, 0x0002), .US, samples).text(Tag(0x0028, 0x0004), .CS, photometric)
            .integers(Tag(0x0028, 0x0006), .US, planar)
            .integers(Tag(0x0028, 0x0010), .US, 16).integers(Tag(0x0028, 0x0011), .US, columns)
            .integers(Tag(0x0028, 0x0100), .US, 8).integers(Tag(0x0028, 0x0101), .US, 8)
            .integers(Tag(0x0028, 0x0102), .US, 7).integers(Tag(0x0028, 0x0103), .US, 0)
            .bytes(.pixelData, vr, (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 * 7) })
        return try DICOMFile(bytes: source.file(syntax))
    }

    @Test func `pixels that are not where their description says are refused`() throws {
        // As many bytes as pixels need that share no colours; pairs that a row cuts; planes that nobody defined.
        let shared = [
            try Self.image("YBR_FULL_422", columns: 20, samples: 3, byteCount: 20 * 16 * 3),
            try Self.image("YBR_FULL_422", columns: 21, samples: 3, byteCount: 21 * 16 * 2),
            try Self.image("YBR_FULL_422", columns: 20, samples: 3, planar: 1, byteCount: 20 * 16 * 2),
        ]
        for file in shared {
            #expect(throws: UncleanablePixels.self) { try CleanedFile(file, [Self.shape], decodesLossy: false) }
        }
        let sound = try Self.image("YBR_FULL_422", columns: 20, samples: 3, byteCount: 20 * 16 * 2)
        #expect(try CleanedFile(sound, [Self.shape], decodesLossy: false).changedCount == 1)
    }

    @Test func `cells of 8 bits in words whose higher byte comes first are refused`() throws {
        let words = try Self.image(
            "MONOCHROME2", columns: 20, samples: 1, .OW, .explicitBigEndian, byteCount: 20 * 16)
        #expect(throws: UncleanablePixels("its cells of 8 bits lie in big endian words of 16")) {
            try CleanedFile(words, [Self.shape], decodesLossy: false)
        }
        let bytes = try Self.image("MONOCHROME2", columns: 20, samples: 1, .OB, .explicitBigEndian, byteCount: 20 * 16)
        #expect(try CleanedFile(bytes, [Self.shape], decodesLossy: false).changedCount == 1)
    }

    @Test func `what lies outside of ultrasound regions goes, and without regions nothing is done`() throws {
        let file = try PixelFixture(name: "examples_rgb_color.dcm").file()
        #expect(throws: UncleanablePixels("it has no Sequence of Ultrasound Regions (0018,6011)")) {
            try CleanedFile(file, [.outsideUltrasoundRegions], decodesLossy: false)
        }
        let region = [(0x6018, 10), (0x601A, 20), (0x601C, 59), (0x601E, 49)].map { element, value in
            NewElement(
                tag: Tag(0x0018, UInt16(element)), vr: .UL,
                value: .bytes((0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }))
        }
        let sequence = NewElement(tag: Tag(0x0018, 0x6011), vr: .SQ, value: .items([region]))
        let ultrasound = try DICOMFile(bytes: EditedDataSet(file, edits: [.insert(into: nil, sequence)]).bytes())
        let after = try CleanedFile(ultrasound, [.outsideUltrasoundRegions], decodesLossy: false).result(of: ultrasound)
        let old = try FrameSource(ultrasound).image(0)
        let before = old.values, now = try FrameSource(after).image(0).values
        for pixel in 0..<old.columns * old.rows {
            let isIn = (10..<60).contains(pixel % old.columns) && (20..<50).contains(pixel / old.columns)
            let samples = pixel * 3..<pixel * 3 + 3
            if isIn ? now[samples] != before[samples] : Array(now[samples]) != [0, 0, 0] {
                Issue.record("pixel \(pixel) is another one")
                break
            }
        }
    }

    @Test func `an ultrasound region that ends beyond all numbers is refused`() throws {
        let file = try Self.image("MONOCHROME2", columns: 20, samples: 1, byteCount: 20 * 16)
        let region = [(0x6018, "0"), (0x601A, "0"), (0x601C, "9223372036854775807"), (0x601E, "9")].map {
            NewElement(tag: Tag(0x0018, UInt16($0)), vr: .IS, text: $1)
        }
        let sequence = NewElement(tag: Tag(0x0018, 0x6011), vr: .SQ, value: .items([region]))
        let ultrasound = try DICOMFile(bytes: EditedDataSet(file, edits: [.insert(into: nil, sequence)]).bytes())
        #expect(throws: UncleanablePixels("its Sequence of Ultrasound Regions (0018,6011) cannot be read")) {
            try CleanedFile(ultrasound, [.outsideUltrasoundRegions], decodesLossy: false)
        }
    }

    @Test func `an object of ten thousand frames is cleaned in constant memory`() throws {
        let (columns, rows) = (64, 48)
        let folder = try WorkFolder()
        func image(_ frames: Int) throws -> String {
            let picture = CodedImage.noise(columns: columns, rows: rows, samples: 1, bits: 8, seed: 2).bytes
            let source = DataSetBuilder()
                .text(Tag(0x0008, 0x0016), .UI, "1.2.840.10008.5.1.4.1.1.7.2").text(Tag(0x0008, 0x0018), .UI, "1.2.3")
                .integers(Tag(0x0028, 0x0002), .US, 1).text(Tag(0x0028, 0x0004), .CS, "MONOCHROME2")
                .text(Tag(0x0028, 0x0008), .IS, "\(frames)").integers(Tag(0x0028, 0x0010), .US, rows)
                .integers(Tag(0x0028, 0x0011), .US, columns).integers(Tag(0x0028, 0x0100), .US, 8)
                .integers(Tag(0x0028, 0x0101), .US, 8).integers(Tag(0x0028, 0x0102), .US, 7)
                .integers(Tag(0x0028, 0x0103), .US, 0)
                .bytes(.pixelData, .OB, (0..<frames).flatMap { _ in picture })
            return try folder.write("\(frames).dcm", source.file())
        }
        let command = URL(fileURLWithPath: try #require(WorkerProgram.installed("cordon-codec")).path)
            .deletingLastPathComponent().appendingPathComponent("cordon").path
        let script = """
            import resource, subprocess, sys
            words = [line for line in sys.stdin.read().split("\\n") if line]
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
            print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
            """
        func peak(_ frames: Int) throws -> Int {
            let words = [
                command, "pixels", "clean", "--rectangle", "0,0,64,8", try image(frames), folder["\(frames)-out.dcm"],
            ]
            return try #require(Int(Python.rows(script, input: words.joined(separator: "\n"))[0][0]))
        }
        let small = try peak(10), large = try peak(10_000)
        // 30 MB of pixels; in kilobytes.
        #expect(large < small + 12_000, "\(small) kB for ten frames, \(large) kB for ten thousand")
    }
}
