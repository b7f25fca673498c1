import ArgumentParser
import DICOMEncoding
import DICOMFile
import Gatekeeper
import Inputs

/// `cordon dump`: a file as text, or as DICOM JSON.
struct Dump: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump",
        abstract: "Prints a DICOM file: one line for each element, or DICOM JSON (PS3.18 F).",
        discussion: """
            It prints patient data, as it must.

            Example: cordon dump --json image.dcm
            """)

    @Argument(help: "A DICOM file.")
    var file: String

    @Flag(name: .long, help: "Print DICOM JSON (PS3.18 Annex F).")
    var json = false

    func run() throws {
        let file: DICOMFile
        do throws(ParseError) {
            file = try DICOMFile(path: self.file)
        } catch {
            StandardError.fail("the file is not readable as DICOM: \(error)", .refused)
        }
        if json {
            var writer = JSONWriter(indent: 2)
            JSONModel(file).write(to: &writer)
            writer.endLine()
            StandardOutput.write(writer.bytes)
        } else {
            TextDump(file).lines { StandardOutput.print($0) }
        }
    }
}
