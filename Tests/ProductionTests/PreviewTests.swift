import DICOMCore
import DICOMFile
import Foundation
import TestSupport
import Testing

@testable import Production

@Suite struct PreviewTests {
    private func builder(
        _ kind: String, _ rows: Int, _ columns: Int, allocated: Int, stored: Int, signed: Int = 0, samples: Int = 1,
        frames: Int? = nil
    ) -> DataSetBuilder {
        var builder = DataSetBuilder()
            .text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.7").text(.sopInstanceUID, .UI, "1.2.3")
            .integers(Tag(0x0028, 0x0002), .US, samples).text(Tag(0x0028, 0x0004), .CS, kind)
        if samples == 3 { builder = builder.integers(Tag(0x0028, 0x0006), .US, 0) }
        if let frames { builder = builder.text(Tag(0x0028, 0x0008), .IS, String(frames)) }
        return builder.integers(Tag(0x0028, 0x0010), .US, rows).integers(Tag(0x0028, 0x0011), .US, columns)
            .integers(Tag(0x0028, 0x0100), .US, allocated).integers(Tag(0x0028, 0x0101), .US, stored)
            .integers(Tag(0x0028, 0x0102), .US, stored - 1).integers(Tag(0x0028, 0x0103), .US, signed)
    }

    /// Width, height, samples and rows of a PNG, by another reader.
    private func decoded(_ preview: Preview) throws -> [[Int]] {
        guard case .png(let bytes) = preview else { return [] }
        return try Python.rows(
            """
            import sys, struct, zlib
            data = bytes.fromhex(sys.stdin.read())
            assert data[:8] == b"\\x89PNG\\r\\n\\x1a\\n"
            place, packed = 8, b""
            while place < len(data):
                length, kind = struct.unpack(">I4s", data[place:place + 8])
                body = data[place + 8:place + 8 + length]
                assert zlib.crc32(kind + body) == struct.unpack(">I", data[place + 8 + length:place + 12 + length])[0]
                if kind == b"IHDR":
                    width, height, depth, color = struct.unpack(">IIBB", body[:10])
                packed += body if kind == b"IDAT" else b""
                place += 12 + length
            assert depth == 8 and kind == b"IEND"
            stride, rows = width * {0: 1, 2: 3}[color], zlib.decompress(packed)
            assert len(rows) == height * (stride + 1)
            for row in range(height):
                line = rows[row * (stride + 1):(row + 1) * (stride + 1)]
                assert line[0] == 0
                print("\\t".join(map(str, line[1:])))
            """, input: Python.hexadecimal(bytes)
        ).map { $0.compactMap { Int($0) } }
    }

    @Test func `sixteen bits are shown from the darkest to the brightest, overlays in high bits left out`() throws {
        let values = [0, 100, 200, 400].flatMap { [UInt8($0 & 255), UInt8($0 >> 8) | 0xF0] }
        let grey = builder("MONOCHROME2", 2, 2, allocated: 16, stored: 12).bytes(.pixelData, .OW, values)
        let file = try DICOMFile(bytes: grey.file(.explicitLittleEndian))
        #expect(try decoded(Preview.of(file)) == [[0, 64], [128, 255]])
        let inverted = builder("MONOCHROME1", 2, 2, allocated: 16, stored: 12).bytes(.pixelData, .OW, values)
        #expect(
            try decoded(Preview.of(DICOMFile(bytes: inverted.file(.explicitLittleEndian)))) == [[255, 191], [128, 0]])
        let bigEndian = try DICOMFile(bytes: grey.file(.explicitBigEndian))
        #expect(try decoded(Preview.of(bigEndian)) == [[0, 64], [128, 255]])
    }

    @Test func `signed values are rescaled and windowed as the data set says`() throws {
        let values = [-1000, -160, 40, 3000].flatMap { [UInt8($0 & 255), UInt8(($0 >> 8) & 255)] }
        let builder = builder("MONOCHROME2", 1, 4, allocated: 16, stored: 16, signed: 1)
            .text(Tag(0x0028, 0x1050), .DS, "40").text(Tag(0x0028, 0x1051), .DS, "400")
            .text(Tag(0x0028, 0x1052), .DS, "0").text(Tag(0x0028, 0x1053), .DS, "1").bytes(.pixelData, .OW, values)
        let rows = try decoded(Preview.of(DICOMFile(bytes: builder.file(.explicitLittleEndian))))
        #expect(rows == [[0, 0, 128, 255]])
    }

    @Test func `colour is shown by pixel or by plane, large pictures by their means, of the middle frame`() throws {
        let red: [UInt8] = [255, 0, 0], blue: [UInt8] = [0, 0, 255]
        let rgb = builder("RGB", 1, 2, allocated: 8, stored: 8, samples: 3, frames: 3)
            .bytes(.pixelData, .OB, blue + blue + (red + blue) + blue + blue)
        #expect(try decoded(Preview.of(DICOMFile(bytes: rgb.file(.explicitLittleEndian)))) == [[255, 0, 0, 0, 0, 255]])
        let pixels = (0..<320 * 321).map { (place: Int) -> UInt8 in place % 321 == 320 ? 255 : place % 2 == 0 ? 0 : 100
        }
        let large = builder("MONOCHROME2", 320, 321, allocated: 8, stored: 8)
            .bytes(.pixelData, .OB, pixels)
        let rows = try decoded(Preview.of(DICOMFile(bytes: large.file(.explicitLittleEndian))))
        #expect(rows.count == 107 && rows[0].count == 107)
    }

    @Test func `a jpeg baseline frame is put in as it is, and what is compressed otherwise is not shown`() throws {
        let frame: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 0xFF, 0xD9]
        let builder = builder("MONOCHROME2", 2, 2, allocated: 8, stored: 8)
            .fragments(.pixelData, .OB, [[], Array(frame[..<4]), Array(frame[4...])])
        let file = try DICOMFile(bytes: builder.file(TransferSyntax(uid: Preview.baseline)))
        guard case .jpeg(let bytes) = Preview.of(file) else {
            Issue.record("no frame")
            return
        }
        #expect(bytes == frame)
        let other = try DICOMFile(bytes: builder.file(TransferSyntax(uid: "1.2.840.10008.1.2.4.90")))
        guard case .none = Preview.of(other) else {
            Issue.record("a frame that browsers do not show")
            return
        }
    }

    @Test func `pixels that are fewer than their size says are not shown`() throws {
        for (rows, columns) in [(2, 3), (65_535, 65_535), (0, 2)] {
            let short = builder("MONOCHROME2", rows, columns, allocated: 16, stored: 16)
                .bytes(.pixelData, .OW, [UInt8](repeating: 1, count: 8))
            guard case .none = Preview.of(try DICOMFile(bytes: short.file(.explicitLittleEndian))) else {
                Issue.record("\(rows) by \(columns)")
                return
            }
        }
    }

    @Test func `of every real file there is a picture or a reason`() throws {
        var shown = 0
        for path in Fixtures.pydicomFiles {
            guard let file = try? DICOMFile(path: path) else { continue }
            if case .none = Preview.of(file) { continue }
            shown += 1
        }
        print("previews of \(shown) of \(Fixtures.pydicomFiles.count) files")
        #expect(Fixtures.pydicomFiles.isEmpty || shown > 20)
    }
}
