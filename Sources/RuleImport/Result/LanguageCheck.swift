import RuleLanguage

/// Holds a converted rule set against the language itself until nothing is found in it. What the language does not take is
/// replaced by what holds back more, and the statements it came from are told: the result of an import loads, always.
struct LanguageCheck {
    let log: ImportLog

    /// Each round takes away what was found; a rule set with more wrong in it than this is none of ours.
    static let maximumRounds = 50

    /// - Returns: the text of the rule file. Throws when it cannot be made to load, which is a defect here.
    func settle(_ set: inout ConvertedRuleSet) throws(ImportFailure) -> String {
        var last: Finding?
        for _ in 0..<Self.maximumRounds {
            let writer = RuleSetWriter(set)
            let findings = self.findings(of: writer.text, set)
            guard let first = findings.first else { return writer.text }
            last = first
            guard repair(&set, findings, writer) else { break }
        }
        let reason = last.map { ": \($0.message) [\($0.code)], \($0.excerpt ?? "")" } ?? ""
        throw ImportFailure(
            "not-converted", "the result is no rule set that loads, which is a defect of the import\(reason)",
            at: SourceLocation(file: set.title, line: 1))
    }

    private func findings(of text: String, _ set: ConvertedRuleSet) -> [Finding] {
        var lists: [String: ListText] = [:]
        for list in set.lists { lists[list.id] = ListText(bytes: Array(list.csv.utf8), name: list.fileName) }
        return RuleSetLoader(replacing: lists).load(text: text, path: "converted.xml").findings
    }

    private func repair(_ set: inout ConvertedRuleSet, _ findings: [Finding], _ writer: RuleSetWriter) -> Bool {
        var dropped: Set<Int> = []
        var repaired: Set<Int> = []
        var parts: [Int: [Int: Finding]] = [:]
        for finding in findings {
            if let index = writer.statementLines[finding.location.line] {
                guard repaired.insert(index).inserted else { continue }
                if repair(&set, statement: index, finding) { dropped.insert(index) }
            } else if let (rule, part) = writer.partLines[finding.location.line] {
                if parts[rule]?[part] == nil { parts[rule, default: [:]][part] = finding }
            }
        }
        for (rule, findings) in parts { repair(&set, rule: rule, findings) }
        let isChanged = !repaired.isEmpty || !parts.isEmpty
        if !dropped.isEmpty, let statements = set.profile?.statements {
            set.profile?.statements = statements.indices.filter { !dropped.contains($0) }.map { statements[$0] }
        }
        set.rules.removeAll { $0.condition.kind == .constant(false) }
        let given = Set(set.rules.map(\.label))
        set.labels.removeAll { !given.contains($0.id) }
        return isChanged
    }

    // MARK: - Profile

    /// - Returns: whether the statement goes.
    private func repair(_ set: inout ConvertedRuleSet, statement index: Int, _ finding: Finding) -> Bool {
        guard var statement = set.profile?.statements[index] else { return false }
        let origins = statement.origins
        if finding.code == "unknown-attribute", statement.action == .remove {
            // Such an element goes by its VR, UN.
            for id in origins { log.changed(id, "\(finding.message), and whatever nobody knows is removed") }
            return true
        }
        guard finding.code != "unknown-attribute", statement.action != .remove else {
            // A tag that PS3.6 does not have goes by its VR, UN.
            for id in origins {
                log.refused(id, "\(finding.message); an element that nobody knows goes")
            }
            return true
        }
        if finding.code == "unknown-creator" {
            for id in origins { log.refused(id, "\(finding.message); its elements go") }
            return true
        }
        statement.action = .remove
        for id in origins { log.refused(id, "\(finding.message): the element is removed") }
        set.profile?.statements[index] = statement
        return false
    }

    // MARK: - Rules

    private func repair(_ set: inout ConvertedRuleSet, rule index: Int, _ findings: [Int: Finding]) {
        let rule = set.rules[index]
        let parts = rule.condition.parts
        var condition = rule.condition
        // From the last to the first: those before it keep their places.
        for (part, finding) in findings.sorted(by: { $0.key > $1.key }) where part < parts.count {
            condition = condition.replacing(part: part) { Self.repaired($0, finding, isNegated: $1) }
            var origins = parts[part].allOrigins
            if origins.isEmpty { origins = Set(rule.origins) }
            for id in origins.sorted() { tell(finding, of: id) }
        }
        condition = condition.simplified
        set.rules[index].condition = condition
        if condition.kind == .constant(true) {
            // It would hold back whatever comes: what its statements speak of is enough, where that is known.
            let fallback = rule.fallback.simplified
            set.rules[index].condition = rule.condition == fallback ? condition : fallback
            for id in rule.origins {
                log.refused(id, "its condition cannot be told: everything it may be about is held back")
            }
        }
    }

    private static func repaired(
        _ found: ConvertedCondition, _ finding: Finding, isNegated: Bool
    ) -> ConvertedCondition {
        switch (finding.code, found.kind) {
        // Proven: no data set is so.
        case ("never-true", _): ConvertedCondition(.constant(false), from: found.origins)
        case ("always-matches", .matches(let attribute, _, _)):
            ConvertedCondition(.present(attribute), from: found.origins)
        default: ConvertedCondition(.constant(!isNegated), from: found.origins)
        }
    }

    private func tell(_ finding: Finding, of id: ImportLog.ID) {
        switch finding.code {
        case "never-true": log.changed(id, "no data set is so: \(finding.message)")
        case "always-matches": log.changed(id, "any value is so, and it is asked whether there is one")
        default: log.refused(id, "\(finding.message); what it asks is taken to be so, whatever the value")
        }
    }
}
