public import RuleLanguage

/// All that can be said of a rule set without data, proved or shown by an example.
public struct RuleSetAnalysis: Sendable {
    /// Sorted by place; without those that the rule set allows.
    public private(set) var findings: [AnalysisFinding]
    /// Those that it allows, with the reasons.
    public private(set) var allowed: [(finding: AnalysisFinding, allowance: Allowance)]
    /// Rules of which not everything is known, because what they ask is too large to be taken apart. Sorted.
    public private(set) var notKnown: [String]

    /// - Parameter warnings: what loading said of the rule set, so that what allows one of them counts as used.
    public init(_ ruleSet: RuleSet, warnings: [Finding] = []) {
        let trial = Trial(ruleSet)
        let formulas = RuleFormulas(ConditionModel([ruleSet]))
        let rules = RuleChecks(formulas, trial: trial)
        rules.run()
        var found = rules.findings + UseChecks(ruleSet: ruleSet).findings
        found += AudienceChecks(ruleSet: ruleSet, formulas: formulas, trial: trial).findings()
        let allowances = AllowanceUse(ruleSet)
        let (kept, allowed) = allowances.sort(found.sorted())
        self.allowed = allowed
        notKnown = rules.notKnown.sorted()
        let unused = allowances.unused(allowed.map(\.allowance), warnings: warnings)
        findings = (kept + unused).sorted()
    }
}

/// Which findings a rule set allows.
public struct AllowanceUse: Sendable {
    private let allowances: [Allowance]
    /// Files that may allow what is found in another: the ones that include it.
    private let includers: [String: Set<String>]

    public init(_ ruleSet: RuleSet) {
        allowances = ruleSet.allowances
        var direct: [String: Set<String>] = [:]
        for inclusion in ruleSet.inclusions { direct[inclusion.file, default: []].insert(inclusion.location.file) }
        var all: [String: Set<String>] = [:]
        for file in direct.keys {
            var open = Array(direct[file] ?? [])
            var found = Set(open)
            while let next = open.popLast() {
                for other in direct[next] ?? [] where found.insert(other).inserted { open.append(other) }
            }
            all[file] = found
        }
        includers = all
    }

    /// The allowance for a finding, if there is one. A file speaks for itself and for what it includes.
    public func allowance(for code: String, subject: String?, in file: String) -> Allowance? {
        allowances.first { allowance in
            allowance.finding == code && (allowance.subject == nil || allowance.subject == subject)
                && (allowance.location.file == file
                    || allowance.subject != nil && includers[file]?.contains(allowance.location.file) == true)
        }
    }

    func sort(
        _ findings: [AnalysisFinding]
    ) -> (kept: [AnalysisFinding], allowed: [(finding: AnalysisFinding, allowance: Allowance)]) {
        var kept: [AnalysisFinding] = []
        var allowed: [(finding: AnalysisFinding, allowance: Allowance)] = []
        for finding in findings {
            let allowance = allowance(for: finding.code.rawValue, subject: finding.subject, in: finding.location.file)
            if let allowance { allowed.append((finding, allowance)) } else { kept.append(finding) }
        }
        return (kept, allowed)
    }

    func unused(_ used: [Allowance], warnings: [Finding]) -> [AnalysisFinding] {
        let used = Set(used)
        return allowances.filter { allowance in
            !used.contains(allowance)
                && !warnings.contains { $0.code == allowance.finding && $0.location.file == allowance.location.file }
        }.map {
            AnalysisFinding(
                .warning, .unusedAllowance,
                "nothing is found that this allows: `\($0.finding)`" + ($0.subject.map { " of `\($0)`" } ?? ""),
                at: $0.location, hint: "remove it", subject: $0.subject)
        }
    }
}
