import DICOMCore
import DICOMFile
import Foundation
import RuleLanguage
import TestSupport
import Testing

import struct DICOMCore.Tag

@testable import Deidentification

/// Overlays in bits of the pixels, beside their samples.
@Suite struct OverlaysInPixelsTests {
    let passing: Deidentifier

    init() throws { passing = Deidentifier(try Profile.basic().passing()) }

    struct Cells: Sendable, CustomTestStringConvertible {
        var allocated = 16
        var stored = 12
        var high = 11
        var isSigned = false
        /// Of the overlay.
        var bit = 12
        var syntax = TransferSyntax.explicitLittleEndian

        var testDescription: String {
            "\(stored) of \(allocated) bits to \(high), \(isSigned ? "signed" : "unsigned"), \(syntax.uid)"
        }
    }

    static let cells: [Cells] = [
        TransferSyntax.explicitLittleEndian, .implicitLittleEndian, .explicitBigEndian,
        TransferSyntax(uid: "1.2.840.10008.1.2.1.99"),
    ].flatMap { syntax in
        [
            Cells(syntax: syntax), Cells(isSigned: true, bit: 15, syntax: syntax),
            Cells(stored: 10, high: 12, bit: 0, syntax: syntax),
            Cells(stored: 10, high: 12, isSigned: true, bit: 14, syntax: syntax),
            Cells(allocated: 8, stored: 7, high: 6, bit: 7, syntax: syntax),
            Cells(allocated: 8, stored: 6, high: 5, isSigned: true, bit: 6, syntax: syntax),
        ]
    }

    /// 64 times 48 cells of two frames, with a word drawn in the overlay's bit, one byte of text behind them if asked for.
    private func file(
        _ cells: Cells, overlay: DataSetBuilder? = nil, behind: [UInt8] = [], pixelVR: VR = .OW
    ) -> [UInt8] {
        var generator = SeededGenerator(seed: 9)
        var pixels: [UInt8] = []
        let letters = Array("DOE^JANE".utf8)
        for index in 0..<(64 * 48 * 2) {
            var cell = Int(truncatingIfNeeded: generator.next()) & (1 << cells.stored) - 1
            cell <<= cells.high + 1 - cells.stored
            let isDrawn = letters[index / 8 % letters.count] >> UInt8(index % 8) & 1 == 1
            if isDrawn { cell |= 1 << cells.bit }
            pixels += (0..<cells.allocated / 8).map { UInt8(truncatingIfNeeded: cell >> ($0 * 8)) }
        }
        let image = DataSetBuilder().integers(Tag(0x0028, 0x0002), .US, 1)
            .text(Tag(0x0028, 0x0004), .CS, "MONOCHROME2").text(Tag(0x0028, 0x0008), .IS, "2")
            .integers(Tag(0x0028, 0x0010), .US, 48).integers(Tag(0x0028, 0x0011), .US, 64)
            .integers(Tag(0x0028, 0x0100), .US, cells.allocated).integers(Tag(0x0028, 0x0101), .US, cells.stored)
            .integers(Tag(0x0028, 0x0102), .US, cells.high)
            .integers(Tag(0x0028, 0x0103), .US, cells.isSigned ? 1 : 0)
        let claim =
            overlay
            ?? DataSetBuilder().integers(Tag(0x6000, 0x0010), .US, 48).integers(Tag(0x6000, 0x0011), .US, 64)
            .integers(Tag(0x6000, 0x0100), .US, cells.allocated).integers(Tag(0x6000, 0x0102), .US, cells.bit)
        return DataSetBuilder(DataSetBuilder.instance().parts + image.parts + claim.parts)
            .bytes(.pixelData, pixelVR, pixels + behind).file(cells.syntax)
    }

    @Test(arguments: cells) func `the overlay goes, the samples stay, and readers see their sign`(cells: Cells) throws {
        let bytes = file(cells)
        let reason = try passing.reason(bytes)
        let output = try #require(try passing.output(bytes), "\(reason ?? "")")
        #expect(!output.file.dataSet.nodes.contains { $0.tag.group == 0x6000 })
        #expect(output.said.notes.contains { $0.contains("(7FE0,0010)") && $0.contains("overlay") })
        guard Fixtures.python != nil else { return print("skipped: no Python") }
        let folder = try Folder()
        let before = folder.path + "/before.dcm", after = folder.path + "/after.dcm"
        try Data(bytes).write(to: URL(fileURLWithPath: before))
        try Data(output.bytes).write(to: URL(fileURLWithPath: after))
        let rows = try Python.rows(
            """
            import numpy as np, pydicom
            before, after = [pydicom.dcmread(p) for p in ('\(before)', '\(after)')]
            n, high, stored = before.BitsAllocated, before.HighBit, before.BitsStored
            def cells(ds):
                kind = ('u1' if n == 8 else ('<u2' if ds.original_encoding[1] else '>u2'))
                data = ds.PixelData
                # Bytes of a big-endian OW stand in words.
                if n == 8 and not ds.original_encoding[1]: data = np.frombuffer(data, '>u2').astype('<u2').tobytes()
                return np.frombuffer(data, kind).astype('i8')
            def samples(c):
                s = (c >> (high + 1 - stored)) & ((1 << stored) - 1)
                return np.where((before.PixelRepresentation == 1) & (s >> (stored - 1) == 1), s - (1 << stored), s)
            a, b = cells(before), cells(after)
            same = np.array_equal(samples(a), samples(b))
            # What a reader that knows of cells alone takes for the number.
            whole = b.astype('u1' if n == 8 else 'u2').view({(8,0):'u1',(8,1):'i1',(16,0):'u2',(16,1):'i2'}[(n, before.PixelRepresentation)])
            plain = np.array_equal(whole.astype('i8'), samples(a) << (high + 1 - stored))
            differs = not np.array_equal(a, b)
            print(same, plain, differs, len(a) == len(b), sep='\\t')
            """)
        #expect(rows == [["True", "True", "True", "True"]])
    }

    @Test func `what stands behind the pixels goes, too`() throws {
        let output = try #require(try passing.output(file(Cells(), behind: Array("DOE^JANE".utf8))))
        let plain = try #require(try passing.output(file(Cells())))
        let pixels = try [output, plain].map { try $0.file.bytes(of: #require($0.file.dataSet.child(.pixelData))) }
        #expect(pixels[0] == pixels[1])
        #expect(output.said.notes.contains { $0.contains("behind the pixels; an overlay") })
    }

    @Test func `an overlay that cannot be told from the samples is not passed`() throws {
        func claim(_ allocated: Int?, _ bit: Int?, group: UInt16 = 0x6000) -> DataSetBuilder {
            var builder = DataSetBuilder()
            if let allocated { builder = builder.integers(Tag(group, 0x0100), .US, allocated) }
            if let bit { builder = builder.integers(Tag(group, 0x0102), .US, bit) }
            return builder
        }
        for overlay in [claim(16, 11), claim(16, 0), claim(16, nil), claim(nil, 4)] {
            #expect(try passing.reason(file(Cells(), overlay: overlay))?.contains("overlay") == true)
        }
        for overlay in [claim(16, 12, group: 0x601E), claim(nil, 15)] {
            #expect(try passing.output(file(Cells(), overlay: overlay)) != nil)
        }
        let words = Cells(allocated: 32, stored: 16, high: 15, bit: 20)
        #expect(try passing.reason(file(words))?.contains("overlay") == true)
        #expect(
            try passing.reason(file(Cells(syntax: .explicitBigEndian), pixelVR: .OB))?.contains("overlay") == true)
        let compressed = DataSetBuilder(DataSetBuilder.instance().parts + claim(16, 12).parts)
            .fragments(.pixelData, .OB, [[], Streams.jpeg()]).file(TransferSyntax(uid: "1.2.840.10008.1.2.4.70"))
        #expect(try passing.reason(compressed)?.contains("compressed") == true)
    }

    @Test func `a separate overlay goes and leaves the pixels alone`() throws {
        let separate = DataSetBuilder().integers(Tag(0x6000, 0x0100), .US, 1).integers(Tag(0x6000, 0x0102), .US, 0)
            .bytes(Tag(0x6000, 0x3000), .OW, [0xFF, 0xFF])
        let bytes = file(Cells(), overlay: separate)
        let output = try #require(try passing.output(bytes))
        #expect(!output.file.dataSet.nodes.contains { $0.tag.group == 0x6000 })
        let original = try DICOMFile(bytes: bytes)
        #expect(
            try output.file.bytes(of: #require(output.file.dataSet.child(.pixelData)))
                == original.bytes(of: #require(original.dataSet.child(.pixelData))))
    }

    @Test func `a profile that keeps overlays keeps them in the pixels`() throws {
        let keeping = Deidentifier(Profile.of([], anything: .keep, burnedIn: .pass))
        let bytes = file(Cells())
        let output = try #require(try keeping.output(bytes))
        let original = try DICOMFile(bytes: bytes)
        #expect(
            try output.file.bytes(of: #require(output.file.dataSet.child(.pixelData)))
                == original.bytes(of: #require(original.dataSet.child(.pixelData))))
        #expect(output.file.dataSet.nodes.contains { $0.tag.group == 0x6000 })
    }
}
