import Gatekeeper
import RuleAnalysis
import RuleEngine
import RuleLanguage

/// An explanation as one page that any browser shows, without a network and without scripts. Headings, tables with
/// headers, and truth values in words: nothing is told by colour alone.
struct ExplanationPage {
    private let text: ExplanationText

    init(_ text: ExplanationText) { self.text = text }

    var page: String {
        var body = "<main>\n<h1>Why these studies are what they are</h1>\n"
        body +=
            "<p>Rule set <strong>\(Self.escaped(text.ruleSet.id))</strong>, revision \(Self.escaped(text.ruleSet.revision)), "
        body += "tier \(text.ruleSet.tier), digest <code>\(Self.escaped(text.ruleSet.digest))</code>.</p>\n"
        if text.reading.studies.isEmpty { body += "<p>There is no study in the inputs.</p>\n" }
        for study in text.reading.studies { body += section(study) }
        for reason in text.reading.unreadable {
            body += "<p>Unreadable, would be sequestered: \(Self.escaped(reason))</p>\n"
        }
        for reason in text.reading.refused { body += "<p>Refused: \(Self.escaped(reason))</p>\n" }
        return Self.head + body + "</main>\n</body>\n</html>\n"
    }

    // MARK: - A study

    private func section(_ study: StudyReading.Study) -> String {
        let explanation = text.explanation(of: study)
        let count = "\(study.instanceCount) \(study.instanceCount == 1 ? "instance" : "instances")"
        var html =
            "<section aria-labelledby=\"study-\(study.number)\">\n<h2 id=\"study-\(study.number)\">Study \(study.number): "
        html += "\(Self.escaped(study.modalities.joined(separator: " "))) \(count)</h2>\n"
        if let patient = study.patientID { html += "<p>Patient ID \(Self.escaped(patient))</p>\n" }
        if let uid = study.studyInstanceUID { html += "<p>Study Instance UID \(Self.escaped(uid))</p>\n" }
        html += table(
            "Decisions", ["Audience", "Disposition", "Decided by", "Beat"],
            explanation.decisions.map { explained in
                let decision = explained.decision
                var disposition = decision.disposition.name
                if let profile = decision.profile { disposition += " by \(profile)" }
                return [
                    decision.audience, disposition, explained.deciding.map(words) ?? "",
                    (explained.beaten.map(words)
                        + explained.lifted.map { "lifted by \($0.liftedBy ?? ""): \(words($0))" })
                        .joined(separator: "; "),
                ]
            })
        html += table(
            "Labels", ["Label", "Certain", "Why"],
            explanation.labels.map { label in
                [
                    label.assigned.label, label.assigned.isCertain ? "yes" : "no",
                    label.assigned.reasons.map { words($0, label.titles) }.joined(separator: "; "),
                ]
            })
        if !study.values.isEmpty {
            html += table(
                "Values that the rules looked at", ["Attribute", "Values"],
                study.values.sorted { $0.key < $1.key }.map {
                    [AttributeName.of($0.key), $0.value.joined(separator: " | ")]
                })
        }
        for instance in study.instances { html += conditions(instance) + attributes(instance) }
        return html + "</section>\n"
    }

    private func words(_ clause: Decision.AppliedClause) -> String {
        let what = clause.labels.isEmpty ? "always" : "on \(clause.labels.joined(separator: " "))"
        return "\(what): \(clause.disposition.name), at \(clause.location)"
    }

    private func words(_ reason: AssignedLabel.Reason, _ titles: [String: String]) -> String {
        let place = reason.location.map { " at \($0)" } ?? ""
        let looked = reason.evidence.map { AttributeName.of($0.attribute) + ($0.problem.map { ": \($0)" } ?? "") }
        let where_ = looked.isEmpty ? "" : ", by \(looked.joined(separator: ", "))"
        switch reason.kind {
        case .rule: return "rule \(reason.id)\(titles[reason.id].map { " (\($0))" } ?? "")\(place)\(where_)"
        case .impliedBy: return "comes with \(reason.id)"
        case .incomingCode: return "code \(reason.id) came in\(where_)"
        case .unknownCode: return "a code that is in no vocabulary came in\(where_)"
        case .unreadableCode: return "a code that cannot be read came in\(where_)"
        case .unreadableIdentity: return "whose it is cannot be read\(where_)"
        case .registry: return "the registry has it"
        }
    }

    // MARK: - Conditions and attributes

    private func conditions(_ instance: StudyTracing.Instances) -> String {
        guard !instance.rules.isEmpty else { return "" }
        let count = instance.count == 1 ? "one instance" : "\(instance.count) instances alike"
        var html = "<h3>Rules, for \(count)</h3>\n"
        // What fired stands open; the rest is a click away.
        for rule in instance.rules.sorted(by: {
            ($0.hasFired ? 0 : 1, $0.tier, $0.id) < ($1.hasFired ? 0 : 1, $1.tier, $1.id)
        }) {
            html += "<details\(rule.hasFired ? " open" : "")><summary>\(Self.escaped(rule.id)), tier \(rule.tier): "
            html += "<strong class=\"\(rule.condition.truth.name)\">\(rule.condition.truth.name)</strong></summary>\n"
            html += "<p>\(Self.escaped(rule.title ?? "")) <code>\(Self.escaped("\(rule.location)"))</code></p>\n"
            html += "<ul>\(item(rule.condition))</ul>\n</details>\n"
        }
        return html
    }

    private func item(_ trace: ConditionTrace) -> String {
        var html =
            "<li><strong class=\"\(trace.truth.name)\">\(trace.truth.name)</strong>: \(Self.escaped(trace.words)) "
        html += "<span class=\"place\">line \(trace.location.line)"
        if trace.parts.isEmpty, !trace.evidence.isEmpty {
            let places = trace.evidence.map { AttributeName.of($0.attribute) + ($0.problem.map { ": \($0)" } ?? "") }
            html += "; looked at \(Self.escaped(places.joined(separator: ", ")))"
        }
        html += "</span>"
        if !trace.parts.isEmpty { html += "<ul>\(trace.parts.map(item).joined())</ul>" }
        return html + "</li>\n"
    }

    private func attributes(_ instance: StudyTracing.Instances) -> String {
        instance.attributes.sorted { $0.key < $1.key }.map { profile, choices in
            "<details><summary>Attributes under the profile \(Self.escaped(profile))</summary>\n"
                + table(
                    "Statements of \(profile)", ["Attribute", "VR", "Action", "By", "Beat"],
                    choices.map { choice in
                        [
                            AttributeName.of(choice.path), "\(choice.vr)",
                            choice.goneWith.map { "goes with \($0)" } ?? choice.won?.action.words ?? "",
                            choice.won.map(TraceText.words) ?? "",
                            choice.beaten.map { "\($0.action.words) by \(TraceText.words($0))" }.joined(
                                separator: "; "),
                        ]
                    }) + "</details>\n"
        }.joined()
    }

    // MARK: - HTML

    private func table(_ caption: String, _ heads: [String], _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "<p>\(Self.escaped(caption)): none.</p>\n" }
        var html = "<table>\n<caption>\(Self.escaped(caption))</caption>\n<thead><tr>"
        html += heads.map { "<th scope=\"col\">\(Self.escaped($0))</th>" }.joined() + "</tr></thead>\n<tbody>\n"
        for row in rows {
            html += "<tr><th scope=\"row\">\(Self.escaped(row.first ?? ""))</th>"
            html += row.dropFirst().map { "<td>\(Self.escaped($0))</td>" }.joined() + "</tr>\n"
        }
        return html + "</tbody>\n</table>\n"
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            // Controls are no text, and some turn the direction of what follows.
            case _ where scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format:
                result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static let head = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>Cordon: why these studies are what they are</title>
        <style>
        :root { color-scheme: light dark; }
        body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; }
        table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
        caption { text-align: left; font-weight: 600; padding: .3rem 0; }
        th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8886;
          overflow-wrap: anywhere; font-weight: normal; }
        thead th { font-weight: 600; }
        code, .place { font-size: .85rem; overflow-wrap: anywhere; }
        strong.true { text-decoration: underline; }
        strong.unknown { text-decoration: underline dotted; }
        </style>
        </head>
        <body>

        """
}
