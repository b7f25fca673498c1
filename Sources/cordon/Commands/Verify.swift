import DICOMFile
import Host
import ArgumentParser
import Glibc
import Inputs
import PixelCleaning
import Verification

/// `cordon verify`: looks in an export for what identifies anybody in the originals.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Looks in an export for what identifies anybody in the originals.",
        usage: "cordon verify --original <in> ... [<options>] <out>",
        discussion: """
            Takes every identifying value out of the originals and looks for each in every place of the output: values, \
            private elements, comments, documents, padding, names of files. Checks UIDs, dates, required attributes, and \
            that what should have stayed is as it was. It shares no code with what de-identifies.

            Example: cordon verify --original archive/ --html report.html export/

            Exit status: 0 nothing was found; 1 something was; 2 wrong arguments; 3 nothing was found, but something \
            could not be read.
            """)

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp("The originals: files, folders, ZIP archives.", valueName: "in"))
    var original: [String]

    @Option(
        name: .long,
        help: ArgumentHelp("Which output was made of which original, as `apply --map` wrote it.", valueName: "file"))
    var map: String?

    @Option(name: .long, help: ArgumentHelp("Write the report as JSON; - for standard output.", valueName: "file"))
    var json: String?

    @Option(name: .long, help: ArgumentHelp("Write the report as a page to print and sign.", valueName: "file"))
    var html: String?

    @Option(name: .long, help: ArgumentHelp("Threads; as many as processors if not given.", valueName: "n"))
    var jobs: Int?

    @Flag(
        name: .long,
        help:
            "Read the pixels of every frame, too, and look in that for the same. It takes a second or more for a frame."
    )
    var pixels = false

    @Flag(name: .long, help: "Print no report; the exit status says what came out.")
    var quiet = false

    @Flag(name: .long, help: "Show the values that were found, and paths that identify: patient data.")
    var showValues = false

    @Argument(help: ArgumentHelp("The export: a folder, a ZIP archive, a file.", valueName: "out"))
    var output: String?

    func run() throws {
        var original = original
        // `--original IN OUT`: the option takes what follows it, and the last of that is meant.
        guard let output = output ?? (original.count > 1 ? original.removeLast() : nil) else {
            throw ValidationError("the export is not named: cordon verify --original IN... OUT")
        }
        guard jobs.map({ (1...1024).contains($0) }) ?? true else { throw ValidationError("--jobs is 1 to 1024") }
        var request = Verification.Request(originals: InputSources(paths: original), output: output)
        request.map = map
        request.jobs = jobs ?? Processors.count
        request.showsValues = showValues
        if pixels { request.pixels = PixelTextReader() }
        let report = try Verification.run(request)
        let time = DecisionTime.now
        if let json {
            let text = report.json(time: time).indentedText + "\n"
            if json == "-" { StandardOutput.print(text) } else { try ReportFile.write(text, to: json) }
        }
        if let html { try ReportFile.write(report.page(time: time), to: html) }
        if !quiet, json != "-" { report.lines().forEach(StandardOutput.print) }
        if !report.isClean { throw ExitStatus.sequestered }
        if !report.isComplete { throw ExitStatus.refused }
    }
}

/// Text in pixels, read in two ways.
private struct PixelTextReader: PixelTextReading {
    func forEachFrame(of file: DICOMFile, _ body: (Int, String) -> Void) throws -> Int {
        let detection = try TextDetection(file)
        // The output does not say who the patient was: what was read badly is compared, too.
        try detection.everything { frame, lines in
            if !lines.isEmpty { body(frame + 1, lines.joined(separator: "\n")) }
        }
        return detection.frameCount
    }
}
