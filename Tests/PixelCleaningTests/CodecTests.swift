import DICOMCore
import DICOMFile
import Foundation
import Glibc
import TestSupport
import Testing

@testable import PixelCleaning

@Suite("Codecs in a process of their own")
struct CodecTests {
    private static let kinds: [(PixelCodecs.Family, Int, Int)] = [
        (.jpeg, 1, 8), (.jpeg, 3, 8), (.jpeg, 1, 10), (.jpeg, 1, 12), (.jpeg, 1, 16), (.jpegLS, 1, 8), (.jpegLS, 3, 8),
        (.jpegLS, 1, 12), (.jpegLS, 1, 16), (.jpeg2000, 1, 8), (.jpeg2000, 3, 8), (.jpeg2000, 1, 12),
        (.jpeg2000, 1, 16),
    ]

    @Test func `what decodes says what it is, and what is not there does not`() throws {
        let version = try codecs.version()
        #expect(
            version.wholeMatch(of: #/libjpeg\S* \S+, GDCM [0-9.]+, CharLS [0-9.]+, OpenJPEG [0-9.]+/#) != nil,
            "\(version)")
        #expect(throws: WorkerError.self) { try PixelCodecs(nil).version() }
    }

    @Test(arguments: kinds)
    func `a frame that is coded without loss decodes to itself`(
        _ family: PixelCodecs.Family, _ samples: Int, _ bits: Int
    ) throws {
        for (columns, rows) in [(64, 48), (33, 7), (1, 1)] {
            let image = CodedImage.noise(
                columns: columns, rows: rows, samples: samples, bits: bits, seed: UInt64(columns))
            let coded = try codecs.encode(image, family)
            let again = try codecs.decode(coded, family, sampleCount: columns * rows * samples)
            #expect(again.bytes == image.bytes)
            // JPEG without loss is coded with 8, 12 or 16 bits.
            #expect(again.bits == (bits == 10 ? 12 : bits))
            #expect(again.coding == .lossless)
        }
    }

    @Test(arguments: kinds)
    func `frames that are cut, altered or made up are errors and nothing else`(
        _ family: PixelCodecs.Family, _ samples: Int, _ bits: Int
    ) throws {
        // Damage can make a decoder run long: a second of processor time is enough for what is sound.
        let program = try #require(WorkerProgram.installed("cordon-codec"))
        let codecs = PixelCodecs(WorkerProgram(path: program.path, processorSeconds: 1))
        let image = CodedImage.noise(columns: 40, rows: 30, samples: samples, bits: bits, seed: 3)
        let coded = try codecs.encode(image, family)
        var generator = SeededGenerator(seed: 21)
        var tried: [[UInt8]] = [[], [0xFF], Array(coded.prefix(3)), Array(coded.prefix(coded.count / 2))]
        tried.append((0..<500).map { _ in UInt8.random(in: 0...255, using: &generator) })
        for _ in 0..<4 {
            var mutant = coded
            for _ in 0..<4 {
                mutant[Int.random(in: 0..<mutant.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            tried.append(mutant)
        }
        for frame in tried {
            do throws(WorkerError) {
                let decoded = try codecs.decode(frame, family, sampleCount: 40 * 30 * samples)
                #expect(decoded.columns * decoded.rows * decoded.samples <= 40 * 30 * samples)
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
        // And the next frame is read as ever.
        #expect(try codecs.decode(coded, family, sampleCount: 40 * 30 * samples).bytes == image.bytes)
    }

    @Test func `a frame with more samples than there should be is not decoded`() throws {
        let image = CodedImage.noise(columns: 64, rows: 64, samples: 1, bits: 8, seed: 1)
        for family in [PixelCodecs.Family.jpeg, .jpegLS, .jpeg2000] {
            let coded = try codecs.encode(image, family)
            #expect(throws: WorkerError(.tooLarge, "a frame is larger than the data set says, or than one may be")) {
                try codecs.decode(coded, family, sampleCount: 64 * 64 - 1)
            }
        }
    }

    @Test(arguments: [false, true])
    func `JPEG 2000 of which one component is coded with loss, in any header, is not lossless`(_ inTile: Bool) throws {
        let image = CodedImage.noise(columns: 64, rows: 64, samples: 3, bits: 8, seed: 4)
        var frame = try codecs.encode(image, .jpeg2000)
        #expect(try codecs.decode(frame, .jpeg2000, sampleCount: 64 * 64 * 3).coding == .lossless)
        var places: [UInt8: Int] = [:]
        var start = 2
        while start + 4 <= frame.count, frame[start + 1] != 0x93 {
            places[frame[start + 1]] = start
            start += 2 + Int(frame[start + 2]) << 8 + Int(frame[start + 3])
        }
        let style = try #require(places[0x52]), tile = try #require(places[0x90])
        // Coding Style Component: the second, as all, by the irreversible transformation.
        let component: [UInt8] = [0xFF, 0x53, 0, 9, 1, 0] + frame[style + 9..<style + 13] + [0]
        if inTile {
            let length = (0..<4).reduce(0) { $0 << 8 | Int(frame[tile + 6 + $1]) }
            if length > 0 {
                let longer = length + component.count
                for index in 0..<4 { frame[tile + 6 + index] = UInt8(truncatingIfNeeded: longer >> ((3 - index) * 8)) }
            }
        }
        frame.insert(contentsOf: component, at: inTile ? start : tile)
        #expect(try codecs.decode(frame, .jpeg2000, sampleCount: 64 * 64 * 3).coding == .irreversible)
    }

    /// Application segments before the first scan.
    private static func applications(_ frame: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 2
        while start + 4 <= frame.count, frame[start] == 0xFF, frame[start + 1] != 0xDA {
            let end = start + 2 + (Int(frame[start + 2]) << 8 | Int(frame[start + 3]))
            if 0xE0...0xEF ~= frame[start + 1] { ranges.append(start..<end) }
            start = end
        }
        return ranges
    }

    @Test func `a frame of JPEG that says nothing of its colours says nothing of them afterwards`() throws {
        let source = try FrameSource(PixelFixture(name: "SC_rgb_jpeg_dcmtk.dcm").file())
        var frame = try source.stored(0)
        for range in Self.applications(frame).reversed() { frame.removeSubrange(range) }
        let blackout = PixelCodecs.Blackout(
            rectangles: [PixelRectangle(left: 0, top: 0, right: 8, bottom: 8)], isBright: false,
            hasColourDifferences: true, sampleCount: source.layout.rows * source.layout.columns * 3)
        #expect(Self.applications(try codecs.blackOut(frame, blackout)).isEmpty)
        var picture = CodedImage.noise(columns: 16, rows: 16, samples: 3, bits: 8, seed: 6)
        picture.colour = .yCbCr
        #expect(Self.applications(try codecs.encode(picture, .jpeg)).isEmpty)
    }

    // MARK: Processes that fail

    private func error(_ program: WorkerProgram?) throws -> WorkerError? {
        let pool = PixelCodecs(program)
        do throws(WorkerError) {
            _ = try pool.decode([1, 2, 3], .jpeg, sampleCount: 100)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a program that is not there is an error`() throws {
        #expect(try error(nil)?.code == .notInstalled)
        #expect(try error(WorkerProgram(path: "/nowhere/cordon-codec"))?.code == .notInstalled)
    }

    @Test func `a process that ends is an error`() throws {
        #expect(try error(WorkerProgram(path: "/bin/false"))?.code == .crashed)
    }

    @Test func `a process that hangs is ended`() throws {
        #expect(try error(WorkerProgram(path: "/bin/sleep", memory: 600, patience: 1))?.code == .timedOut)
    }

    @Test func `a process that answers something else is not believed`() throws {
        let folder = try WorkFolder()
        let text = try folder.write(
            "text", Array("#!/bin/sh\nwhile echo 'this is no answer'; do :; done >&0\n".utf8))
        // By another process: a program that somebody here may still have open for writing, a child of another test between fork and
        // exec say, is not run (ETXTBSY).
        let script = text + ".sh"
        let copy = Process()
        copy.executableURL = URL(fileURLWithPath: "/usr/bin/install")
        copy.arguments = ["-m", "0700", text, script]
        try copy.run()
        copy.waitUntilExit()
        #expect(try error(WorkerProgram(path: script))?.code == .babbled)
    }

    @Test func `a process without enough memory says so, or ends`() throws {
        let program = try #require(WorkerProgram.installed("cordon-codec"))
        let small = PixelCodecs(WorkerProgram(path: program.path, memory: 48 << 20))
        let image = CodedImage.noise(columns: 3000, rows: 3000, samples: 1, bits: 16, seed: 5)
        let coded = try codecs.encode(image, .jpeg2000)
        var code: WorkerError.Code?
        do throws(WorkerError) { _ = try small.decode(coded, .jpeg2000, sampleCount: 9_000_000) } catch {
            code = error.code
        }
        #expect(code == .noMemory || code == .crashed || code == .damaged || code == .tooLarge)
    }

    @Test func `a worker can open, connect, start and send nothing`() throws {
        let program = try #require(WorkerProgram.installed("cordon-codec"))
        let process = try WorkerProcess(program)
        // Operation 99 tries, and answers what worked: opening a file, another process, removing a file.
        let answer = try process.answer(to: WorkerMessage(99, [], []), most: 100)
        #expect(answer.numbers.prefix(4) == [1, 0, 0, 0])
    }

    @Test(arguments: [UInt32(0), 1])
    func `a worker that makes a socket, or sends a signal to another process, is ended`(_ what: UInt32) throws {
        let process = try WorkerProcess(try #require(WorkerProgram.installed("cordon-codec")))
        #expect(throws: WorkerError(.crashed, "the process that reads pixels failed at a frame")) {
            try process.answer(to: WorkerMessage(97, [what], []), most: 100)
        }
    }

    @Test func `what kills one process harms no other frame`() throws {
        let program = try #require(WorkerProgram.installed("cordon-codec"))
        let pool = WorkerPool(program)
        let image = CodedImage.noise(columns: 20, rows: 20, samples: 1, bits: 8, seed: 9)
        let own = PixelCodecs(program)
        let coded = try own.encode(image, .jpegLS)
        for _ in 0..<3 {
            // Operation 98 aborts.
            #expect(throws: WorkerError(.crashed, "the process that reads pixels failed at a frame")) {
                try pool.answer(to: WorkerMessage(98, [], []), most: 100)
            }
            #expect(try own.decode(coded, .jpegLS, sampleCount: 400).bytes == image.bytes)
        }
    }

    @Test func `no process reads frames of two instances, and none that gave up on a frame reads another`() throws {
        let folder = try WorkFolder()
        let real = try #require(WorkerProgram.installed("cordon-codec")).path
        // Notes that it was started, and becomes the program.
        let script = try folder.write(
            "counter", Array("#!/bin/sh\necho >>'\(folder["starts"])'\nexec '\(real)' \"$@\"\n".utf8))
        #expect(chmod(script, 0o700) == 0)
        func starts() -> Int { (Fixtures.bytes(folder["starts"]) ?? []).count { $0 == 0x0A } }
        let counted = PixelCodecs(WorkerProgram(path: script))
        let file = try PixelFixture(name: "MR_small_jpeg_ls_lossless.dcm").file()
        for number in 1...2 {
            let source = try FrameSource(file, codecs: counted)
            for _ in 0..<3 { _ = try source.image(0) }
            #expect(starts() == number)
        }
        let image = CodedImage.noise(columns: 20, rows: 20, samples: 1, bits: 8, seed: 9)
        let coded = try counted.encode(image, .jpegLS)
        #expect(starts() == 3)
        #expect(throws: WorkerError.self) { try counted.decode([1, 2, 3], .jpegLS, sampleCount: 400) }
        #expect(starts() == 4)
        #expect(try counted.decode(coded, .jpegLS, sampleCount: 400).bytes == image.bytes)
        #expect(starts() == 5)
    }
}
