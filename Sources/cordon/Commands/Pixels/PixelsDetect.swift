import ArgumentParser
import DICOMCore
import DICOMFile
import Glibc
import Host
import Inputs
import PixelCleaning

/// `cordon pixels detect`: what text stands in the pixels of files.
struct PixelsDetect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detect",
        abstract: "Looks for text in the pixels of files, and changes nothing.",
        discussion: """
            Every frame is read line by line, at several scales, light on dark and dark on light. A line identifies when a \
            word of it is a name, a number or a date of the file itself, or looks like one.

            What was read is patient data: it is printed, and stands in the JSON, with --show-values alone. Pictures show it.

            Example: cordon pixels detect --json found.json --png pictures/ ultrasound/

            Exit status: 0 no text was found; 1 some was; 2 wrong arguments; 3 something could not be read.
            """)

    @Option(name: .long, help: ArgumentHelp("Write what was found as JSON; - for standard output.", valueName: "file"))
    var json: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Write a picture of each frame with text into this folder: red for what identifies, yellow for other text, "
                + "blue for what cannot be read.", valueName: "folder"))
    var png: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Look at so many frames of each file, evenly; all if not given.", valueName: "n"))
    var frames: Int?

    @Flag(name: .long, help: "Read pages as a whole instead of line by line.")
    var pages = false

    @Flag(name: .long, help: "Show what was read, and paths: patient data.")
    var showValues = false

    @Argument(help: ArgumentHelp("Files, folders, ZIP archives.", valueName: "in"))
    var inputs: [String]

    mutating func validate() throws {
        guard frames.map({ $0 > 0 }) ?? true else { throw ValidationError("--frames is 1 or more") }
    }

    func run() throws {
        if let png, mkdir(png, 0o700) != 0, errno != EEXIST {
            StandardError.fail("the folder for pictures cannot be made", .arguments)
        }
        let names = try InputCollector.collect(InputSources(paths: inputs), output: nil).names
        let reader = InputReader(scratch: Scratch.folder)
        var found: [JSON] = []
        var hasText = false, isComplete = true
        for index in 0..<names.count {
            let name = names[index]
            var one: [JSON.Member] = [JSON.Member(key: "file", value: .number(index + 1))]
            if showValues { one.append(JSON.Member(key: "path", value: .string(name.text.asText))) }
            guard let file = try? reader.open(name, whole: true).file() else {
                isComplete = false
                one.append(JSON.Member(key: "problem", value: .string("is not readable as DICOM")))
                found.append(.object(one))
                if json != "-" { StandardOutput.print("\(label(index + 1, name)): is not readable as DICOM") }
                continue
            }
            guard file.dataSet.child(.pixelData) != nil else { continue }
            do throws(UncleanablePixels) {
                let frames = try look(file, number: index + 1)
                hasText = hasText || !frames.isEmpty
                one.append(JSON.Member(key: "frames", value: .array(frames)))
                say(index + 1, name, frames)
            } catch {
                isComplete = false
                one.append(JSON.Member(key: "problem", value: .string(error.reason)))
                if json != "-" { StandardOutput.print("\(label(index + 1, name)): cannot be read: \(error.reason)") }
            }
            found.append(.object(one))
        }
        if let json {
            let text = JSON.array(found).indentedText + "\n"
            if json == "-" { StandardOutput.print(text) } else { try ReportFile.write(text, to: json) }
        }
        if !isComplete { throw ExitStatus.refused }
        if hasText { throw ExitStatus.sequestered }
    }

    private func label(_ number: Int, _ name: InputName) -> String {
        showValues ? name.text.asText : "file \(number)"
    }

    private func say(_ number: Int, _ name: InputName, _ frames: [JSON]) {
        guard json != "-" else { return }
        StandardOutput.print("\(label(number, name)): frames with text: \(frames.count)")
    }

    /// The frames with text, as JSON.
    private func look(_ file: DICOMFile, number: Int) throws(UncleanablePixels) -> [JSON] {
        let detection = try TextDetection(file), drawing = TextRecognition.installed.forOneInstance
        var result: [JSON] = []
        for frame in chosen(of: detection.frameCount) {
            let found = try detection.frame(frame, pages ? .page : .lines)
            guard !found.lines.isEmpty else { continue }
            var picture: String?
            if let png {
                let name = "file-\(number)-frame-\(frame + 1).png"
                try draw(found, drawing, to: "\(png)/\(name)")
                picture = name
            }
            result.append(
                .object([
                    "frame": .number(frame + 1), "picture": picture.map { .string($0) },
                    "lines": .array(found.lines.map(json(of:))),
                ]))
        }
        return result
    }

    private func chosen(of count: Int) -> [Int] {
        guard let frames, frames < count else { return Array(0..<count) }
        return (0..<frames).map { $0 * count / frames }
    }

    private func json(of line: TextDetection.Line) -> JSON {
        func box(_ place: PixelRectangle) -> JSON {
            .array([place.left, place.top, place.right, place.bottom].map { .number($0) })
        }
        return .object([
            "box": box(line.line.place), "certainty": .string(line.line.certainty.rawValue),
            "confidence": .number(line.line.confidence), "identifies": .bool(line.identifies),
            "text": showValues ? .string(line.line.text) : nil,
            "words": .array(
                line.line.words.map { word in
                    .object([
                        "box": box(word.place), "confidence": .number(word.confidence),
                        "text": showValues ? .string(word.text) : nil,
                    ])
                }),
        ])
    }

    private func draw(
        _ found: TextDetection.Frame, _ drawing: TextRecognition, to path: String
    ) throws(UncleanablePixels) {
        let marks = found.lines.map { line in
            PictureMark(
                line.line.place,
                colour: line.identifies ? 0xE0_2020 : line.line.certainty == .doubtful ? 0x30_80FF : 0xF0_C000)
        }
        let bytes: [UInt8]
        do throws(WorkerError) {
            bytes = try drawing.png(found.shown, marks)
        } catch {
            throw UncleanablePixels("its picture cannot be drawn: \(error.reason)")
        }
        do { try ReportFile.write(bytes, to: path) } catch {
            StandardError.fail("a picture cannot be written: \(error)", .failed)
        }
    }
}

extension [UInt8] {
    fileprivate var asText: String { String(decoding: self, as: UTF8.self) }
}
