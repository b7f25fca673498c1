internal import Host
internal import Registry
internal import RuleAnalysis
internal import RuleEngine
internal import RuleLanguage

/// The rule set in words, for people who do not read XML.
enum RulePages {
    static let routes: [ConsoleRoute] = [
        .page("/rules", .seeRules) { exchange in
            guard let ruleSet = exchange.console.ruleSet else {
                return exchange.page("rules", "Rules", ["none": true, "mayPropose": exchange.may(.proposeRules)])
            }
            let active = try exchange.registry.activations(ofRuleSet: ruleSet.id).last
            return exchange.page(
                "rules", "Rules",
                [
                    "mayPropose": exchange.may(.proposeRules),
                    "id": ruleSet.id, "revision": ruleSet.revision, "digest": ruleSet.digest, "tier": ruleSet.tier,
                    "another": active.map { $0.digest != ruleSet.digest } ?? false,
                    "active": active.map { "revision \($0.revision), since \(Words.time($0.time))" } ?? "",
                    "audiences": audiences(ruleSet), "rows": table(ruleSet), "tiers": tiers(ruleSet),
                    "findings": exchange.console.findings, "noFindings": exchange.console.findings.isEmpty,
                ])
        }
    ]

    // MARK: - Audiences

    private static func audiences(_ ruleSet: RuleSet) -> [[String: Any]] {
        ruleSet.audiences.values.sorted { $0.id < $1.id }.map { ["id": $0.id, "title": $0.title ?? ""] }
    }

    /// A row for each label that an audience asks for, and `always`.
    private static func table(_ ruleSet: RuleSet) -> [[String: Any]] {
        let audiences = ruleSet.audiences.values.sorted { $0.id < $1.id }
        var always: [[String: Any]] = []
        for audience in audiences { always.append(cell(audience.always, unless: nil)) }
        var rows: [[String: Any]] = [["label": "every study", "meaning": "", "cells": always]]
        let labels = Set(audiences.flatMap { $0.clauses.flatMap(\.labels) })
        for label in labels.sorted(by: { (ruleSet.labels[$0]?.tier ?? 0, $0) < (ruleSet.labels[$1]?.tier ?? 0, $1) }) {
            let cells = audiences.map { audience -> [String: Any] in
                let strictest = audience.clauses.filter { $0.labels.contains(label) }.max {
                    $0.consequence.disposition < $1.consequence.disposition
                }
                guard let strictest else { return ["words": ""] }
                return cell(strictest.consequence, unless: strictest.unless)
            }
            rows.append(["label": label, "meaning": ruleSet.labels[label]?.meaning ?? "", "cells": cells])
        }
        return rows
    }

    private static func cell(_ consequence: Audience.Consequence, unless: String?) -> [String: Any] {
        var words = consequence.disposition.name
        if let profile = consequence.profile { words += " by \(profile)" }
        return [
            "words": words, "kept": consequence.disposition == .sequester,
            "unless": unless.map { "unless \($0)" } ?? "",
        ]
    }

    // MARK: - Rules

    private static func tiers(_ ruleSet: RuleSet) -> [[String: Any]] {
        (1...4).compactMap { tier -> [String: Any]? in
            let rules = ruleSet.rules.filter { $0.tier == tier }
            guard !rules.isEmpty else { return nil }
            return ["tier": tier, "runs": tier <= ruleSet.tier, "rules": rules.map { rule($0, ruleSet) }]
        }
    }

    private static func rule(_ rule: Rule, _ ruleSet: RuleSet) -> [String: Any] {
        func named(_ labels: [String]) -> String {
            labels.map { id in ruleSet.labels[id]?.meaning.map { "\(id) (\($0))" } ?? id }.joined(separator: ", ")
        }
        let conditions = lines(rule.condition, depth: 0)
        return [
            "id": rule.id, "long": conditions.count > 8, "count": conditions.count, "title": rule.title ?? "",
            "study": named(rule.studyLabels), "patient": named(rule.patientLabels),
            "holds": rule.holds.map { "a hold of the \($0.scope.rawValue), matter \($0.matter)" }.joined(
                separator: "; "),
            "conditions": conditions,
            "place": "\(rule.location.file.split(separator: "/").last ?? ""):\(rule.location.line)",
        ]
    }

    /// A condition and its parts, indented.
    static func lines(_ condition: Condition, depth: Int) -> [[String: Any]] {
        let (words, parts): (String, [Condition]) =
            switch condition.kind {
            case .all(let parts): ("all of these:", parts)
            case .any(let parts): ("one of these at least:", parts)
            case .not(let part): ("not:", [part])
            case .item(_, _, let part): (condition.words + ", for which", [part])
            default: (condition.words, [])
            }
        // Lists do not nest deeper than the style sheet has steps for.
        return [["words": words, "depth": min(depth, 6)]] + parts.flatMap { lines($0, depth: depth + 1) }
    }

    // MARK: - Findings

    /// What `cordon check` says beyond errors, which a rule set that loads does not have.
    static func findings(_ ruleSet: RuleSet) -> [[String: String]] {
        RuleSetAnalysis(ruleSet).findings.filter { $0.level != .note }.prefix(200).map { finding in
            [
                "message": ConsoleResponder.sentence(finding.message),
                "hint": finding.hint.map { ConsoleResponder.sentence($0) } ?? "",
                "place": "\(finding.location.file.split(separator: "/").last ?? ""):\(finding.location.line)",
            ]
        }
    }
}
