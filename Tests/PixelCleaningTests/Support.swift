import DICOMCore
import DICOMEncoding
import DICOMFile
import Foundation
import RuleLanguage
import TestSupport
import Testing
import struct DICOMCore.Tag

@testable import PixelCleaning

/// The codecs that were built beside the tests.
let codecs = PixelCodecs.installed

/// pydicom's images, each of another kind.
struct PixelFixture: Sendable, CustomTestStringConvertible {
    var name: String
    /// Whether each decoder rounds as it likes.
    var isLossy = false
    var testDescription: String { name }

    static let all = [
        PixelFixture(name: "CT_small.dcm"), PixelFixture(name: "MR_small_bigendian.dcm"),
        PixelFixture(name: "MR_small_implicit.dcm"), PixelFixture(name: "image_dfl.dcm"),
        PixelFixture(name: "MR_small_RLE.dcm"), PixelFixture(name: "SC_rgb_rle_2frame.dcm"),
        PixelFixture(name: "SC_rgb_rle_16bit_2frame.dcm"), PixelFixture(name: "MR_small_jpeg_ls_lossless.dcm"),
        PixelFixture(name: "MR_small_jp2klossless.dcm"), PixelFixture(name: "examples_palette.dcm"),
        PixelFixture(name: "SC_ybr_full_422_uncompressed.dcm"), PixelFixture(name: "SC_rgb_small_odd.dcm"),
        PixelFixture(name: "SC_rgb_small_odd_jpeg.dcm", isLossy: true),
        PixelFixture(name: "SC_rgb_jpeg_dcmtk.dcm", isLossy: true),
        PixelFixture(name: "JPGExtended.dcm", isLossy: true),
        PixelFixture(name: "SC_rgb_dcmtk_+eb+cy+s4.dcm", isLossy: true),
        PixelFixture(name: "examples_ybr_color.dcm", isLossy: true),
    ]

    func file() throws -> DICOMFile {
        try DICOMFile(path: #require(Fixtures.pydicom(name), "pydicom's test files are not there"))
    }
}

/// A folder of its own for each test, gone with it.
final class WorkFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "cordon-pixels-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let place = path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: place))
        return place
    }

    subscript(_ name: String) -> String { path + "/" + name }
}

/// A program of others, run on a thread of its own, to its end.
enum Tool {
    struct Result: Sendable {
        var status: Int32
        var output: String
    }

    static func run(_ words: [String], in folder: String? = nil) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = (try? output.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        return Result(status: process.terminationStatus, output: String(decoding: data, as: UTF8.self))
    }
}

extension CodedImage {
    /// Samples as numbers, pixel by pixel.
    var values: [Int] {
        stride(from: 0, to: bytes.count, by: sampleByteCount).map {
            sampleByteCount == 1 ? Int(bytes[$0]) : Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8
        }
    }

    /// A picture of noise, the same for the same seed.
    static func noise(columns: Int, rows: Int, samples: Int, bits: Int, seed: UInt64) -> CodedImage {
        var generator = SeededGenerator(seed: seed)
        let count = columns * rows * samples
        var bytes: [UInt8] = []
        var value = 0
        for _ in 0..<count {
            // Steps from one to the next, so that there is something to compress.
            value = (value + Int.random(in: -9...9, using: &generator)) & (1 << bits - 1)
            bytes.append(UInt8(truncatingIfNeeded: value))
            if bits > 8 { bytes.append(UInt8(truncatingIfNeeded: value >> 8)) }
        }
        return CodedImage(columns: columns, rows: rows, samples: samples, bits: bits, bytes: bytes)
    }
}

extension CleanedFile {
    /// The file that it makes.
    func result(of file: DICOMFile) throws -> DICOMFile {
        try DICOMFile(bytes: EditedDataSet(file, edits: edits).bytes())
    }
}
