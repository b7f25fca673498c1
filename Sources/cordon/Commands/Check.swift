import ArgumentParser
import Gatekeeper
import Inputs
import Registry
import RuleLanguage

/// `cordon check`: whether rule sets load, and what is doubtful in them.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks rule sets: schema, meaning, analysis.",
        discussion: """
            Every finding has its place, the line with a caret, and a hint where there is one.

            Example: cordon check Rules/sites/general-hospital.xml
            """)

    @Argument(help: ArgumentHelp("Rule files: each the root of a rule set.", valueName: "rules"))
    var paths: [String]

    @Option(
        name: .long,
        help: ArgumentHelp("The registry whose lists the rule sets name; else CORDON_REGISTRY.", valueName: "folder"))
    var registry: String?

    @Flag(name: .long, help: "Print the findings as JSON.")
    var json = false

    @Flag(name: .long, help: "Print findings only.")
    var quiet = false

    func run() throws {
        var hasErrors = false
        var sets: [JSON] = []
        let lists = try RegistryOptions.open(registry).map { RegistryLists($0) }
        for path in paths {
            let (ruleSet, findings) = RuleSetLoader(registryLists: lists).load(path: path)
            let errors = findings.count { $0.severity == .error }
            hasErrors = hasErrors || ruleSet == nil || errors > 0
            if json {
                sets.append(Self.json(path, ruleSet, findings))
                continue
            }
            for finding in findings { StandardOutput.print(finding.rendered) }
            guard !quiet else { continue }
            StandardOutput.print("\(path): \(Self.words(ruleSet, errors: errors, warnings: findings.count - errors))")
        }
        if json { StandardOutput.print(JSON.object(["ruleSets": .array(sets)]).indentedText) }
        if hasErrors { throw ExitStatus.arguments }
    }

    private static func words(_ ruleSet: RuleSet?, errors: Int, warnings: Int) -> String {
        let found = "\(count(errors, "error")), \(count(warnings, "warning"))"
        guard let ruleSet else { return found }
        return "\(found); `\(ruleSet.id)` revision \(ruleSet.revision), tier \(ruleSet.tier): "
            + "\(count(ruleSet.rules.count, "rule")), \(count(ruleSet.labels.count, "label")), "
            + "\(count(ruleSet.audiences.count, "audience")), digest \(ruleSet.digest.prefix(16))"
    }

    private static func count(_ number: Int, _ what: String) -> String { "\(number) \(what)\(number == 1 ? "" : "s")" }

    private static func json(_ path: String, _ ruleSet: RuleSet?, _ findings: [Finding]) -> JSON {
        .object([
            "path": .string(path),
            "loads": .bool(ruleSet != nil),
            "id": ruleSet.map { .string($0.id) },
            "revision": ruleSet.map { .string($0.revision) },
            "tier": ruleSet.map { .number($0.tier) },
            "digest": ruleSet.map { .string($0.digest) },
            "findings": .array(findings.map(\.json)),
        ])
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
