import Foundation
import Gatekeeper
import Inputs
import RuleEngine
import RuleLanguage

/// Studies, or decisions of earlier runs, decided anew.
struct Replay {
    /// Something that is decided differently. Without patient data: studies and inputs have numbers.
    struct Change {
        /// `study 3`, `input 17`.
        var subject: String
        var audience: String
        var old: String
        var new: String
    }

    /// What was looked at: `4 studies`, `120 decisions`.
    private(set) var looked = ""
    private(set) var changes: [Change] = []
    /// What the reader should know before they trust it.
    private(set) var remarks: [String] = []

    /// Studies in a folder, under both rule sets.
    init(_ sources: InputSources, _ old: RuleSet, _ new: RuleSet) throws {
        if old.needOfRegistry != nil || new.needOfRegistry != nil {
            remarks.append(
                "the rule sets ask a registry for labels, holds or lists; studies are decided as if it had none")
        }
        let before = try StudyReading(sources, ruleSet: old, showsValues: false)
        let after = try StudyReading(sources, ruleSet: new, showsValues: false)
        looked = "\(before.studies.count) \(before.studies.count == 1 ? "study" : "studies")"
        if !before.unreadable.isEmpty || !before.refused.isEmpty {
            let count = before.unreadable.count + before.refused.count
            remarks.append(
                count == 1
                    ? "1 input could not be read; it is sequestered"
                    : "\(count) inputs could not be read; they are sequestered")
        }
        for (first, second) in zip(before.studies, after.studies) {
            for audience in Set(old.audiences.keys).intersection(new.audiences.keys).sorted() {
                guard let was = Decision.decide(audience: audience, labels: first.labels, in: old),
                    let becomes = Decision.decide(audience: audience, labels: second.labels, in: new)
                else { continue }
                note("study \(first.number)", audience, was, becomes)
            }
        }
    }

    private mutating func note(_ subject: String, _ audience: String, _ was: Decision, _ becomes: Decision) {
        let old = Self.words(was), new = Self.words(becomes)
        if old != new { changes.append(Change(subject: subject, audience: audience, old: old, new: new)) }
    }

    private static func words(_ decision: Decision) -> String {
        var text = decision.disposition.name
        if let profile = decision.profile { text += " by \(profile)" }
        if decision.carriesLabels { text += ", labels written" }
        for obligation in decision.obligations { text += ", \(obligation.code)" }
        return text
    }

    /// Lines of a `decisions.jsonl`: the labels are those that were recorded, and the audiences are those of the new rule
    /// set. Rules cannot be asked again: the data is not there.
    init(decisions path: String, _ old: RuleSet, _ new: RuleSet) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw RunError(.arguments, "`\(path)` cannot be read")
        }
        var count = 0, undecided = 0, vanished = 0, others = 0
        var missing: Set<String> = []
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() where !line.isEmpty {
            guard let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any],
                let input = object["input"] as? Int
            else { throw RunError(.arguments, "`\(path)` is no record of decisions: line \(number + 1) is none") }
            // What could not be read, or was no DICOM, nobody decided about.
            guard let audience = object["audience"] as? String, let decided = object["decided"] as? String else {
                undecided += 1
                continue
            }
            // Whatever of a decision cannot be read might be what makes the difference.
            let written = Self.named("label", in: object["labels"])
            let obligations = Self.named("code", in: object["obligations", default: [Any]()])
            guard let written, let obligations else {
                throw RunError(
                    .arguments,
                    "`\(path)` is no record of decisions: a label or an obligation of line \(number + 1) cannot be read"
                )
            }
            count += 1
            if (object["ruleSet"] as? [String: Any])?["digest"] as? String != old.digest { others += 1 }
            let labels = written.map { name, label in
                AssignedLabel(label: name, isCertain: label["certain"] as? Bool ?? false, reasons: [])
            }
            // A label that the new vocabulary lacks would be a code that nobody knows.
            if labels.contains(where: { new.labels[$0.label] == nil && $0.label != RuleSet.sensitive }) {
                vanished += 1
            }
            guard let becomes = Decision.decide(audience: audience, labels: labels, in: new) else {
                missing.insert(audience)
                continue
            }
            let was = Self.words(decided, object["profile"] as? String, obligations.map { $0.text })
            let now = Self.words(becomes.disposition.name, becomes.profile, becomes.obligations.map(\.code))
            if was != now {
                changes.append(Change(subject: "input \(input)", audience: audience, old: was, new: now))
            }
        }
        looked = "\(count) \(count == 1 ? "decision" : "decisions") of before"
        if others > 0 {
            let who = others == count ? "they" : "\(others) of them"
            remarks.append("\(who) were made by another rule set than the old one given here: its changes count, too")
        }
        if Self.rules(old) != Self.rules(new) {
            remarks.append("rules differ, and recorded labels are those that the old ones gave: give the data to know")
        }
        if vanished > 0 { remarks.append("\(vanished) of them have labels that the new vocabulary does not know") }
        for audience in missing.sorted() {
            remarks.append("the new rule set has no audience `\(audience)`: what it would get is not known")
        }
        if undecided > 0 {
            let inputs = undecided == 1 ? "input was" : "inputs were"
            remarks.append("\(undecided) \(inputs) not decided about: unreadable, or no DICOM")
        }
    }

    /// Objects of an array with the text that each has under a name; nil when one has none, or it is something else.
    private static func named(_ name: String, in array: Any?) -> [(text: String, object: [String: Any])]? {
        guard let objects = array as? [[String: Any]] else { return nil }
        let named = objects.compactMap { object in
            (object[name] as? String).map { (text: $0, object: object) }
        }
        return named.count == objects.count ? named : nil
    }

    private static func words(_ disposition: String, _ profile: String?, _ obligations: [String]) -> String {
        obligations.sorted().reduce(profile.map { "\(disposition) by \($0)" } ?? disposition) { "\($0), \($1)" }
    }

    /// What rules say, without their places.
    private static func rules(_ ruleSet: RuleSet) -> [String] {
        ruleSet.rules.map {
            "\($0.id) \($0.tier) \($0.studyLabels) \($0.patientLabels) \($0.holds) \($0.condition.wholeText)"
        }.sorted()
    }
}

extension Condition {
    /// All of it, for comparing.
    fileprivate var wholeText: String {
        switch kind {
        case .all(let parts), .any(let parts): "\(elementName)(\(parts.map(\.wholeText).joined(separator: ",")))"
        case .not(let part): "not(\(part.wholeText))"
        case .item(_, _, let part): "\(words)(\(part.wholeText))"
        case .compareText(_, _, let texts, _): "\(words) \(texts)"
        default: words
        }
    }
}
