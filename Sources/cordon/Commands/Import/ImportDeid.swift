import ArgumentParser
import RuleImport

/// `cordon import deid`: a recipe of pydicom/deid.
struct ImportDeid: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deid",
        abstract: "Turns a recipe of pydicom/deid into a rule set.",
        discussion: "Example: cordon import deid deid.dicom -o site.xml")

    @OptionGroup var output: ImportOutput

    @Argument(help: ArgumentHelp("A recipe.", valueName: "file"))
    var file: String

    func run() throws {
        let source = try ImportOutput.read(file)
        try output.finish { () throws(ImportFailure) in try DeidImport().convert(source) }
    }
}
