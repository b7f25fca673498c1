import DICOMCore
import DICOMFile
import Foundation
import RuleLanguage
import TestSupport
import Testing

import struct DICOMCore.Tag

@testable import Deidentification

/// Pixel Data as a whole: what is written in place of it.
@Suite struct PixelDataTests {
    let passing: Deidentifier

    init() throws { passing = Deidentifier(try Profile.basic().passing()) }

    private let comment = Streams.segment(0xFE, Array("DOE^JANE".utf8))

    private func file(
        _ items: [[UInt8]], frames: Int = 1, syntax: String = "1.2.840.10008.1.2.4.70",
        extra: DataSetBuilder = DataSetBuilder()
    ) -> [UInt8] {
        DataSetBuilder(
            DataSetBuilder.instance().text(Tag(0x0028, 0x0008), .IS, "\(frames)").parts
                + extra.fragments(.pixelData, .OB, items).parts
        ).file(TransferSyntax(uid: syntax))
    }

    private func items(_ output: Output) throws -> [[UInt8]] {
        let node = output.file.dataSet.nodes[try #require(output.file.dataSet.child(.pixelData))]
        let read: (Range<Int>) -> [UInt8]? = { try? output.file.bytes(in: $0) }
        let items = try #require(EncapsulatedItems(in: node.valueStart..<node.valueEnd, read: read))
        return try ([items.offsetTable] + items.fragments).map { try #require(read($0)) }
    }

    private func numbers(_ values: [Int], width: Int) -> [UInt8] {
        values.flatMap { value in (0..<width).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
    }

    private func even(_ bytes: [UInt8]) -> [UInt8] { bytes.count % 2 == 0 ? bytes : bytes + [0] }

    @Test func `frames in many fragments become one each, and offset tables are made for them`() throws {
        let dirty = Streams.jpeg(comment), clean = even(Streams.jpeg())
        let parts = [Array(dirty[..<8]), Array(dirty[8..<15]) + [0], Array(dirty[15...])]
        // A fragment's padding within a frame would be data of the scan, so that only even ones are cut.
        let first = [parts[0], Array(dirty[8..<14]), Array(dirty[14...])]
        for table in [[], numbers([0, 1], width: 4), Array("DOE^JANE".utf8)] {
            let output = try #require(try passing.output(file([table] + first + [dirty], frames: 2)))
            let expected = table.isEmpty ? [] : numbers([0, clean.count + 8], width: 4)
            #expect(try items(output) == [expected, clean, clean])
            #expect(!output.bytes.contains("DOE^JANE"))
            #expect(output.said.notes.contains { $0.contains("(7FE0,0010)") })
        }
    }

    @Test func `an extended offset table is made anew with its lengths`() throws {
        let dirty = even(Streams.jpeg(comment)), clean = Streams.jpeg()
        let tables = DataSetBuilder()
            .bytes(Tag(0x7FE0, 0x0001), .OV, numbers([0, dirty.count + 8], width: 8))
            .bytes(Tag(0x7FE0, 0x0002), .OV, numbers([dirty.count, dirty.count], width: 8))
        let output = try #require(try passing.output(file([[], dirty, dirty], frames: 2, extra: tables)))
        #expect(try items(output) == [[], even(clean), even(clean)])
        let size = even(clean).count
        let offsets = try #require(output.file.dataSet.child(Tag(0x7FE0, 0x0001)))
        let lengths = try #require(output.file.dataSet.child(Tag(0x7FE0, 0x0002)))
        #expect(try output.file.bytes(of: offsets) == numbers([0, size + 8], width: 8))
        #expect(try output.file.bytes(of: lengths) == numbers([size, size], width: 8))
    }

    @Test func `sound pixel data is not touched, tables that are none are made anew`() throws {
        let frame = even(Streams.jpeg())
        let sound = file([numbers([0, frame.count + 8], width: 4), frame, frame], frames: 2)
        let output = try #require(try passing.output(sound))
        #expect(output.said.notes.allSatisfy { !$0.contains("7FE0") })
        let text = Array("DOE JANE".utf8)
        let broken = try #require(try passing.output(file([text, frame, frame], frames: 2)))
        #expect(try items(broken) == [numbers([0, frame.count + 8], width: 4), frame, frame])
        let extended = DataSetBuilder().bytes(Tag(0x7FE0, 0x0001), .OV, text).bytes(Tag(0x7FE0, 0x0002), .OV, text)
        #expect(try passing.output(file([[], frame], extra: extended))?.bytes.contains("DOE JANE") == false)
    }

    @Test func `a compressed stream that is no sequence of fragments is not passed`() throws {
        func output(_ pixels: [UInt8]) throws -> Output? {
            try passing.output(
                DataSetBuilder(
                    DataSetBuilder.instance().integers(Tag(0x0028, 0x0010), .US, 8)
                        .integers(Tag(0x0028, 0x0011), .US, 8).integers(Tag(0x0028, 0x0100), .US, 8).parts
                ).bytes(.pixelData, .OB, pixels).file(TransferSyntax(uid: "1.2.840.10008.1.2.4.50")))
        }
        #expect(try output(even(Streams.jpeg(comment))) == nil)
        #expect(try output(even(Streams.jpeg(comment)) + [UInt8](repeating: 7, count: 64)) == nil)
        #expect(try output([UInt8](repeating: 7, count: 64)) != nil)
    }

    @Test func `images that are not as many as frames are not guessed at`() throws {
        #expect(try passing.reason(file([[], Streams.jpeg(comment)], frames: 2))?.contains("images") == true)
        #expect(
            try passing.reason(file([[], Streams.jpeg(comment) + Streams.jpeg(comment)]))?.contains("images") == true)
        #expect(try passing.reason(file([[], Streams.jpeg()], frames: 2)) == nil)
    }

    @Test func `one frame of RLE in several fragments is one frame`() throws {
        let header = [1, 64].flatMap { numbers([$0], width: 4) } + [UInt8](repeating: 0, count: 56)
        let frame = header + [254, 7, 0, 8]
        let size = DataSetBuilder().integers(Tag(0x0028, 0x0010), .US, 2).integers(Tag(0x0028, 0x0011), .US, 2)
            .integers(Tag(0x0028, 0x0100), .US, 8)
        func output(_ fragments: [[UInt8]]) throws -> Output {
            let bytes = file([[]] + fragments, syntax: "1.2.840.10008.1.2.5", extra: size)
            return try #require(try passing.output(bytes))
        }
        #expect(try items(output([Array(frame[..<66]), Array(frame[66...])])).count == 3)
        let dirty = frame + Array("DOE^JANE".utf8)
        #expect(try items(output([Array(dirty[..<66]), Array(dirty[66...])])) == [[], frame])
    }

    /// A comment in each place of every compressed file that Python decodes: pixels come out the same.
    @Test func `real files decode to the same pixels when comments were in every frame`() throws {
        guard let python = Fixtures.python else { return print("skipped: no Python") }
        let folder = try Folder()
        let script = folder.path + "/plant.py"
        try Data(Self.plant.utf8).write(to: URL(fileURLWithPath: script))
        let paths = Fixtures.pydicomFiles + Corpus.entries.filter(\.isReal).map(\.path)
        var candidates = ""
        for path in paths {
            guard let file = try? DICOMFile(path: path), file.transferSyntax.isEncapsulated, file.size < 2 << 20,
                file.dataSet.child(.pixelData) != nil
            else { continue }
            candidates += path + "\n"
        }
        let list = folder.path + "/list"
        try Data(candidates.utf8).write(to: URL(fileURLWithPath: list))
        // Plants and gives pairs: the original, the planted.
        _ = try PlantedIdentityTests.run(python, [script, "plant", list, folder.path])
        let planted = Fixtures.files(under: folder.path).filter { $0.hasSuffix(".planted") }
        var changed = 0
        for path in planted {
            guard let file = try? DICOMFile(path: path) else { continue }
            guard let output = try passing.output(file) else {
                if case .sequester(let reason) = passing.deidentify(file) { print("sequestered: \(reason)") }
                continue
            }
            #expect(!output.bytes.contains("DOE^JANE"), "\(path)")
            try Data(output.bytes).write(to: URL(fileURLWithPath: path + ".out"))
            changed += 1
        }
        let said = try PlantedIdentityTests.run(python, [script, "compare", list, folder.path])
        print("pixels: \(planted.count) files planted, \(changed) cleaned; \(said)")
        #expect(said.contains("different 0"))
        #expect(planted.isEmpty || changed > planted.count / 2)
    }

    private static let plant = """
        import sys, os, struct, warnings, logging
        warnings.simplefilter('ignore'); logging.disable(logging.CRITICAL)
        import numpy as np, pydicom
        from pydicom.encaps import generate_frames, encapsulate
        COM = b'\\xff\\xfe\\x00\\x0aDOE^JANE'; EXIF = b'\\xff\\xe1\\x00\\x10Exif\\x00\\x00DOE^JANE'
        J2K = b'\\xff\\x64\\x00\\x0c\\x00\\x01DOE^JANE'
        mode, listing, folder = sys.argv[1:]
        paths = [p for p in open(listing).read().split('\\n') if p]
        same = different = 0
        def dirty(frame, syntax):
            if syntax.startswith('1.2.840.10008.1.2.4.9') or syntax.startswith('1.2.840.10008.1.2.4.20'):
                if frame[:4] != b'\\xff\\x4f\\xff\\x51': return frame
                at = 4 + struct.unpack('>H', frame[4:6])[0]
                return frame[:at] + J2K + frame[at:] + b'DOE^JANE'
            if syntax == '1.2.840.10008.1.2.5': return frame + b'DOE^JANE'
            return frame[:2] + COM + EXIF + frame[2:] + b'DOE^JANE'
        for number, path in enumerate(paths):
            target = '%s/%d.planted' % (folder, number)
            try:
                before = pydicom.dcmread(path, force=True)
                if mode == 'plant':
                    syntax = str(before.file_meta.TransferSyntaxUID)
                    before.pixel_array
                    n = int(before.get('NumberOfFrames', 1) or 1)
                    frames = [dirty(f, syntax) for f in generate_frames(before.PixelData, number_of_frames=n)]
                    before.PixelData = encapsulate(frames, fragments_per_frame=1 if syntax.endswith('2.5') else 2)
                    before.save_as(target, enforce_file_format=False)
                elif os.path.exists(target + '.out'):
                    after = pydicom.dcmread(target + '.out')
                    if np.array_equal(before.pixel_array, after.pixel_array): same += 1
                    else: different += 1; print('differs', path)
            except Exception as error:
                if mode == 'compare': different += 1; print('error', path, error)
        print('same', same, 'different', different)
        """
}
