@testable import DICOMWeb
import DICOMCore
import DICOMFile
import TestSupport
import Testing

@Suite struct `Frames` {
    private func image(_ frames: Int, bits: Int, _ pixels: DataSetBuilder) -> DataSetBuilder {
        DataSetBuilder(
            [
                .element(.sopInstanceUID, .UI, Array("1.2".utf8)),
                .element(Tag(0x0028, 0x0002), .US, [1, 0]),
                .element(Tag(0x0028, 0x0008), .IS, Array("\(frames)".utf8)),
                .element(Tag(0x0028, 0x0010), .US, [3, 0]),
                .element(Tag(0x0028, 0x0011), .US, [3, 0]),
                .element(Tag(0x0028, 0x0100), .US, [UInt8(bits), 0]),
            ] + pixels.parts)
    }

    @Test func `native frames are cut by their size`() async throws {
        let pixels = (0..<54).map { UInt8($0) }
        let file = try DICOMFile(bytes: image(3, bits: 16, DataSetBuilder().bytes(.pixelData, .OW, pixels)).file())
        let index = try #require(FrameIndex(file))
        #expect(index.frames.count == 3)
        #expect(try await index.bytes(of: 1, in: file).collectBytes() == Array(pixels[18..<36]))
        #expect(index.length(of: 2) == 18)
    }

    @Test func `big endian frames are given in little endian order`() async throws {
        let pixels = (0..<18).map { UInt8($0) }
        let file = try DICOMFile(
            bytes: image(1, bits: 16, DataSetBuilder().bytes(.pixelData, .OW, pixels)).file(.explicitBigEndian))
        let index = try #require(FrameIndex(file))
        #expect(try await index.bytes(of: 0, in: file).collectBytes() == pixels)
    }

    @Test func `frames of one bit begin within a byte`() async throws {
        // Nine bits a frame: 1 0 1 0 1 0 1 0 1, then nine ones, then nine zeros.
        var bits = [1, 0, 1, 0, 1, 0, 1, 0, 1] + [Int](repeating: 1, count: 9) + [Int](repeating: 0, count: 9)
        bits += [Int](repeating: 0, count: 5)
        let bytes = stride(from: 0, to: 32, by: 8).map { start in
            (0..<8).reduce(UInt8(0)) { $0 | UInt8(bits[start + $1] << $1) }
        }
        let file = try DICOMFile(bytes: image(3, bits: 1, DataSetBuilder().bytes(.pixelData, .OB, bytes)).file())
        let index = try #require(FrameIndex(file))
        #expect(try await index.bytes(of: 0, in: file).collectBytes() == [0x55, 0x01])
        #expect(try await index.bytes(of: 1, in: file).collectBytes() == [0xFF, 0x01])
        #expect(try await index.bytes(of: 2, in: file).collectBytes() == [0, 0])
    }

    @Test func `fragments make frames by number, by the offset table, and not by guessing`() async throws {
        func index(_ count: Int, _ fragments: [[UInt8]]) throws -> (FrameIndex?, DICOMFile) {
            let file = try DICOMFile(
                bytes: image(count, bits: 8, DataSetBuilder().fragments(.pixelData, .OB, fragments))
                    .file(TransferSyntax(uid: "1.2.840.10008.1.2.4.50")))
            return (FrameIndex(file), file)
        }
        let (one, file) = try index(1, [[], [1, 2], [3, 4]])
        #expect(try await one?.bytes(of: 0, in: file).collectBytes() == [1, 2, 3, 4])
        #expect(try index(2, [[], [1, 2], [3, 4]]).0?.frames.count == 2)
        // Offsets 0 and 20: the second frame begins with the third fragment.
        let (split, whole) = try index(2, [[0, 0, 0, 0, 20, 0, 0, 0], [1, 2], [3, 4], [5, 6]])
        #expect(try await split?.bytes(of: 0, in: whole).collectBytes() == [1, 2, 3, 4])
        #expect(try await split?.bytes(of: 1, in: whole).collectBytes() == [5, 6])
        #expect(try index(2, [[], [1, 2], [3, 4], [5, 6]]).0 == nil)
        #expect(try index(2, [[0, 0, 0, 0, 9, 0, 0, 0], [1, 2], [3, 4], [5, 6]]).0 == nil)
    }

    @Test func `many small frames are told from each other without a place for each`() async throws {
        let count = 1 << 20
        let file = try DICOMFile(
            bytes: DataSetBuilder([
                .element(.sopInstanceUID, .UI, Array("1.2".utf8)), .element(Tag(0x0028, 0x0002), .US, [1, 0]),
                .element(Tag(0x0028, 0x0008), .IS, Array("\(count)".utf8)),
                .element(Tag(0x0028, 0x0010), .US, [1, 0]), .element(Tag(0x0028, 0x0011), .US, [1, 0]),
                .element(Tag(0x0028, 0x0100), .US, [8, 0]),
            ]).bytes(.pixelData, .OB, [UInt8](repeating: 0, count: count - 1) + [7]).file())
        let index = try #require(FrameIndex(file))
        #expect(index.frames.count == count)
        #expect(try await index.bytes(of: count - 1, in: file).collectBytes() == [7])
        #expect(index.runs(of: count) == [])
        #expect(index.runs(of: -1) == [])
    }

    @Test func `compressed frames without fragments of their own are none, however many are said`() throws {
        let pixels = DataSetBuilder().fragments(.pixelData, .OB, [[], [1, 2], [3, 4]])
        for count in [3, 1 << 24] {
            let file = try DICOMFile(
                bytes: image(count, bits: 8, pixels).file(TransferSyntax(uid: "1.2.840.10008.1.2.4.50")))
            #expect(FrameIndex(file) == nil)
        }
    }

    @Test func `a frame of more bits than can be counted is none`() throws {
        let most: [UInt8] = [0xFF, 0xFF]
        let header = DataSetBuilder([
            .element(.sopInstanceUID, .UI, Array("1.2".utf8)),
            .element(Tag(0x0028, 0x0002), .US, most),
            .element(Tag(0x0028, 0x0010), .US, most),
            .element(Tag(0x0028, 0x0011), .US, most),
            .element(Tag(0x0028, 0x0100), .US, most),
        ])
        #expect(FrameIndex(try DICOMFile(bytes: header.bytes(.pixelData, .OW, [1, 2]).file())) == nil)
    }

    @Test func `pixels that are too short for their frames are not cut`() throws {
        let file = try DICOMFile(
            bytes: image(4, bits: 8, DataSetBuilder().bytes(.pixelData, .OB, [UInt8](repeating: 1, count: 30))).file())
        #expect(FrameIndex(file) == nil)
    }
}
