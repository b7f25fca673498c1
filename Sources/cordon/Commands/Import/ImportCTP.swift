import ArgumentParser
import Inputs
import RuleImport

/// `cordon import ctp`: scripts of RSNA's MIRC CTP.
struct ImportCTP: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ctp",
        abstract: "Turns scripts of CTP's anonymizer, filter and pixel anonymizer into one rule set.",
        discussion: """
            Anonymizer scripts may be XML or properties. Several files become one rule set, as a pipeline of CTP is one: give \
            the anonymizer's and the filter's script together.

            Example: cordon import ctp dicom-anonymizer.script dicom-filter.script -o site.xml
            """)

    @Option(
        name: .customLong("parameter"),
        help: ArgumentHelp("The value of a parameter, in place of the script's.", valueName: "name=value"))
    var parameters: [String] = []

    @Option(name: .long, help: ArgumentHelp("CTP's look-up table, a properties file.", valueName: "file"))
    var lookup: String?

    @Option(
        name: .long, help: ArgumentHelp("What the files are: anonymizer, filter or pixels; else by what is in them."))
    var kind: Kind?

    @OptionGroup var output: ImportOutput

    @Argument(help: ArgumentHelp("Scripts of CTP.", valueName: "file"))
    var files: [String]

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case anonymizer, filter, pixels
    }

    func run() throws {
        var conversion = CTPImport()
        for parameter in parameters {
            guard let sign = parameter.firstIndex(of: "="), sign > parameter.startIndex else {
                throw RunError(.arguments, "a parameter is written name=value")
            }
            conversion.parameters[String(parameter[..<sign])] = String(parameter[parameter.index(after: sign)...])
        }
        if let lookup { conversion.lookupTable = try ImportOutput.read(lookup) }
        conversion.kind = kind.flatMap { CTPImport.Kind(rawValue: $0.rawValue) }
        let sources = try files.map { try ImportOutput.read($0) }
        try output.finish { () throws(ImportFailure) in try conversion.convert(sources) }
    }
}
