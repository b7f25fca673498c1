import DICOMCore
import DICOMFile
import Foundation
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
        var isElementary: Bool { !testDescription.contains("MP4") && !testDescription.contains(" stream") }
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
                    case .spilled(let spill, let range): spill.bytes(in: range) ?? []
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
            if sample.isElementary { #expect(try Self.cleaned(result, sample.coding).get() == result, "\(count)") }
            #expect(!result.contains(VideoBuilder.marker.prefix(8).map { $0 }), "\(count)")
        }
        // An index behind the data is needed to the end.
        #expect(passed > 0 || sample.testDescription.contains("MP4"))
    }

    /// What stays after damage is stated to be pictures: a second cleaning finds nothing.
    @Test(arguments: samples) func `random damage neither crashes nor leaves what could be told`(sample: Sample) throws
    {
        var generator = SeededGenerator(seed: 11)
        let dirty = sample.dirty
        var leaks = 0
        for _ in 0..<150 {
            var stream = dirty
            for _ in 0...generator.below(2) {
                let at = generator.below(stream.count)
                switch generator.below(4) {
                case 0: stream[at] = UInt8(truncatingIfNeeded: generator.next())
                case 1: stream[at] ^= 1 << UInt8(generator.below(8))
                case 2: stream.remove(at: at)
                default: stream.insert([0, 1, 3, 0x47, 0xB2, 0xFF][generator.below(6)], at: at)
                }
            }
            guard case .success(let result) = Self.cleaned(stream, sample.coding, fragment: 333) else { continue }
            if result.contains(VideoBuilder.marker) {
                leaks += 1
                if sample.isElementary { #expect(Self.isInPicture(VideoBuilder.marker, result, sample.coding)) }
            }
            #expect(try Self.cleaned(result, sample.coding).get() == result)
        }
        #expect(leaks < 5 || sample.isElementary)
    }

    /// Whether bytes stand within what their unit states to be of a picture, or a header with tables.
    private static func isInPicture(_ bytes: [UInt8], _ stream: [UInt8], _ coding: VideoCoding) -> Bool {
        guard let place = Data(stream).range(of: Data(bytes)),
            let start = Data(stream[..<place.lowerBound]).range(of: Data([0, 0, 1]), options: .backwards)
        else { return false }
        let code = stream[start.upperBound]
        switch coding {
        case .mpeg2: return code <= 0xAF || code == 0xB3 || code == 0xB5
        case .h264: return [1, 2, 3, 4, 5, 7, 8, 13].contains(code & 0x1F)
        case .hevc: return [Array(0...9), Array(16...21), Array(32...34)].joined().contains(code >> 1)
        }
    }

    /// Payloads of bytes that need escapes: as many are left without them, and no start code comes about.
    @Test(arguments: [NALUnits.Coding.h264(isStereo: false), .hevc])
    func `escapes keep their places`(coding: NALUnits.Coding) throws {
        var generator = SeededGenerator(seed: 3)
        let builder = VideoBuilder(isClean: true)
        let head: [UInt8] = coding == .hevc ? [0x4E, 1] : [0x06]
        let unknown: [UInt8] = coding == .hevc ? [0x7E, 1] : [0x1F]
        for round in 0..<2000 {
            let payload = (0..<generator.below(20) + 1).map { _ in
                [UInt8]([0, 0, 0, 1, 2, 3, 4, 0x44])[generator.below(8)]
            }
            let next = VideoBuilder.message(coding == .hevc ? 1 : 6, [UInt8(generator.below(5))])
            let type = [4, 5, 200, 1000][generator.below(4)]
            let unit: [UInt8]
            if round % 4 == 0 {
                unit = unknown + VideoBuilder.escaped(payload + [0x80])
            } else {
                let before = generator.below(2) == 0 ? VideoBuilder.message(0, [0, 0]) : []
                unit = head + VideoBuilder.escaped(before + VideoBuilder.message(type, payload) + next + [0x80])
            }
            let units = builder.units(coding)
            let stream = VideoBuilder.annexB(units + [unit] + units, long: false)
            let video: VideoCoding = coding == .hevc ? .hevc : .h264(isStereo: false)
            let result = try Self.cleaned(stream, video, fragment: generator.below(40) + 1).get()
            #expect(result.count == stream.count)
            let start = VideoBuilder.annexB(units, long: false).count
            #expect(result.prefix(start + 3) == stream.prefix(start + 3))
            #expect(result.suffix(start) == stream.suffix(start))
            let cleaned = Array(result[(start + 3)..<(start + 3 + unit.count)])
            #expect(Self.payload(cleaned).count == Self.payload(unit).count, "\(unit) \(cleaned)")
            #expect(!cleaned.contains([0, 0, 0]) && !cleaned.contains([0, 0, 1]) && !cleaned.contains([0, 0, 2]))
            #expect(!cleaned.contains(0x44) && !cleaned.contains(4) || round % 4 != 0)
        }
    }

    private static func payload(_ bytes: [UInt8]) -> [UInt8] {
        var unit = NALUnit()
        for (index, byte) in bytes.enumerated() { unit.append(byte, index) }
        return unit.payload(from: 0).bytes
    }

    @Test func `what cannot be looked into is not passed`() throws {
        let builder = VideoBuilder(isClean: true)
        let units = VideoBuilder.annexB(builder.units(Self.h264))
        let h264 = VideoCoding.h264(isStereo: false)
        func reason(_ stream: [UInt8], _ coding: VideoCoding) -> String? {
            guard case .failure(let error) = Self.cleaned(stream, coding) else { return nil }
            return error.reason
        }
        #expect(reason(units, .mpeg2) != nil)
        #expect(reason(builder.mpeg2(), h264) != nil)
        #expect(reason(builder.transport(units, kind: 0x24), h264)?.contains("otherwise") == true)
        #expect(reason(builder.transport(units, kind: 0x1B, sound: 0x0F), h264)?.contains("sound") == true)
        #expect(reason(builder.transport(units, kind: 0x1B, sound: 0x24), h264)?.contains("otherwise") == true)
        #expect(reason(builder.mp4(Self.h264, handler: "soun"), h264)?.contains("sound") == true)
        #expect(reason(builder.mp4(Self.h264), .hevc)?.contains("otherwise") == true)
        let file = builder.mp4(Self.h264)
        let parted = file.prefix(24) + VideoBuilder.box("moof", []) + file.dropFirst(24)
        #expect(reason(Array(parted), h264)?.contains("fragments") == true)
        #expect(reason(builder.program(builder.mpeg2()) + [0, 0, 1, 0xC0, 0, 1, 7], .mpeg2)?.contains("sound") == true)
        let short: [UInt8] = [0, 0, 1, 0xBB, 0, 3, 0x80, 0, 1]
        #expect(reason(builder.program(builder.mpeg2()) + short, .mpeg2)?.contains("damaged") == true)
        #expect(reason(Array("RIFF AVI LIST".utf8), h264)?.contains("none of") == true)
        #expect(reason(VideoBuilder.annexB([[0x67] + VideoBuilder.marker]), h264)?.contains("no pictures") == true)
        let slice = VideoBuilder.unit(0x01, [0x24, 0x02, 0x44])
        #expect(reason(builder.mpeg2() + slice, .mpeg2)?.contains("extra information") == true)
        let layers = VideoBuilder.unit(0xB5, [0x50])
        #expect(reason(builder.mpeg2() + layers, .mpeg2)?.contains("layers") == true)
        for coding in [VideoCoding.mpeg2, h264, .hevc] {
            #expect(throws: Sequestration.self) {
                try VideoStream.overwriting(FragmentReader([0..<4000]) { _ in nil }, coding)
            }
        }
    }

    /// Packets that say that nothing is in them, and adaptation fields that do not fill theirs.
    @Test func `nothing hides in packets of a transport stream beside what they state`() throws {
        let units = VideoBuilder.annexB(VideoBuilder(isClean: true).units(Self.h264))
        let stream = VideoBuilder(isClean: true).transport(units, kind: 0x1B)
        let rest = [UInt8](repeating: 0xFF, count: 184 - VideoBuilder.marker.count)
        let empty = [0x47, 0x01, 0x00, 0x05] + VideoBuilder.marker + rest
        let short = [0x47, 0x01, 0x00, 0x25, 1, 0] + VideoBuilder.marker + rest.dropLast(2)
        let none = [0x47, 0x01, 0x00, 0x25, 0] + VideoBuilder.marker + rest.dropLast()
        for packet in [empty, short, none] {
            let result = try Self.cleaned(stream + packet, .h264(isStereo: false)).get()
            #expect(!result.contains(VideoBuilder.marker))
            #expect(result.prefix(stream.count) == stream[...] && result.count == stream.count + 188)
        }
    }

    @Test func `a header of a packet that is cut off goes, and a second cleaning finds nothing`() throws {
        for sample in Self.samples where sample.testDescription.contains("transport stream") {
            var stream = sample.dirty + sample.dirty
            // The last packet's header states that it is longer than what is left.
            let start = try #require(
                stream.indices.dropLast(9).last { stream[$0..<$0 + 4].elementsEqual([0, 0, 1, 0xE0]) })
            stream[start + 8] = 0xFF
            let once = try Self.cleaned(stream, sample.coding).get()
            #expect(once != stream && !once.contains(VideoBuilder.marker))
            #expect(try Self.cleaned(once, sample.coding).get() == once)
        }
    }

    @Test func `more than can be overwritten is not passed`() throws {
        var overwriting = Overwriting()
        // Apart from each other: together they would be one place.
        for index in 0..<Overwriting.placeLimit { try overwriting.put(1, over: 0, at: index * 2) }
        #expect(throws: Sequestration.self) { try overwriting.put(1, over: 0, at: Overwriting.placeLimit * 2) }
    }

    // MARK: Times of day in H.264

    private struct BitWriter {
        var bits: [UInt8] = []

        mutating func add(_ value: Int, _ count: Int) {
            for shift in (0..<count).reversed() { bits.append(UInt8(value >> shift & 1)) }
        }

        mutating func code(_ value: Int) {
            let count = (value + 1).bitWidth - (value + 1).leadingZeroBitCount
            add(0, count - 1)
            add(value + 1, count)
        }

        var bytes: [UInt8] {
            let all = bits + [1] + [UInt8](repeating: 0, count: (8 - (bits.count + 1) % 8) % 8)
            return stride(from: 0, to: all.count, by: 8).map { all[$0..<$0 + 8].reduce(0) { $0 << 1 | $1 } }
        }
    }

    /// High Profile, with scaling lists when asked for, cropped, with buffers and picture structure.
    private func parameterSet(hasStructure: Bool, hasLists: Bool) -> [UInt8] {
        var bits = BitWriter()
        for (value, count) in [(100, 8), (0, 8), (41, 8)] { bits.add(value, count) }
        for value in [0, 1, 0, 0] { bits.code(value) }
        bits.add(0, 1)
        bits.add(hasLists ? 1 : 0, 1)
        if hasLists {
            for index in 0..<8 {
                bits.add(index % 2, 1)
                guard index % 2 == 1 else { continue }
                // The second of a list ends it: 8 becomes 16, and then 0.
                bits.code(15)
                bits.code(32)
            }
        }
        for value in [0, 0, 2, 4] { bits.code(value) }
        bits.add(0, 1)
        for value in [119, 67] { bits.code(value) }
        bits.add(0b1_1_1, 3)
        for value in [0, 0, 0, 4] { bits.code(value) }
        // Usability: aspect, no overscan, signal with colour, no chroma location, timing, one set of buffers.
        bits.add(1, 1)
        bits.add(1, 1)
        bits.add(255, 8)
        bits.add(0x0001_0001, 32)
        bits.add(0, 1)
        bits.add(0b1_101_0_1, 6)
        bits.add(0x010101, 24)
        bits.add(0, 1)
        bits.add(1, 1)
        bits.add(1001, 32)
        bits.add(60000, 32)
        bits.add(1, 1)
        bits.add(1, 1)
        bits.code(0)
        bits.add(0, 8)
        bits.code(100)
        bits.code(100)
        bits.add(0, 1)
        for length in [23, 9, 4, 24] { bits.add(length, 5) }
        bits.add(0, 1)
        bits.add(0, 1)
        bits.add(hasStructure ? 1 : 0, 1)
        bits.add(0, 1)
        return [0x67] + VideoBuilder.escaped(bits.bytes)
    }

    @Test(arguments: [true, false], [true, false])
    func `picture timing goes when it tells the time of day`(hasStructure: Bool, hasLists: Bool) throws {
        func stream(clock: Bool, type: Int = 1, _ payload: [UInt8]? = nil) -> [UInt8] {
            var bits = BitWriter()
            bits.add(5, 10)
            bits.add(6, 5)
            if hasStructure {
                bits.add(3, 4)
                bits.add(0, 1)
                bits.add(clock ? 1 : 0, 1)
                if clock {
                    for (value, count) in [(0, 10), (1, 1), (0, 10), (33, 6), (22, 6), (11, 5)] {
                        bits.add(value, count)
                    }
                }
            }
            let message = VideoBuilder.message(type, payload ?? bits.bytes)
            return VideoBuilder.annexB([
                parameterSet(hasStructure: hasStructure, hasLists: hasLists), [0x68, 0xEE],
                [0x06] + VideoBuilder.escaped(message + VideoBuilder.kept + [0x80]), [0x65, 0x88],
            ])
        }
        let h264 = VideoCoding.h264(isStereo: false)
        let still = stream(clock: false)
        #expect(try Self.cleaned(still, h264).get() == still)
        guard hasStructure else { return }
        let result = try Self.cleaned(stream(clock: true), h264).get()
        #expect(result != stream(clock: true))
        #expect(result.contains([0x06, 3]) && result.contains([0xFF, 0xFF, 0xFF, 0xFF]))
        // A parameter set that cannot be read may say anything.
        let unread = VideoBuilder.annexB([
            [0x67, 100], [0x06] + VideoBuilder.message(1, [1, 2]) + [0x80], [0x65, 0x88],
        ])
        #expect(try Self.cleaned(unread, h264).get().contains([0x06, 3, 2, 0xFF, 0xFF]))
    }
}
