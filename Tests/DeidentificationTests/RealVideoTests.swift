import DICOMCore
import DICOMFile
import Foundation
import RuleLanguage
import TestSupport
import Testing

import struct DICOMCore.Tag

@testable import Deidentification

/// Videos that ffmpeg makes, with what encoders and multiplexers put into them of their own accord and more: ffmpeg
/// decodes what comes of them to the same frames.
@Suite struct RealVideoTests {
    struct Recipe: Sendable, CustomTestStringConvertible {
        var coding: VideoCoding
        var syntax: String
        var suffix: String
        var arguments: [String]

        var testDescription: String { "\(arguments.first ?? "") in \(suffix)" }
    }

    static let recipes: [Recipe] = {
        let x264 = ["libx264", "-pix_fmt", "yuv420p"], x265 = ["libx265", "-x265-params", "log-level=none"]
        let timed = x264 + ["-x264-params", "nal-hrd=vbr:vbv-maxrate=800:vbv-bufsize=800:pic-struct=1:bframes=3"]
        let interlaced = x264 + ["-x264-params", "tff=1:slices=4"]
        let mpeg2 = ["mpeg2video", "-bf", "2", "-timecode", "19:50:01:01"]
        var result: [Recipe] = []
        func add(_ coding: VideoCoding, _ syntax: String, _ suffixes: [String], _ arguments: [String]) {
            for suffix in suffixes {
                result.append(Recipe(coding: coding, syntax: syntax, suffix: suffix, arguments: arguments))
            }
        }
        add(.h264(isStereo: false), "1.2.840.10008.1.2.4.102", ["h264", "ts", "m2ts", "mp4"], x264)
        add(.h264(isStereo: false), "1.2.840.10008.1.2.4.103", ["h264", "ts", "mp4"], timed)
        add(.h264(isStereo: false), "1.2.840.10008.1.2.4.104", ["ts", "mp4"], interlaced)
        add(.hevc, "1.2.840.10008.1.2.4.107", ["hevc", "ts", "mp4"], x265)
        add(.mpeg2, "1.2.840.10008.1.2.4.100", ["m2v", "ts", "vob"], mpeg2)
        return result
    }()

    private static let ffmpeg: String? = {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let found = path.split(separator: ":").map { $0 + "/ffmpeg" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
        if found == nil { print("skipped: no ffmpeg") }
        return found
    }()

    private static func run(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(ffmpeg))
        process.arguments = ["-nostdin", "-v", "error", "-y"] + arguments
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(arguments)")
    }

    /// Titles, comments, a service's name, a chapter, times of making; subtitles where the container has them.
    private static func make(_ recipe: Recipe, _ target: String, in folder: String, sound: Bool = false) throws {
        var arguments = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=2"]
        var maps = ["-map", "0:v"]
        if sound {
            arguments += ["-f", "lavfi", "-i", "sine=duration=2"]
            maps += ["-map", "1:a", "-c:a", "mp2"]
        }
        if recipe.suffix == "mp4" {
            let subtitles = folder + "/words.srt", chapters = folder + "/chapters.txt"
            try "1\n00:00:00,000 --> 00:00:01,000\nDOE^JANE\n".write(
                toFile: subtitles, atomically: true, encoding: .utf8)
            try ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=DOE^JANE\n".write(
                toFile: chapters, atomically: true, encoding: .utf8)
            arguments += ["-i", subtitles, "-i", chapters]
            let count = sound ? 2 : 1
            maps += ["-map", "\(count):s", "-c:s", "mov_text", "-map_metadata", "\(count + 1)"]
        }
        for key in ["title", "comment", "artist", "service_name", "service_provider"] {
            maps += ["-metadata", "\(key)=DOE^JANE"]
        }
        maps += ["-metadata:s:v", "handler_name=DOE^JANE", "-metadata", "creation_time=1950-01-01T10:20:30Z"]
        try run(arguments + maps + ["-c:v"] + recipe.arguments + [target])
    }

    private static func frames(_ path: String) throws -> String {
        try run(["-i", path, "-map", "0:v", "-f", "framemd5", path + ".md5"])
        return try String(contentsOfFile: path + ".md5", encoding: .utf8)
    }

    @Test(arguments: recipes) func `real video decodes to the same frames`(recipe: Recipe) throws {
        guard Self.ffmpeg != nil else { return }
        let folder = try Folder()
        let path = folder.path + "/video." + recipe.suffix
        try Self.make(recipe, path, in: folder.path)
        let original = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let names = ["DOE^JANE", "x264", "x265", "Lavc", "Lavf", "FFmpeg", "VideoHandler"]
        #expect(recipe.coding == .mpeg2 || original.contains(names[1]) || original.contains(names[2]))

        for size in [Int.max, 65_536] {
            let result = try VideoStreamTests.cleaned(original, recipe.coding, fragment: size).get()
            #expect(result.count == original.count)
            for name in names { #expect(!result.contains(name), "\(name)") }
            #expect(try VideoStreamTests.cleaned(result, recipe.coding).get() == result)
            let target = folder.path + "/cleaned." + recipe.suffix
            try Data(result).write(to: URL(fileURLWithPath: target))
            #expect(try Self.frames(target) == Self.frames(path))
        }
    }

    @Test(arguments: ["ts", "mp4"]) func `sound is not passed`(suffix: String) throws {
        guard Self.ffmpeg != nil, let recipe = Self.recipes.first(where: { $0.suffix == suffix }) else { return }
        let folder = try Folder()
        let path = folder.path + "/video." + suffix
        try Self.make(recipe, path, in: folder.path, sound: true)
        let original = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        guard case .failure(let reason) = VideoStreamTests.cleaned(original, recipe.coding) else {
            Issue.record("a video with sound is passed")
            return
        }
        #expect(reason.reason.contains("sound"))
    }

    @Test func `a whole instance keeps its fragments' lengths, and is only passed where burned-in text may be`() throws
    {
        guard Self.ffmpeg != nil, let recipe = Self.recipes.first(where: { $0.suffix == "mp4" }) else { return }
        let folder = try Folder()
        let path = folder.path + "/video.mp4"
        try Self.make(recipe, path, in: folder.path)
        var video = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        if video.count % 2 == 1 { video.append(0) }
        let middle = video.count / 4 * 2
        let bytes = DataSetBuilder.instance("1.2.840.10008.5.1.4.1.1.77.1.1.1").text(Tag(0x0028, 0x0008), .IS, "50")
            .fragments(.pixelData, .OB, [[], Array(video[..<middle]), Array(video[middle...])])
            .file(TransferSyntax(uid: recipe.syntax + ".1"))
        #expect(try Deidentifier(.basic()).reason(bytes)?.contains("a video") == true)
        let output = try #require(try Deidentifier(.basic().passing()).output(bytes))
        #expect(!output.bytes.contains("DOE^JANE") && !output.bytes.contains("x264"))
        #expect(output.said.notes.contains { $0.contains("overwritten in its place") })
        let node = output.file.dataSet.nodes[try #require(output.file.dataSet.child(.pixelData))]
        let items = try #require(
            EncapsulatedItems(in: node.valueStart..<node.valueEnd) { try? output.file.bytes(in: $0) })
        #expect(items.fragments.map(\.count) == [middle, video.count - middle])
        let target = folder.path + "/cleaned.mp4"
        let stream = try items.fragments.flatMap { try output.file.bytes(in: $0) }
        try Data(stream).write(to: URL(fileURLWithPath: target))
        #expect(try Self.frames(target) == Self.frames(path))
    }
}
