public import DICOMFile
import RuleLanguage

extension Explanation {
    /// The explanation as lines for a terminal: decisions first, then labels with what gave them.
    ///
    /// - Parameter file: prints the values of the attributes that fired, from this file; nil prints none.
    public func lines(showingValuesOf file: DICOMFile? = nil) -> [String] {
        var lines = ["rule set \(id), revision \(revision), tier \(tier)"]
        for decision in decisions { lines += Self.lines(of: decision) }
        lines += ["", labels.isEmpty ? "no labels" : "labels"]
        for label in labels { lines += Self.lines(of: label, file) }
        return lines
    }

    private static func lines(of explained: ExplainedDecision) -> [String] {
        let decision = explained.decision
        let purpose = explained.purpose.map { " (\($0))" } ?? ""
        var lines = ["", "audience \(decision.audience)\(purpose): \(decision.disposition.name)"]
        if let profile = decision.profile { lines.append("  by profile \(profile)") }
        if decision.carriesLabels { lines.append("  carries its labels in (0008,001D)") }
        if let level = decision.confidentiality { lines.append("  confidentiality \(level)") }
        for obligation in decision.obligations { lines.append("  obliges \(obligation.code) \(obligation.system)") }
        if let deciding = explained.deciding { lines.append("  decided by \(words(for: deciding))") }
        for clause in explained.beaten { lines.append("  beat \(words(for: clause))") }
        for clause in explained.lifted {
            lines.append("  lifted by \(clause.liftedBy ?? ""): \(words(for: clause))")
        }
        return lines
    }

    private static func words(for clause: Decision.AppliedClause) -> String {
        let what = clause.labels.isEmpty ? "always" : "on \(clause.labels.joined(separator: " "))"
        return "\(what): \(clause.disposition.name), at \(clause.location)"
    }

    private static func lines(of label: ExplainedLabel, _ file: DICOMFile?) -> [String] {
        let assigned = label.assigned
        let code = label.code.map { " (\($0))" } ?? ""
        var lines = ["  \(assigned.label)\(code), tier \(label.tier)\(assigned.isCertain ? "" : ", uncertain")"]
        for reason in assigned.reasons {
            lines.append("    \(words(for: reason, label.titles))\(reason.isCertain ? "" : ", uncertain")")
            for evidence in reason.evidence {
                var line = "      \(AttributeName.of(evidence.attribute))"
                if reason.kind == .rule { line += ", asked at \(evidence.location)" }
                if let problem = evidence.problem { line += ": \(problem)" }
                if let file, let value = ShownValue(evidence.attribute, in: file) { line += " = \(value.text)" }
                lines.append(line)
            }
        }
        return lines
    }

    private static func words(for reason: AssignedLabel.Reason, _ titles: [String: String]) -> String {
        let place = reason.location.map { " at \($0)" } ?? ""
        let declared = place.isEmpty ? "" : ", declared\(place)"
        switch reason.kind {
        case .rule:
            let title = titles[reason.id].map { " \"\($0)\"" } ?? ""
            return "rule \(reason.id)\(title)\(place)"
        case .incomingCode: return "code \(reason.id) came in with (0008,001D)\(declared)"
        case .unknownCode: return "a code that came in with (0008,001D) and is in no vocabulary"
        case .unreadableCode: return "a code that came in with (0008,001D) and cannot be read"
        case .unreadableIdentity: return "whose it is cannot be read: it may be anybody's"
        case .registry: return "the registry has it"
        case .impliedBy: return "comes with \(reason.id)\(declared)"
        }
    }
}
