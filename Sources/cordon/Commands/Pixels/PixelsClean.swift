import ArgumentParser
import DICOMEncoding
import DICOMFile
import Deidentification
import Gatekeeper
import Glibc
import Host
import Inputs
import PixelCleaning
import Registry
import RuleLanguage

/// `cordon pixels clean`: makes parts of the pixels of one file black, and changes nothing else.
struct PixelsClean: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean",
        abstract: "Makes parts of the pixels of a file black; the other pixels decode to what they were.",
        discussion: """
            The areas are given here, or by a profile (`--rules`, `--profile`). Every frame gets them, in the syntax that the file \
            has: of JPEG baseline and extended, whole blocks become black among the coefficients, and the others stay. Burned \
            In Annotation becomes NO unless there are overlays, an Image Type of ORIGINAL becomes DERIVED, and icons go, with \
            all pixels within items. Names in other elements stay: `cordon apply` takes those.

            OUT must not be there. What cannot be cleaned is refused, with the reason, and nothing is written.

            Example: cordon pixels clean --rectangle 0,0,1024,60 image.dcm clean.dcm
            """)

    @Option(
        name: .long,
        help: ArgumentHelp("Left, top, width, height: `0,0,1024,60`. May be given often.", valueName: "numbers"))
    var rectangle: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Corners, each a column and a row: `0,0 640,0 600,48`. May be given often.", valueName: "corners"))
    var polygon: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("A file with a rectangle or a polygon on each line, as above.", valueName: "file"))
    var coordinates: String?

    @Flag(name: .long, help: "Everything outside of Sequence of Ultrasound Regions (0018,6011).")
    var outsideUltrasoundRegions = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Text that is read in each frame: `all` of it, or what is `identifying` as far as the file says who.",
            valueName: "extent"))
    var text: String?

    @Option(name: .long, help: ArgumentHelp("A rule set whose profile says what is made black.", valueName: "file"))
    var rules: String?

    @Option(name: .long, help: ArgumentHelp("A profile of that rule set.", valueName: "name"))
    var profile: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Take the rule set from a bundle, and only if those have signed it whom this file trusts.",
            valueName: "file"))
    var requireSigned: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The registry whose lists the rule set names; else CORDON_REGISTRY.", valueName: "folder"))
    var registry: String?

    @Flag(
        name: .long,
        help: "Decode frames of JPEG 2000 and JPEG-LS that were compressed with loss, and code them again without more."
    )
    var decodeLossy = false

    @Argument(help: ArgumentHelp("A DICOM file.", valueName: "in"))
    var input: String

    @Argument(help: ArgumentHelp("The file to write.", valueName: "out"))
    var output: String

    @Flag(name: .long, help: "Print what was done as JSON.")
    var json = false

    mutating func validate() throws {
        guard (rules == nil) == (profile == nil) else { throw ValidationError("--rules and --profile go together") }
        guard text.map({ $0 == "all" || $0 == "identifying" }) ?? true else {
            throw ValidationError("--text is `all` or `identifying`")
        }
        let isGiven =
            !rectangle.isEmpty || !polygon.isEmpty || coordinates != nil || outsideUltrasoundRegions || text != nil
        guard isGiven != (rules != nil) else {
            throw ValidationError("say what is to be black, by areas or by a profile, and not by both")
        }
        guard rules == nil || !decodeLossy else {
            throw ValidationError(
                "--decode-lossy is about areas given here; a profile says it by `lossy` of its `pixels`")
        }
        guard rules != nil || requireSigned == nil && registry == nil else {
            throw ValidationError(
                "--require-signed and --registry are about a rule set: give `--rules` and `--profile`")
        }
    }

    /// What is to be black.
    private enum Wanted {
        case shapes([PixelShape])
        case profile(Profile, RuleSet)
    }

    func run() throws {
        let wanted = try wanted()
        let file: DICOMFile
        do throws(ParseError) {
            file = try DICOMFile(path: input)
        } catch {
            StandardError.fail("the file is not readable as DICOM: \(error)", .refused)
        }
        guard access(output, F_OK) != 0 else {
            StandardError.fail("OUT is there already, and nothing is overwritten", .arguments)
        }
        let cleaned: CleanedFile
        do throws(UncleanablePixels) {
            cleaned = try self.cleaned(file, wanted)
        } catch {
            StandardError.fail("the pixels cannot be cleaned: \(error.reason)", .refused)
        }
        try write(file, cleaned)
        if json {
            StandardOutput.print(
                JSON.object([
                    "frames": .number(cleaned.frameCount), "changed": .number(cleaned.changedCount),
                    "notes": .array(cleaned.notes.map { .string($0) }),
                ]).indentedText)
        } else {
            StandardOutput.print("\(cleaned.changedCount) of \(cleaned.frameCount) frames changed")
            for note in cleaned.notes { StandardOutput.print(note) }
        }
    }

    private func wanted() throws -> Wanted {
        guard let rules, let profile else { return .shapes(shapes()) }
        let registry = try RegistryOptions.open(registry)
        let ruleSet = try RuleSource.load(rules, registry: registry, trust: requireSigned)
        guard let found = ruleSet.profiles[profile] else {
            throw RunError(.arguments, "there is no profile `\(profile)` in the rule set")
        }
        return .profile(found, ruleSet)
    }

    private func cleaned(_ file: DICOMFile, _ wanted: Wanted) throws(UncleanablePixels) -> CleanedFile {
        switch wanted {
        case .shapes(let shapes): return try CleanedFile(file, shapes, decodesLossy: decodeLossy)
        case .profile(let profile, let ruleSet): return try CleanedFile(file, profile, in: ruleSet)
        }
    }

    private func shapes() -> [PixelShape] {
        var words = rectangle.map { (text: $0, place: "--rectangle") } + polygon.map { (text: $0, place: "--polygon") }
        if let coordinates {
            let bytes: [UInt8]
            do throws(FileAccess.Failure) {
                bytes = try FileAccess.read(coordinates, limit: 1 << 20).bytes
            } catch {
                StandardError.fail("`\(coordinates)` cannot be read: \(error.reason)", .arguments)
            }
            for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
                let text = String(decoding: line, as: UTF8.self)
                guard text.contains(where: { !$0.isWhitespace }), !text.hasPrefix("#") else { continue }
                words.append((text, "\(coordinates):\(index + 1)"))
            }
        }
        var shapes = words.map { word -> PixelShape in
            guard let shape = PixelShape(text: word.text) else {
                StandardError.fail(
                    "\(word.place): `left,top,width,height` or at least three corners `column,row` were expected",
                    .arguments)
            }
            return shape
        }
        if outsideUltrasoundRegions { shapes.append(.outsideUltrasoundRegions) }
        if let extent = text.flatMap({ TextRemoval.Extent(rawValue: $0) }) { shapes.append(.text(TextRemoval(extent))) }
        guard !shapes.isEmpty else {
            StandardError.fail("the coordinates name no area: nothing would be made black", .arguments)
        }
        return shapes
    }

    private func write(_ file: DICOMFile, _ cleaned: CleanedFile) throws {
        let data: EditedDataSet
        do throws(EditedDataSet.EditError) {
            data = try EditedDataSet(file, edits: cleaned.edits)
        } catch {
            StandardError.fail("the edits do not fit the data set: \(error)", .failed)
        }
        // Under its own name only when all of it is on the disk.
        let temporary = "\(output).\(UInt64.random(in: 0...UInt64.max)).part"
        var isPlaced = false
        do {
            var file = try DurableFile(temporaryPath: temporary, mode: 0o600)
            try file.write { descriptor, observe in try data.write(to: descriptor, observe: observe) }
            _ = try file.finish()
            try FileSystem.give(temporary, its: output)
            isPlaced = true
            try FileSystem.flushFolder(PathBytes(output).absolute.folder.text)
        } catch {
            unlink(temporary)
            if isPlaced { unlink(output) }
            if let error = error as? SystemError, error.code == EEXIST {
                StandardError.fail("OUT is there already, and nothing is overwritten", .arguments)
            }
            StandardError.fail(error is WriteError ? "OUT: \(error)" : "OUT cannot be written: \(error)", .failed)
        }
    }
}
