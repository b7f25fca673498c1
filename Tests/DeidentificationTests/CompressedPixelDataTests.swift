import DICOMCore
import DICOMFile
import TestSupport
import Testing

import struct DICOMCore.Tag

@testable import Deidentification

/// Streams of marker segments, made by hand.
enum Streams {
    static func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
        [0xFF, marker, UInt8((content.count + 2) >> 8), UInt8((content.count + 2) & 255)] + content
    }

    static func jpeg(_ extra: [UInt8] = [], scan: [UInt8] = [1, 0xFF, 0, 0xFF, 0xD0, 2], late: [UInt8] = []) -> [UInt8]
    {
        [0xFF, 0xD8] + segment(0xDB, [0, 1]) + extra + segment(0xC0, [8, 0, 1]) + segment(0xDA, [1, 2]) + scan + late
            + [0xFF, 0xD9]
    }

    static func j2k(_ extra: [UInt8] = [], tile: [UInt8] = [], tileLength: Int? = nil, ends: Bool = true) -> [UInt8] {
        let data: [UInt8] = [1, 2, 3, 0xFF, 0x7F]
        let length = tileLength ?? 12 + tile.count + 2 + data.count
        return [0xFF, 0x4F] + segment(0x51, [0, 0]) + extra
            + segment(0x90, [0, 0, 0, 0, UInt8(length >> 8), UInt8(length & 255), 0, 1]) + tile + [0xFF, 0x93] + data
            + (ends ? [0xFF, 0xD9] : [])
    }

    static func box(_ kind: String, _ content: [UInt8]) -> [UInt8] {
        [0, 0, 0, UInt8(content.count + 8)] + Array(kind.utf8) + content
    }
}

@Suite struct CompressedPixelDataTests {
    private let name = Array("DOE^JANE".utf8)

    /// What is left of a stream in fragments of so many bytes, all frames in one; nil when it is sequestered.
    private func cleaned(
        _ stream: [UInt8], _ coding: CompressedPixelData.Coding, fragment size: Int = .max, segment: Int? = nil
    ) -> (frames: [[UInt8]], isChanged: Bool)? {
        cleaned(
            stride(from: 0, to: stream.count, by: min(size, stream.count)).map {
                Array(stream[$0..<min(stream.count, $0 + min(size, stream.count))])
            }, coding, segment: segment)
    }

    private func cleaned(
        _ fragments: [[UInt8]], _ coding: CompressedPixelData.Coding, segment: Int? = nil
    ) -> (frames: [[UInt8]], isChanged: Bool)? {
        let stream = fragments.flatMap { $0 }
        var ranges: [Range<Int>] = []
        for fragment in fragments {
            let start = ranges.last?.upperBound ?? 0
            ranges.append(start..<start + fragment.count)
        }
        let read: (Range<Int>) -> [UInt8]? = { Array(stream[$0]) }
        guard
            let result = try? CompressedPixelData.frames(ranges, coding, runLengthSegment: segment, read: read)
        else { return nil }
        let reader = FragmentReader(ranges, read: read)
        let frames = result.frames.map { frame in
            frame.parts.flatMap { part in
                switch part {
                case .new(let bytes): bytes
                case .stream(let range): reader.ranges(of: range).flatMap { stream[$0] }
                }
            }
        }
        return (frames, result.isChanged)
    }

    @Test func `frames with nothing but pixels stay as they are, however they are cut into fragments`() {
        let jfif = Streams.segment(0xE0, Array("JFIF\0".utf8) + [1, 2, 0, 0, 1, 0, 1, 0, 0])
        let adobe = Streams.segment(0xEE, Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, 1])
        let jpeg = Streams.jpeg()
        for (stream, count) in [
            (jpeg, 1), (Streams.jpeg(jfif + adobe), 1), (jpeg + [0] + jpeg + [0], 2), (jpeg + [0xFF, 0xFF], 1),
        ] {
            for size in 1...stream.count {
                let result = cleaned(stream, .jpeg, fragment: size)
                #expect(result?.isChanged == false && result?.frames.count == count)
            }
        }
        let j2k = Streams.j2k()
        for (stream, count) in [(j2k, 1), (j2k + [0] + j2k, 2), (Streams.j2k(tileLength: 0), 1)] {
            for size in 1...stream.count {
                let result = cleaned(stream, .jpeg2000, fragment: size)
                #expect(result?.isChanged == false && result?.frames.count == count)
            }
        }
        #expect(cleaned(Streams.j2k(ends: false), .jpeg2000)?.isChanged == false)
        #expect(cleaned([Streams.j2k(ends: false), j2k], .jpeg2000)?.frames.count == 2)
    }

    @Test func `comments and application segments of any frame are taken out, however it is cut`() {
        let extras = [
            Streams.segment(0xFE, name), Streams.segment(0xE1, Array("Exif\0\0".utf8) + name),
            Streams.segment(0xE0, Array("JFXX\0".utf8) + name),
            Streams.segment(0xE2, Array("ICC_PROFILE\0".utf8) + name),
            Streams.segment(0xEE, Array("Adobe".utf8) + name), Streams.segment(0xFE, []),
            [0xFF, 0xFF] + Streams.segment(0xFE, name),
        ]
        for extra in extras {
            for (stream, count) in [
                (Streams.jpeg(extra), 1), (Streams.jpeg(late: extra), 1), (Streams.jpeg() + Streams.jpeg(extra), 2),
                (Streams.jpeg() + [0] + Streams.jpeg(extra, late: extra) + [0], 2),
            ] {
                for size in 1...stream.count {
                    let result = cleaned(stream, .jpeg, fragment: size)
                    #expect(result?.frames == Array(repeating: Streams.jpeg(), count: count))
                    #expect(result?.isChanged == true)
                }
            }
        }
        let comment = Streams.segment(0x64, [0, 1] + name)
        for (stream, count) in [(Streams.j2k(comment), 1), (Streams.j2k() + Streams.j2k(comment), 2)] {
            for size in 1...stream.count {
                let result = cleaned(stream, .jpeg2000, fragment: size)
                #expect(result?.frames == Array(repeating: Streams.j2k(), count: count))
            }
        }
    }

    @Test func `a thumbnail goes and its header stays`() {
        let version: [UInt8] = [1, 2, 0, 0, 1, 0, 1]
        let with = Streams.segment(0xE0, Array("JFIF\0".utf8) + version + [1, 2] + [65, 66, 67, 68, 69, 70])
        let without = Streams.segment(0xE0, Array("JFIF\0".utf8) + version + [0, 0])
        #expect(cleaned(Streams.jpeg(with), .jpeg)?.frames == [Streams.jpeg(without)])
    }

    @Test func `a comment in the header of a tile-part becomes blanks, so that lengths hold`() {
        let comment = Streams.segment(0x64, [0, 1] + name)
        let blank = Streams.segment(0x64, [0, 1] + [UInt8](repeating: 0x20, count: name.count))
        let stream = Streams.j2k(tile: comment)
        for size in 1...stream.count {
            #expect(cleaned(stream, .jpeg2000, fragment: size)?.frames == [Streams.j2k(tile: blank)])
        }
    }

    @Test func `bytes before, between and behind frames go`() {
        let inside = Streams.jpeg() + Streams.jpeg()
        for stray in [name, [0, 0, 0x44], [0xFF, 0x44], name + inside] {
            for (frame, coding) in [(Streams.jpeg(), CompressedPixelData.Coding.jpeg), (Streams.j2k(), .jpeg2000)] {
                #expect(cleaned([frame + stray], coding)?.frames == [frame])
                #expect(cleaned([frame + stray, frame + stray], coding)?.frames == [frame, frame])
                #expect(cleaned([frame, name, frame], coding)?.frames == [frame, frame])
                #expect(cleaned([frame + stray], coding)?.isChanged == true)
            }
        }
        #expect(cleaned([name + Streams.jpeg()], .jpeg)?.frames == [Streams.jpeg()])
        #expect(cleaned([name + Streams.j2k()], .jpeg2000)?.frames == [Streams.j2k()])
    }

    @Test func `the boxes of a file are taken off a codestream, unless it needs them`() {
        let head = JPEG2000Boxes.signature + Streams.box("ftyp", Array("jp2 ".utf8))
        let header = Streams.box("ihdr", [0, 0]) + Streams.box("colr", [1, 0, 0, 0, 0, 0, 16])
        let xml = Streams.box("xml ", name)
        let plain = head + Streams.box("jp2h", header) + xml + Streams.box("jp2c", Streams.j2k()) + xml
        #expect(cleaned([plain, plain], .jpeg2000)?.frames == [Streams.j2k(), Streams.j2k()])
        #expect(cleaned([plain], .jpeg2000)?.isChanged == true)
        let palette = Streams.box("jp2h", header + Streams.box("pclr", [1]))
        #expect(cleaned([head + palette + Streams.box("jp2c", Streams.j2k())], .jpeg2000) == nil)
        for count in 13..<plain.count - xml.count - 2 { #expect(cleaned([Array(plain[..<count])], .jpeg2000) == nil) }
    }

    @Test func `a stream that ends early or that nobody knows is not passed`() {
        let whole = Streams.jpeg()
        for count in 3..<whole.count { #expect(cleaned(Array(whole[..<count]), .jpeg) == nil, "\(count)") }
        let tiles = Streams.j2k()
        for count in 4..<tiles.count - 2 { #expect(cleaned(Array(tiles[..<count]), .jpeg2000) == nil, "\(count)") }
        #expect(cleaned(Streams.jpeg(Streams.segment(0xBF, name)), .jpeg) == nil)
        #expect(cleaned(Streams.j2k(Streams.segment(0x54, name)), .jpeg2000) == nil)
        #expect(cleaned(Streams.jpeg(Streams.segment(0xF8, [9] + name)), .jpegLS) == nil)
    }

    @Test func `JPEG-LS data are told from its markers`() {
        // In JPEG-LS 0xFF 0x7E is data; in JPEG it would begin a segment.
        let scan: [UInt8] = [1, 0xFF, 0x7E, 5]
        #expect(cleaned(Streams.jpeg(scan: scan), .jpegLS)?.isChanged == false)
        #expect(
            cleaned(Streams.jpeg(Streams.segment(0xFE, name), scan: scan), .jpegLS)?.frames == [
                Streams.jpeg(scan: scan)
            ])
    }

    @Test func `bytes that no run accounts for are cut out of RLE`() {
        func header(_ offsets: [Int]) -> [UInt8] {
            ([offsets.count] + offsets + [Int](repeating: 0, count: 15 - offsets.count)).flatMap { number in
                (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
            }
        }
        // Four bytes: a run of three and one alone; three and one, literally.
        let first: [UInt8] = [254, 7, 0, 8], second: [UInt8] = [2, 1, 2, 3, 0, 4]
        let sound = header([64, 68]) + first + second
        #expect(cleaned([sound, sound], .runLength, segment: 4)?.isChanged == false)
        #expect(cleaned([header([64]) + first + [0]], .runLength, segment: 4)?.isChanged == false)
        let stray = [
            header([64, 68]) + first + second + name, header([64, 76]) + first + name + second,
            header([72, 76]) + name + first + second,
            Array(header([64, 68])[..<60]) + [0x44, 0x4F, 0x45, 0x20] + first + second,
        ]
        for frame in stray {
            #expect(cleaned([sound, frame], .runLength, segment: 4)?.frames == [sound, sound])
        }
        #expect(cleaned([header([64])], .runLength, segment: 4)?.isChanged == false)
        for bad in [header([]), header([9]), header([64, 300]), header([68, 64]) + first, Array(sound[..<60])] {
            #expect(cleaned([bad], .runLength, segment: 4) == nil)
        }
    }

    @Test func `random damage neither crashes nor lets a comment through`() {
        var generator = SeededGenerator(seed: 5)
        let comment = Streams.segment(0xFE, name), tileComment = Streams.segment(0x64, [0, 1] + name)
        let seeds: [([UInt8], CompressedPixelData.Coding)] = [
            (Streams.jpeg(comment) + Streams.jpeg(comment), .jpeg),
            (Streams.jpeg(comment, scan: [1, 0xFF, 0x7E, 5]), .jpegLS),
            (Streams.j2k(tileComment, tile: tileComment) + Streams.j2k(tileComment), .jpeg2000),
            (JPEG2000Boxes.signature + Streams.box("xml ", name) + Streams.box("jp2c", Streams.j2k()), .jpeg2000),
        ]
        var passed = 0
        for round in 0..<4000 {
            let (seed, coding) = seeds[round % seeds.count]
            var stream = seed
            for _ in 0...generator.below(3) {
                let at = generator.below(stream.count)
                switch generator.below(3) {
                case 0: stream[at] = UInt8(truncatingIfNeeded: generator.next())
                case 1: stream.remove(at: at)
                default: stream.insert([0xFF, 0xD8, 0xD9, 0x4F, 0, 2][generator.below(6)], at: at)
                }
            }
            guard let result = cleaned(stream, coding, fragment: generator.below(stream.count) + 1) else { continue }
            passed += 1
            // What is kept decodes as itself: a second cleaning finds nothing. A damaged marker may make of a comment
            // something that belongs to the image, never two images of one.
            let again = cleaned(result.frames, coding)
            #expect(again?.frames == result.frames)
            #expect(again?.isChanged == false || result.frames.joined().contains(0x64))
        }
        #expect(passed > 100)
    }

    @Test func `a stream that cannot be read is not passed`() {
        for coding in [CompressedPixelData.Coding.jpeg, .jpegLS, .jpeg2000, .runLength] {
            #expect(throws: Sequestration.self) {
                try CompressedPixelData.frames([0..<100], coding, runLengthSegment: 4) { _ in nil }
            }
        }
    }

    @Test(arguments: ["1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.7.1", "1.2.3.4", "1.2.840.10008.1.2.4.110"])
    func `transfer syntaxes that may carry text are not passed`(uid: String) {
        guard case .unknown = CompressedPixelData.coding(of: TransferSyntax(uid: uid)) else {
            Issue.record("\(uid) is taken for a known coding")
            return
        }
    }

    @Test func `items are found, the offset table is not a fragment`() throws {
        func item(_ bytes: [UInt8]) -> [UInt8] { [0xFE, 0xFF, 0, 0xE0, UInt8(bytes.count), 0, 0, 0] + bytes }
        let value = item([1, 2, 3, 4]) + item([5, 6]) + item([]) + item([7, 8])
        let items = try #require(EncapsulatedItems(in: 0..<value.count) { Array(value[$0]) })
        #expect(items.offsetTable == 8..<12)
        #expect(items.fragments == [20..<22, 30..<30, 38..<40])
        #expect(items.areOffsets([]) && items.areOffsets([0, 18]) && items.areOffsets([0, 10, 18]))
        #expect(!items.areOffsets([0, 12]) && !items.areOffsets([10]) && !items.areOffsets([0, 18, 10]))
        #expect(EncapsulatedItems(in: 0..<7) { Array(value[$0]) } == nil)
        let broken = item([1, 2]) + [0xFE, 0xFF, 0, 0xE0, 200, 0, 0, 0, 1]
        #expect(EncapsulatedItems(in: 0..<broken.count) { Array(broken[$0]) } == nil)
    }
}
