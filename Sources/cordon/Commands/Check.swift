import ArgumentParser
import Gatekeeper
import Inputs
import Registry
import RuleAnalysis
import RuleLanguage

/// `cordon check`: whether rule sets load, what is doubtful in them, and what can be proved of them.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks rule sets: schema, meaning, analysis.",
        discussion: """
            Every finding has its place, the line with a caret, and a hint where there is one; what was found out by \
            analysis has an example data set where there can be one. `docs/findings.md` explains each.

            Examples:
              cordon check Rules/sites/general-hospital.xml
              cordon check --notes site.xml
              cordon check --finding implied-rule --of old-rule --example shown.dcm site.xml
              cordon check --coverage site.xml
            """)

    @Argument(help: ArgumentHelp("Rule files: each the root of a rule set.", valueName: "rules"))
    var paths: [String]

    @Option(
        name: .long,
        help: ArgumentHelp("The registry whose lists the rule sets name; else CORDON_REGISTRY.", valueName: "folder"))
    var registry: String?

    @Flag(name: .long, help: "Print notes, too: what is so, and somebody should know.")
    var notes = false

    @Flag(name: .long, help: "Load only, and leave analysis out.")
    var noAnalysis = false

    @Flag(name: .long, help: "Status 2 for warnings, too.")
    var strict = false

    @Option(name: .long, help: ArgumentHelp("Only findings of this name.", valueName: "name"))
    var finding: String?

    @Option(name: .long, help: ArgumentHelp("Only findings about what has this name.", valueName: "name"))
    var of: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Write the example of the first finding that has one, as DICOM.", valueName: "file"))
    var example: String?

    @Flag(name: .long, help: "Hold the profiles that audiences use against PS3.15 Table E.1-1, row by row.")
    var coverage = false

    @Flag(name: .long, help: "Print the findings as JSON.")
    var json = false

    @Flag(name: .long, help: "Print findings only.")
    var quiet = false

    @Flag(name: .long, help: "Let rows of lists stand in examples: they name people.")
    var showValues = false

    func validate() throws {
        guard let finding else { return }
        let names = Set(Finding.codes + AnalysisFinding.Code.allCases.map(\.rawValue)).sorted()
        guard names.contains(finding) else {
            throw ValidationError(
                "no finding has the name `\(finding)`; there are \(names.joined(separator: ", "))")
        }
    }

    func run() throws {
        var hasErrors = false
        var sets: [JSON] = []
        var shown: [AnalysisFinding] = []
        let lists = try RegistryOptions.open(registry).map { RegistryLists($0) }
        let excerpts = Excerpts()
        for path in paths {
            let checked = CheckedRuleSet(path: path, lists: lists, analyses: !noAnalysis)
            let loading = checked.loading.filter { isAsked($0.code, nil) }
            let found = checked.analysis.filter { isAsked($0.code.rawValue, $0.subject) && isShown($0) }
            let errors =
                checked.loading.count { $0.severity == .error } + checked.analysis.count { $0.level == .error }
            let warnings = loading.count { $0.severity == .warning } + found.count { $0.level == .warning }
            hasErrors = hasErrors || checked.ruleSet == nil || errors > 0 || strict && warnings > 0
            shown += found
            let profiles = coverage ? checked.coverages : []
            if json {
                sets.append(Self.json(path, checked, loading, found, profiles, showsValues: showValues))
                continue
            }
            for finding in loading { StandardOutput.print(finding.rendered) }
            for finding in found { StandardOutput.print(finding.rendered(excerpts, showsValues: showValues)) }
            for profile in profiles { CoverageText.lines(profile, isFull: !quiet).forEach(StandardOutput.print) }
            guard !quiet else { continue }
            let words = Self.words(checked, errors: errors, warnings: warnings)
            StandardOutput.print("\(path): \(words)")
        }
        if json { StandardOutput.print(JSON.object(["ruleSets": .array(sets)]).indentedText) }
        if let example { try write(shown, to: example) }
        if hasErrors { throw ExitStatus.arguments }
    }

    private func isAsked(_ code: String, _ subject: String?) -> Bool {
        (finding.map { $0 == code } ?? true) && (of.map { $0 == subject } ?? true)
    }

    /// A note is shown to those who ask for notes, or for it.
    private func isShown(_ finding: AnalysisFinding) -> Bool { finding.level != .note || notes || self.finding != nil }

    private func write(_ findings: [AnalysisFinding], to path: String) throws {
        guard let shown = findings.first(where: { $0.example != nil }), let data = shown.example else {
            throw RunError(.arguments, "no finding that was asked for has an example; `--notes` asks for more of them")
        }
        guard showValues || !data.namesSomebody else {
            throw RunError(
                .arguments,
                "the example needs a row of a list, which names somebody: give `--show-values` to have it written")
        }
        try ReportFile.write(try data.encoded(), to: path)
        if !quiet, !json { StandardOutput.print("\(path): example of \(shown.code.rawValue): \(shown.shows ?? "")") }
    }

    private static func words(_ checked: CheckedRuleSet, errors: Int, warnings: Int) -> String {
        var found = "\(count(errors, "error")), \(count(warnings, "warning"))"
        guard let ruleSet = checked.ruleSet else { return found }
        let notes = checked.analysis.count { $0.level == .note }
        if notes > 0 { found += ", \(count(notes, "note"))" }
        if !checked.notKnown.isEmpty { found += ", \(count(checked.notKnown.count, "rule")) too large to be analysed" }
        return "\(found); `\(ruleSet.id)` revision \(ruleSet.revision), tier \(ruleSet.tier): "
            + "\(count(ruleSet.rules.count, "rule")), \(count(ruleSet.labels.count, "label")), "
            + "\(count(ruleSet.audiences.count, "audience")), digest \(ruleSet.digest.prefix(16))"
    }

    private static func count(_ number: Int, _ what: String) -> String { "\(number) \(what)\(number == 1 ? "" : "s")" }

    private static func json(
        _ path: String, _ checked: CheckedRuleSet, _ loading: [Finding], _ found: [AnalysisFinding],
        _ profiles: [ProfileCoverage], showsValues: Bool
    ) -> JSON {
        let ruleSet = checked.ruleSet
        return .object([
            "path": .string(path),
            "loads": .bool(ruleSet != nil),
            "id": ruleSet.map { .string($0.id) },
            "revision": ruleSet.map { .string($0.revision) },
            "tier": ruleSet.map { .number($0.tier) },
            "digest": ruleSet.map { .string($0.digest) },
            "findings": .array(loading.map(\.json) + found.map { $0.json(showsValues: showsValues) }),
            "allowed": checked.allowed.isEmpty
                ? nil
                : .array(
                    checked.allowed.map {
                        .object([
                            "code": .string($0.finding.code.rawValue),
                            "subject": $0.finding.subject.map { .string($0) },
                            "reason": .string($0.allowance.reason),
                        ])
                    }),
            "notKnown": checked.notKnown.isEmpty ? nil : .strings(checked.notKnown),
            "coverage": profiles.isEmpty ? nil : .array(profiles.map(CoverageText.json)),
        ])
    }
}

/// A rule set with all that is to be said of it.
struct CheckedRuleSet {
    let ruleSet: RuleSet?
    /// Without what the rule set allows.
    let loading: [Finding]
    private(set) var analysis: [AnalysisFinding] = []
    private(set) var allowed: [(finding: AnalysisFinding, allowance: Allowance)] = []
    private(set) var notKnown: [String] = []

    init(path: String, lists: RegistryLists?, analyses: Bool) {
        let (ruleSet, findings) = RuleSetLoader(registryLists: lists).load(path: path)
        self.ruleSet = ruleSet
        guard let ruleSet else {
            let shown = analyses ? Self.shownAssertions(findings, path: path, lists) : []
            analysis = shown
            // What an example shows is told with it, and once.
            loading = findings.filter { finding in
                finding.code != AnalysisFinding.Code.assertionFails.rawValue
                    || !shown.contains { $0.location.isOnLine(of: finding.location) }
            }
            return
        }
        let allowances = AllowanceUse(ruleSet)
        loading = findings.filter {
            $0.severity == .error || allowances.allowance(for: $0.code, subject: nil, in: $0.location.file) == nil
        }
        guard analyses else { return }
        let result = RuleSetAnalysis(ruleSet, warnings: findings)
        analysis = result.findings
        allowed = result.allowed
        notKnown = result.notKnown
    }

    /// Where nothing but assertions fails, there are studies to show it: what the loader says of each, with one.
    private static func shownAssertions(
        _ findings: [Finding], path: String, _ lists: RegistryLists?
    ) -> [AnalysisFinding] {
        let failed = findings.filter { $0.code == AnalysisFinding.Code.assertionFails.rawValue }
        guard !failed.isEmpty else { return [] }
        var loader = RuleSetLoader(registryLists: lists)
        loader.provesAssertions = false
        guard let unproved = loader.load(path: path).ruleSet else { return [] }
        return AssertionExamples.findings(unproved).map { example in
            guard let told = failed.first(where: { $0.location.isOnLine(of: example.location) }) else { return example }
            var example = example
            example.message = told.message
            example.hint = told.hint
            return example
        }
    }

    /// Of the profiles that audiences use, by name; of all where there is no audience.
    var coverages: [ProfileCoverage] {
        guard let ruleSet else { return [] }
        var used: Set<String> = []
        for audience in ruleSet.audiences.values {
            used.formUnion(([audience.always] + audience.clauses.map(\.consequence)).compactMap(\.profile))
        }
        if ruleSet.audiences.isEmpty { used = Set(ruleSet.profiles.keys) }
        return used.sorted().compactMap { ruleSet.profiles[$0].map { ProfileCoverage($0) } }
    }
}

extension SourceLocation {
    /// Whether it is on the same line: the loader names the element's name, analysis the element.
    fileprivate func isOnLine(of other: SourceLocation) -> Bool { file == other.file && line == other.line }
}

extension Example {
    /// As a file, or why not.
    func encoded() throws(RunError) -> [UInt8] {
        do throws(EncodingError) {
            return try bytes()
        } catch {
            throw RunError(.output, error.reason)
        }
    }
}

extension Finding {
    /// For scripts.
    var json: JSON {
        .object([
            "severity": .string(severity.rawValue),
            "code": .string(code),
            "message": .string(message),
            "file": .string(location.file),
            "line": .number(location.line),
            "column": .number(location.column),
            "hint": hint.map { .string($0) },
        ])
    }
}
