import ArgumentParser
import Gatekeeper
import Inputs
import Registry
import RuleAnalysis
import RuleLanguage

/// `cordon diff`: what another rule set would decide differently.
struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Says what a new rule set decides differently, with an example for each difference.",
        discussion: """
            Compares for each audience, each label and each matter that rules hold: equivalent, stricter, laxer or different. Equivalence is proved; a \
            difference is shown by a data set that was decided under both. With --on, studies of a folder, or decisions of \
            earlier runs, are decided again.

            Examples:
              cordon diff old.xml new.xml
              cordon diff --on /archive/sample old.xml new.xml
              cordon diff --on out/decisions.jsonl old.xml new.xml

            Exit status: 1 when anything differs, or nobody knows; 0 when all is equivalent.
            """)

    @Argument(help: ArgumentHelp("The rule set that was.", valueName: "old"))
    var old: String

    @Argument(help: ArgumentHelp("The rule set that is to be.", valueName: "new"))
    var new: String

    @Option(
        name: .long,
        help: ArgumentHelp("Decide what is there again: files, folders, or a `decisions.jsonl`.", valueName: "path"))
    var on: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Write the examples as DICOM files into this folder, which is there.", valueName: "folder"))
    var examples: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The registry whose lists the rule sets name; else CORDON_REGISTRY.", valueName: "folder"))
    var registry: String?

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    @Flag(name: .long, help: "Let rows of lists stand in examples: they name people.")
    var showValues = false

    func run() throws {
        let registry = try RegistryOptions.open(registry)
        let before = try RuleSource.load(old, registry: registry)
        let after = try RuleSource.load(new, registry: registry)
        let difference = RuleSetDifference(old: before, new: after)
        let recorded = on.filter { $0.hasSuffix(".jsonl") }, data = on.filter { !$0.hasSuffix(".jsonl") }
        var replays: [Replay] = []
        if !data.isEmpty { replays.append(try Replay(InputSources(paths: data), before, after)) }
        for path in recorded { replays.append(try Replay(decisions: path, before, after)) }
        let text = DifferenceText(difference: difference, replays: replays, showsValues: showValues)
        if json { StandardOutput.print(text.json.indentedText) } else { text.lines.forEach(StandardOutput.print) }
        if let examples { try write(difference, to: examples) }
        if !difference.isEquivalent || replays.contains(where: { !$0.changes.isEmpty }) { throw ExitStatus.sequestered }
    }

    private func write(_ difference: RuleSetDifference, to folder: String) throws {
        let kinds = [
            ("audience", difference.audiences), ("label", difference.labels), ("hold", difference.holds),
        ]
        for (kind, entries) in kinds {
            for (number, entry) in entries.enumerated() {
                // A matter may be called anything, and files may not.
                let subject = kind == "hold" ? "\(number + 1)" : entry.name
                for shown in entry.shown {
                    guard showValues || !shown.example.namesSomebody else {
                        StandardError.print(
                            "the example of \(kind) \(subject) needs a row of a list, which names somebody: give "
                                + "`--show-values` to have it written")
                        continue
                    }
                    let name = "\(kind)-\(subject)-\(shown.direction.rawValue).dcm"
                    try ReportFile.write(try shown.example.encoded(), to: "\(folder)/\(name)")
                }
            }
        }
    }
}
