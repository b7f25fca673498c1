import ArgumentParser
import CustodyLog
import Gatekeeper
import Host
import Inputs
import Registry
import RuleEngine
import RuleLanguage

/// `cordon explain`: why a study is what it is, for each audience.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says why a study would be released, flagged, de-identified or sequestered.",
        discussion: """
            Names every label with the rules that gave it, their places, and the attributes that made them fire; then \
            what each audience would get, and by which clauses. Writes nothing but the page that is asked for.

            Examples:
              cordon explain --rules site.xml study/
              cordon explain --rules site.xml --conditions --html why.html study/
              cordon explain --rules site.xml --why-not vip-name study/

            Exit status: 3 when some input could not be read.
            """)

    @Option(name: .long, help: ArgumentHelp("The rule set.", valueName: "file"))
    var rules: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Take the rule set from a bundle, and only if those have signed it whom this file trusts.",
            valueName: "file"))
    var requireSigned: String?

    @Option(name: .long, help: ArgumentHelp("Only these audiences; all if not given.", valueName: "name"))
    var audience: [String] = []

    @Option(name: .long, help: ArgumentHelp("Run rules up to this tier, 1 to 4.", valueName: "n"))
    var tier: Int?

    @OptionGroup(title: "Beside a registry")
    var site: RegistryOptions

    @OptionGroup(title: "Digital signatures")
    var trust: SignatureOptions

    @Flag(name: .long, help: "Print every condition of every rule, with its answer and where it looked.")
    var conditions = false

    @Flag(
        name: .long,
        help: "Print, for what would be de-identified, which statement of the profile wins for each attribute.")
    var attributes = false

    @Option(
        name: .long,
        help: ArgumentHelp("Say what kept this rule from firing: the fewest conditions.", valueName: "rule"))
    var whyNot: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Write a page with all of it, conditions and attributes included.", valueName: "file"))
    var html: String?

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    @Flag(name: .long, help: "Show the values that the rules looked at: patient data.")
    var showValues = false

    @Argument(help: ArgumentHelp("Files, folders, DICOMDIRs, ZIP archives.", valueName: "in"))
    var paths: [String]

    func run() throws {
        let registry = try site.open()
        let ruleSet = try RuleSource.load(rules, tier: tier, registry: registry, trust: requireSigned)
        if let unknown = audience.first(where: { ruleSet.audiences[$0] == nil }) {
            let names = ruleSet.audiences.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")
            throw RunError(.arguments, "the rule set has no audience `\(unknown)`; it has \(names)")
        }
        if let whyNot, !ruleSet.rules.contains(where: { $0.id == whyNot && $0.tier <= ruleSet.tier }) {
            throw RunError(.arguments, "the rule set has no rule `\(whyNot)` at its tier \(ruleSet.tier)")
        }
        var access: SiteRegistry?
        if let registry { access = SiteRegistry(registry, person: try site.actor(), time: .now) }
        let reading = try StudyReading(
            InputSources(paths: paths), ruleSet: ruleSet, registry: access, signatures: try trust.verifier(),
            showsValues: showValues, tracing: tracing)
        if showValues, let registry { try recordLook(reading, registry) }
        var text = ExplanationText(reading: reading, ruleSet: ruleSet, audiences: audience.isEmpty ? nil : audience)
        if let html { try ReportFile.write(ExplanationPage(text).page, to: html) }
        text.whyNot = whyNot
        text.tellsConditions = conditions
        text.tellsAttributes = attributes
        if json { StandardOutput.print(text.json) } else { text.lines.forEach(StandardOutput.print) }
        if reading.studies.isEmpty, reading.unreadable.isEmpty, reading.refused.isEmpty {
            StandardError.print("there is no study in the inputs")
        }
        if !reading.refused.isEmpty || !reading.unreadable.isEmpty { throw ExitStatus.refused }
    }

    private var tracing: StudyTracing? {
        guard conditions || attributes || whyNot != nil || html != nil else { return nil }
        var tracing = StudyTracing()
        tracing.tellsConditions = conditions || whyNot != nil || html != nil
        tracing.tellsAttributes = attributes || html != nil
        if !conditions, html == nil, let whyNot { tracing.rules = [whyNot] }
        return tracing
    }

    /// Who looked at patients' data, and whose.
    private func recordLook(_ reading: StudyReading, _ registry: Registry) throws {
        let person = try site.actor()
        do {
            for study in reading.studies {
                guard let uid = study.studyInstanceUID else { continue }
                try registry.record(
                    CustodyEvent(
                        .viewed, time: .now, actor: person.name, facts: [CustodyEvent.Fact("by", "explain")],
                        personal: [CustodyEvent.Fact("StudyInstanceUID", uid)]),
                    about: [.study(uid)])
            }
        } catch let error as RegistryError {
            throw RunError(.output, "the registry: \(error)")
        }
    }
}
