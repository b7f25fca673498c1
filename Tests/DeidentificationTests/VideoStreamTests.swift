import DICOMCore
import DICOMFile
import TestSupport
import Testing

@testable import Deidentification

/// What is no picture in a video, overwritten in its place.
@Suite struct VideoStreamTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var coding: VideoCoding
        var make: @Sendable (VideoBuilder) -> [UInt8]

        var dirty: [UInt8] { make(VideoBuilder(isClean: false)) }
        var clean: [UInt8] { make(VideoBuilder(isClean: true)) }
    }

    static let h264 = NALUnits.Coding.h264(isStereo: false)

    static var samples: [Sample] {
        let codings: [(String, NALUnits.Coding, VideoCoding, UInt8)] = [
            ("H.264", h264, .h264(isStereo: false), 0x1B), ("HEVC", .hevc, .hevc, 0x24),
        ]
        var result: [Sample] = [
            Sample(testDescription: "MPEG-2", coding: .mpeg2) { $0.mpeg2() },
            Sample(testDescription: "MPEG-2, program stream", coding: .mpeg2) { $0.program($0.mpeg2()) },
            Sample(testDescription: "MPEG-2, transport stream", coding: .mpeg2) { $0.transport($0.mpeg2(), kind: 2) },
        ]
        for (name, units, coding, kind) in codings {
            result += [
                Sample(testDescription: name, coding: coding) { VideoBuilder.annexB($0.units(units)) },
                Sample(testDescription: "\(name), short start codes", coding: coding) {
                    VideoBuilder.annexB($0.units(units), long: false)
                },
                Sample(testDescription: "\(name), program stream", coding: coding) {
                    $0.program(VideoBuilder.annexB($0.units(units)))
                },
                Sample(testDescription: "\(name), transport stream", coding: coding) {
                    $0.transport(VideoBuilder.annexB($0.units(units)), kind: kind)
                },
                Sample(testDescription: "\(name), transport stream of 192 bytes", coding: coding) {
                    $0.transport(VideoBuilder.annexB($0.units(units)), kind: kind, timed: true)
                },
                Sample(testDescription: "\(name), MP4", coding: coding) { $0.mp4(units) },
                Sample(testDescription: "\(name), MP4 with its index first", coding: coding) {
                    $0.mp4(units, lengths: 2, isIndexFirst: true)
                },
            ]
        }
        return result
    }

    /// What becomes of a stream in fragments of so many bytes; the reason, when it is sequestered.
    static func cleaned(
        _ stream: [UInt8], _ coding: VideoCoding, fragment size: Int = .max
    ) -> Result<[UInt8], Sequestration> {
        // Fragments stand apart in the file, behind a header each.
        var file: [UInt8] = []
        var fragments: [Range<Int>] = []
        for start in stride(from: 0, to: stream.count, by: min(size, stream.count)) {
            let part = stream[start..<min(stream.count, start + min(size, stream.count))]
            file += [0xFE, 0xFF, 0, 0xE0, 1, 2, 3, 4] + part
            fragments.append(file.count - part.count..<file.count)
        }
        let bytes = file
        let reader = FragmentReader(fragments) { Array(bytes[$0]) }
        do throws(Sequestration) {
            let parts = try VideoStream.overwriting(reader, coding).fragments(fragments)
            #expect(parts.map(\.byteCount) == fragments.map(\.count))
            return .success(
                parts.flatMap(\.parts).flatMap { part -> [UInt8] in
                    switch part {
                    case .new(let new): new
                    case .original(let range): Array(bytes[range])
                    }
                })
        } catch {
            return .failure(error)
        }
    }

    @Test(arguments: samples) func `planted text is overwritten, all else stays`(sample: Sample) throws {
        let result = try Self.cleaned(sample.dirty, sample.coding).get()
        #expect(sample.dirty.contains(VideoBuilder.marker))
        #expect(!result.contains(VideoBuilder.marker))
        let expected = sample.clean
        #expect(result.count == expected.count)
        let differs = zip(result, expected).enumerated().filter { $0.element.0 != $0.element.1 }.map(\.offset)
        #expect(differs == [])
    }

    @Test(arguments: samples) func `a clean stream is not touched`(sample: Sample) throws {
        #expect(try Self.cleaned(sample.clean, sample.coding).get() == sample.clean)
    }

    @Test(arguments: samples) func `however it is cut into fragments, the same comes of it`(sample: Sample) throws {
        let dirty = sample.dirty, clean = sample.clean
        for size in Array(1...9) + [60, 187, 188, 189, 500, dirty.count / 2] {
            #expect(try Self.cleaned(dirty, sample.coding, fragment: size).get() == clean, "\(size)")
        }
    }

    /// Whatever is cut off, what is left of the text is gone or the stream is not passed.
    @Test(arguments: samples) func `a stream that ends early leaks nothing`(sample: Sample) throws {
        let dirty = sample.dirty
        var passed = 0
        for count in stride(from: 1, to: dirty.count, by: dirty.count > 1500 ? 7 : 1) {
            guard case .success(let result) = Self.cleaned(Array(dirty[..<count]), sample.coding) else { continue }
            passed += 1
            #expect(!result.contains(VideoBuilder.marker.prefix(8).map { $0 }), "\(count)")
        }
        // An index behind the data is needed to the end.
        #expect(passed > 0 || sample.testDescription.contains("MP4"))
    }
}
