import ArgumentParser
import Gatekeeper
import Inputs
import RuleEngine
import RuleLanguage

/// `cordon explain`: why a study is what it is, for each audience.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says why a study would be released, flagged, de-identified or sequestered.",
        discussion: """
            Names every label with the rules that gave it, their places, and the attributes that made them fire; then \
            what each audience would get, and by which clauses. Writes nothing.

            Example: cordon explain --rules site.xml study/
            """)

    @Option(name: .long, help: ArgumentHelp("The rule set.", valueName: "file"))
    var rules: String

    @Option(name: .long, help: ArgumentHelp("Only these audiences; all if not given.", valueName: "name"))
    var audience: [String] = []

    @Option(name: .long, help: ArgumentHelp("Run rules up to this tier, 1 to 4.", valueName: "n"))
    var tier: Int?

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    @Flag(name: .long, help: "Show the values that the rules looked at: patient data.")
    var showValues = false

    @Argument(help: ArgumentHelp("Files, folders, DICOMDIRs, ZIP archives.", valueName: "in"))
    var paths: [String]

    func run() throws {
        let ruleSet = try RuleSource.load(rules, tier: tier)
        if let unknown = audience.first(where: { ruleSet.audiences[$0] == nil }) {
            let names = ruleSet.audiences.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")
            throw RunError(.arguments, "the rule set has no audience `\(unknown)`; it has \(names)")
        }
        let reading = try StudyReading(InputSources(paths: paths), ruleSet: ruleSet, showsValues: showValues)
        let text = ExplanationText(reading: reading, ruleSet: ruleSet, audiences: audience.isEmpty ? nil : audience)
        if json { StandardOutput.print(text.json) } else { text.lines.forEach(StandardOutput.print) }
        if !reading.refused.isEmpty { throw ExitStatus.refused }
    }
}
