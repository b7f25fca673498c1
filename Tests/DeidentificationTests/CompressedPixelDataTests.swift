import DICOMCore
import Testing

@testable import Deidentification

@Suite struct CompressedPixelDataTests {
    /// The stream in fragments of so many bytes, read in the file's own way.
    private func objection(_ stream: [UInt8], _ coding: CompressedPixelData.Coding, fragment size: Int = .max)
        -> String?
    {
        var ranges: [Range<Int>] = []
        var start = 0
        while start < stream.count {
            let end = size < stream.count - start ? start + size : stream.count
            ranges.append(start..<end)
            start = end
        }
        return CompressedPixelData.objection(FragmentReader(ranges) { Array(stream[$0]) }, coding)
    }

    private func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
        [0xFF, marker, UInt8((content.count + 2) >> 8), UInt8((content.count + 2) & 255)] + content
    }

    private func jpeg(_ extra: [UInt8] = [], scan: [UInt8] = [1, 0xFF, 0, 0xFF, 0xD0, 2], ends: Bool = true) -> [UInt8]
    {
        [0xFF, 0xD8] + segment(0xDB, [0, 1]) + extra + segment(0xC0, [8, 0, 1]) + segment(0xDA, [1, 2]) + scan
            + (ends ? [0xFF, 0xD9] : [])
    }

    private func j2k(_ extra: [UInt8] = [], tileLength: Int? = nil, data: [UInt8] = [1, 2, 3, 0xFF, 0x7F]) -> [UInt8] {
        let length = tileLength ?? 12 + 2 + data.count
        return [0xFF, 0x4F] + segment(0x51, [0, 0]) + extra
            + segment(0x90, [0, 0, 0, 0, UInt8(length >> 8), UInt8(length & 255), 0, 1]) + [0xFF, 0x93] + data
            + [0xFF, 0xD9]
    }

    @Test func `frames with nothing but pixels pass, however they are cut into fragments`() {
        let jfif = segment(0xE0, Array("JFIF\0".utf8) + [1, 2, 0, 0, 1, 0, 1, 0, 0])
        let adobe = segment(0xEE, Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, 1])
        let encoder = segment(0xFE, Array("LEAD Technologies Inc. V1.01\0".utf8))
        for stream in [jpeg(), jpeg(jfif + adobe + encoder), jpeg() + [0] + jpeg() + [0], jpeg() + [0xFF, 0xFF]] {
            for size in 1...stream.count { #expect(objection(stream, .jpeg, fragment: size) == nil) }
        }
        let openjpeg = segment(0x64, [0, 1] + Array("Created by OpenJPEG version 2.5.0".utf8))
        for stream in [j2k(), j2k(openjpeg), j2k() + [0] + j2k(), j2k(tileLength: 0)] {
            for size in 1...stream.count { #expect(objection(stream, .jpeg2000, fragment: size) == nil) }
        }
    }

    @Test func `a comment or an application segment in any frame is found, however it is cut`() {
        let extras = [
            segment(0xFE, Array("DOE^JANE".utf8)), segment(0xE1, Array("Exif\0\0".utf8) + [1, 2]),
            segment(0xE0, Array("JFXX\0".utf8) + [UInt8](repeating: 0, count: 9)),
            segment(0xE0, Array("JFIF\0".utf8) + [1, 2, 0, 0, 1, 0, 1, 1, 1, 65, 66, 67]),
            segment(0xE2, Array("ICC_PROFILE\0".utf8)), segment(0xFE, Array("LEAD Technologies Inc. V1.01 DOE".utf8)),
            segment(0xBF, Array("DOE".utf8)),
        ]
        for extra in extras {
            for stream in [jpeg(extra), jpeg() + jpeg(extra), jpeg() + [0] + jpeg(extra)] {
                for size in 1...stream.count { #expect(objection(stream, .jpeg, fragment: size) != nil) }
            }
        }
        let comment = segment(0x64, [0, 1] + Array("DOE^JANE".utf8))
        for stream in [j2k(comment), j2k() + j2k(comment)] {
            for size in 1...stream.count { #expect(objection(stream, .jpeg2000, fragment: size) != nil) }
        }
    }

    @Test func `a comment in the header of a tile-part is found`() {
        let comment = segment(0x64, [0, 1] + Array("DOE".utf8))
        let tile = segment(0x90, [0, 0, 0, 0, 0, UInt8(12 + comment.count + 4), 0, 1]) + comment + [0xFF, 0x93, 1, 2]
        #expect(objection([0xFF, 0x4F] + tile + [0xFF, 0xD9], .jpeg2000) == "compressed pixel data carries a comment")
    }

    @Test func `bytes behind the last frame are found`() {
        for tail in [Array("DOE^JANE".utf8), [0, 0, 0x44], [0xFF, 0x44]] {
            #expect(objection(jpeg() + tail, .jpeg) != nil)
            #expect(objection(j2k() + tail, .jpeg2000) != nil)
        }
        #expect(objection(Array("\0\0\0\u{0C}jP  ".utf8) + j2k(), .jpeg2000) != nil)
    }

    @Test func `a stream that ends early is not taken for a sound one`() {
        let whole = jpeg()
        for count in 2..<whole.count - 2 { #expect(objection(Array(whole[..<count]), .jpeg) != nil, "\(count)") }
        let tiles = j2k()
        for count in 2..<tiles.count { #expect(objection(Array(tiles[..<count]), .jpeg2000) != nil, "\(count)") }
    }

    @Test func `JPEG-LS data are told from its markers`() {
        // In JPEG-LS 0xFF 0x7E is data; in JPEG it would begin a segment.
        #expect(objection(jpeg(scan: [1, 0xFF, 0x7E, 5]), .jpegLS) == nil)
        #expect(objection(jpeg(segment(0xFE, Array("DOE".utf8)), scan: [1, 0xFF, 0x7E, 5]), .jpegLS) != nil)
    }

    @Test func `a stream that cannot be read is not passed`() {
        let reader = FragmentReader([0..<10]) { _ in nil }
        #expect(CompressedPixelData.objection(reader, .jpeg) != nil)
        #expect(CompressedPixelData.objection(reader, .jpeg2000) != nil)
    }

    @Test(arguments: ["1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.107", "1.2.3.4", "1.2.840.10008.1.2.4.110"])
    func `transfer syntaxes that may carry text are not passed`(uid: String) {
        guard case .unknown = CompressedPixelData.coding(of: TransferSyntax(uid: uid)) else {
            Issue.record("\(uid) is taken for a known coding")
            return
        }
    }

    @Test func `fragments are found, the offset table is not one`() {
        func item(_ bytes: [UInt8]) -> [UInt8] { [0xFE, 0xFF, 0, 0xE0, UInt8(bytes.count), 0, 0, 0] + bytes }
        let value = item([1, 2, 3, 4]) + item([5, 6]) + item([]) + item([7, 8])
        #expect(FragmentReader.fragments(in: 0..<value.count) { Array(value[$0]) } == [20..<22, 30..<30, 38..<40])
        #expect(FragmentReader.fragments(in: 0..<7) { Array(value[$0]) } == nil)
        let broken = item([1, 2]) + [0xFE, 0xFF, 0, 0xE0, 200, 0, 0, 0, 1]
        #expect(FragmentReader.fragments(in: 0..<broken.count) { Array(broken[$0]) } == nil)
    }
}
