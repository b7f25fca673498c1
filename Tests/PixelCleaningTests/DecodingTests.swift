import DICOMCore
import DICOMFile
import Foundation
import TestSupport
import Testing

@testable import PixelCleaning

/// Every transfer syntax, frame by frame, beside what pydicom and DCMTK decode.
@Suite("Decoding beside others")
struct DecodingTests {
    /// The rows of a script are frames: file, number, and their decoded samples in hexadecimal digits, or `none`.
    private static let script = """
        import sys, pydicom, numpy
        from pydicom.pixels import pixel_array
        for path in sys.stdin.read().split("\\n"):
            if not path: continue
            ds = pydicom.dcmread(path, force=True)
            frames = int(ds.get("NumberOfFrames", 1) or 1)
            for number in range(min(frames, 3)):
                try:
                    data = pixel_array(ds, index=number, raw=True)
                    data = data.astype("<u2" if data.dtype.itemsize == 2 else "u1", copy=False)
                    print(path, number, data.tobytes().hex(), sep="\\t")
                except Exception as error:
                    print(path, number, "none", sep="\\t")
        """

    @Test func `frames decode to what pydicom decodes`() throws {
        let files = PixelFixture.all.compactMap { fixture in Fixtures.pydicom(fixture.name).map { (fixture, $0) } }
        let rows = try Python.rows(Self.script, input: files.map(\.1).joined(separator: "\n"))
        var compared = 0
        for row in rows where row.count == 3 && row[2] != "none" {
            let (fixture, _) = try #require(files.first { $0.1 == row[0] })
            let source = try FrameSource(try fixture.file())
            let number = try #require(Int(row[1]))
            let image = try source.image(number)
            let wanted = Python.bytes(row[2])
            // A subsampled native frame comes from pydicom with its differences repeated, as ours does.
            let limit = fixture.isLossy ? 2 : 0
            Self.compare(image, wanted, limit, fixture.name, source.layout)
            compared += 1
        }
        #expect(compared >= 15, "only \(compared) frames were compared")
    }

    /// Cells of what is signed or has other bits are compared by the bits stored.
    static func compare(_ image: CodedImage, _ wanted: [UInt8], _ limit: Int, _ name: String, _ layout: PixelLayout) {
        let width = wanted.count / max(1, image.columns * image.rows * image.samples)
        guard width == 1 || width == 2, wanted.count == image.columns * image.rows * image.samples * width else {
            Issue.record("\(name): another number of samples")
            return
        }
        let mask = 1 << layout.stored - 1
        let theirs = stride(from: 0, to: wanted.count, by: width).map {
            (width == 1 ? Int(wanted[$0]) : Int(wanted[$0]) | Int(wanted[$0 + 1]) << 8) & mask
        }
        let worst = zip(image.values, theirs).map { abs(($0 & mask) - $1) }.max() ?? 0
        #expect(worst <= limit, "\(name): samples differ by \(worst)")
    }

    /// DCMTK decodes to a file without compression; colours stay as they are in the stream.
    private static let tools: [(syntax: String, words: [String])] = [
        ("1.2.840.10008.1.2.5", ["dcmdrle"]), ("1.2.840.10008.1.2.4.80", ["dcmdjpls", "+cn"]),
        ("1.2.840.10008.1.2.4.81", ["dcmdjpls", "+cn"]), ("1.2.840.10008.1.2.4.50", ["dcmdjpeg", "+cn"]),
        ("1.2.840.10008.1.2.4.51", ["dcmdjpeg", "+cn"]), ("1.2.840.10008.1.2.4.57", ["dcmdjpeg", "+cn"]),
        ("1.2.840.10008.1.2.4.70", ["dcmdjpeg", "+cn"]),
    ]

    private static func compareWithDCMTK(_ file: DICOMFile, _ path: String, _ name: String) throws -> Bool {
        guard let tool = tools.first(where: { $0.syntax == file.transferSyntax.uid }) else { return false }
        let folder = try WorkFolder()
        let result = try Tool.run(tool.words + ["+pi", path, folder["out.dcm"]].filter { $0 != "+pi" })
        guard result.status == 0 else { return false }
        let plain = try FrameSource(DICOMFile(path: folder["out.dcm"]))
        let source = try FrameSource(file)
        for number in 0..<min(3, source.layout.frames) {
            let theirs = try plain.image(number)
            let ours = try source.image(number)
            let isLossy = ours.coding == .dct
            let mask = 1 << source.layout.stored - 1
            let worst = zip(ours.values, theirs.values).map { abs(($0 & mask) - ($1 & mask)) }.max() ?? 0
            #expect(ours.values.count == theirs.values.count)
            #expect(worst <= (isLossy ? 2 : 0), "\(name): samples differ by \(worst)")
        }
        return true
    }

    @Test func `frames decode to what DCMTK decodes`() throws {
        var compared = 0
        for fixture in PixelFixture.all {
            // Differences of colour that are fewer than pixels are drawn out by each in its own way.
            if ["SC_rgb_dcmtk_+eb+cy+s4.dcm", "examples_ybr_color.dcm", "SC_rgb_jpeg_dcmtk.dcm"].contains(fixture.name)
            {
                continue
            }
            guard let path = Fixtures.pydicom(fixture.name) else { continue }
            if try Self.compareWithDCMTK(try DICOMFile(path: path), path, fixture.name) { compared += 1 }
        }
        #expect(compared >= 5, "only \(compared) files were compared")
    }

    @Test(arguments: [["dcmcjpeg", "+e1"], ["dcmcjpeg", "+el"], ["dcmcjpls", "+el"], ["dcmcrle"]])
    func `frames that DCMTK coded without loss decode to what they were`(_ words: [String]) throws {
        for name in ["CT_small.dcm", "MR_small_implicit.dcm", "SC_rgb_small_odd.dcm"] {
            let path = try #require(Fixtures.pydicom(name))
            let folder = try WorkFolder()
            let result = try Tool.run(words + [path, folder["out.dcm"]])
            #expect(result.status == 0, "\(result.output)")
            let coded = try FrameSource(DICOMFile(path: folder["out.dcm"])).image(0)
            let plain = try FrameSource(DICOMFile(path: path))
            let mask = 1 << plain.layout.stored - 1
            #expect(coded.values.map { $0 & mask } == (try plain.image(0)).values.map { $0 & mask }, "\(name) \(words)")
        }
    }

    @Test func `every image of the corpus decodes as DCMTK decodes it, or says why not`() throws {
        guard ProcessInfo.processInfo.environment["CORDON_SOAK"] != nil else { return }
        var compared = 0, read = 0
        for entry in Corpus.entries where entry.isReal {
            guard let file = try? DICOMFile(path: entry.path), file.dataSet.child(.pixelData) != nil,
                file.transferSyntax.isEncapsulated
            else { continue }
            do throws(UncleanablePixels) {
                let source = try FrameSource(file)
                _ = try source.image(0)
                read += 1
            } catch {
                #expect(!error.reason.isEmpty)
                continue
            }
            let photometric = file.text(Tag(0x0028, 0x0004)) ?? ""
            if photometric.hasPrefix("YBR") { continue }
            if try Self.compareWithDCMTK(file, entry.path, entry.name) { compared += 1 }
        }
        #expect(Corpus.entries.isEmpty || compared >= 20, "\(compared) compared, \(read) read")
    }
}
