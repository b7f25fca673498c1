import Host
import ArgumentParser
import Deidentification
import Gatekeeper
import Glibc
import Inputs
import RuleLanguage

/// `cordon apply`: the main job.
struct Apply: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Releases, flags, de-identifies or sequesters studies for an audience.",
        usage: "cordon apply --rules <file> --audience <name> [<options>] <in> ... <out>",
        discussion: """
            Reads all inputs, decides study by study, and writes into OUT: `released/`, `sequestered/` and \
            `decisions.jsonl`. Inputs are folders, files, DICOMDIRs, ZIP archives, or `-` for a list of paths on standard \
            input. They are never changed. An interrupted run goes on when the same command is given again; one that has \
            finished changes nothing.

            Examples:
              cordon apply --rules site.xml --audience archive incoming/ out/
              cordon apply --rules site.xml --audience research --key site.key \\
                  cd/DICOMDIR export.zip out/
              find /archive -name '*.dcm' -print0 |
                  cordon apply --rules site.xml --audience legal -0 - out/
            """)

    @Option(name: .long, help: ArgumentHelp("The rule set.", valueName: "file"))
    var rules: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Take the rule set from a bundle, and only if those have signed it whom this file trusts.",
            valueName: "file"))
    var requireSigned: String?

    @Option(
        name: .long, help: ArgumentHelp("Who would receive the studies; a name in the rule set.", valueName: "name"))
    var audience: String

    @Argument(
        help: ArgumentHelp(
            "Inputs, and the output folder last. `-` reads a list of paths.", valueName: "in> ... <out"))
    var paths: [String]

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The site's key, for audiences that get de-identified data; else CORDON_KEY names it.", valueName: "file"))
    var key: String?

    @Option(name: .long, help: ArgumentHelp("Run rules up to this tier, 1 to 4.", valueName: "n"))
    var tier: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The time of decision, YYYYMMDDHHMMSS with or without a zone; the clock's if not given.", valueName: "time")
    )
    var at: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Write which input became which output. It names patients; mode 0600.", valueName: "file"))
    var map: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Write which patient got which pseudonym, date offset and study UIDs, as CSV. It names patients; mode 0600.",
            valueName: "file"))
    var crosswalk: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Write a page with small pictures of what was done to pixels. Originals are on it with --show-values alone.",
            valueName: "file"))
    var contactSheet: String?

    @OptionGroup(title: "Beside a registry")
    var site: RegistryOptions

    @OptionGroup(title: "Digital signatures")
    var trust: SignatureOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Inputs in work at a time; as many as there are processors to use if not given.", valueName: "n"))
    var jobs: Int?

    @Flag(name: .customShort("0"), help: "Paths in the list end with NUL, as `find -print0` writes them.")
    var nul = false

    @Flag(name: .long, help: "Decide and print; write nothing.")
    var dryRun = false

    @Flag(name: .long, help: "Print the summary as JSON.")
    var json = false

    @Flag(name: .long, help: "Print no summary and no progress.")
    var quiet = false

    @Flag(name: .long, help: "Let patient IDs stand in `decisions.jsonl` and in the summary.")
    var showValues = false

    mutating func validate() throws {
        guard paths.count >= 2 else { throw ValidationError("give at least one input, and OUT as the last argument") }
        guard paths.last != "-" else { throw ValidationError("OUT is the last argument and cannot be `-`") }
        guard jobs.map({ (1...1024).contains($0) }) ?? true else { throw ValidationError("--jobs is 1 to 1024") }
        guard tier.map({ (1...4).contains($0) }) ?? true else { throw ValidationError("--tier is 1, 2, 3 or 4") }
        guard at.map(DecisionTime.isValid) ?? true else {
            throw ValidationError(
                "--at is YYYYMMDDHHMMSS of a day that the calendar has, with or without a zone as +0100")
        }
        guard !nul || paths.dropLast().contains("-") else { throw ValidationError("-0 goes with `-`, a list of paths") }
        guard !dryRun || map == nil && crosswalk == nil && contactSheet == nil else {
            throw ValidationError(
                "--map, --crosswalk and --contact-sheet say what was written, and --dry-run writes nothing")
        }
    }

    func run() throws {
        StopSignal.install()
        let registry = try site.open(making: !dryRun)
        let ruleSet = try RuleSource.load(
            rules, tier: tier, registry: registry, trust: requireSigned, remembers: !dryRun)
        let inputs = paths.dropLast()
        let sources = InputSources(
            paths: inputs.filter { $0 != "-" }, list: inputs.contains("-") ? (nul ? .nul : .newline) : nil)
        let jobs = jobs ?? Processors.count
        var options = BatchRun.Options(
            sources: sources, output: paths.last ?? "", map: map, jobs: jobs, now: DecisionTime.now)
        options.writers = Companions.spare(besides: jobs)
        options.crosswalk = crosswalk
        options.contactSheet = contactSheet
        options.isDryRun = dryRun
        options.showsValues = showValues
        options.time = at
        var access: SiteRegistry?
        if let registry { access = SiteRegistry(registry, person: try site.actor(), time: .now) }
        let needsKey = ruleSet.audiences[audience].map { !Gate.profiles(of: $0).isEmpty } ?? false
        let run = try BatchRun(
            ruleSet: ruleSet, audience: audience, key: try KeySource.load(key, isNeeded: needsKey), registry: access,
            signatures: try trust.verifier(), options: options)
        let report = try run.run(progress: Progress(isQuiet: quiet))
        if !dryRun { try OpenedRegistry.sign(isKeyExpected: false) }
        if let signal = report.signal {
            StandardError.print("stopped; give the same command again to go on")
            Glibc.exit(128 + signal)
        }
        if json {
            StandardOutput.print(SummaryText.json(report, dryRun: dryRun).indentedText)
        } else if !quiet {
            StandardOutput.print(SummaryText.lines(report, dryRun: dryRun).joined(separator: "\n"))
        }
        let counts = report.summary.counts
        if counts.recorded == 0 { StandardError.print(sources.words(forNoneIn: counts.special)) }
        for (reason, count) in report.summary.refusals.sorted(by: { $0.key < $1.key }) {
            StandardError.print("\(count) refused: \(reason)" + (map == nil ? " (`--map FILE` says which)" : ""))
        }
        if counts.refused > 0 { throw ExitStatus.refused }
        if counts.sequestered > 0 { throw ExitStatus.sequestered }
    }
}
