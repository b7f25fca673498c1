import Inputs
import RuleAnalysis

/// What two rule sets decide differently, for people and for scripts.
struct DifferenceText {
    let difference: RuleSetDifference
    let replays: [Replay]
    let showsValues: Bool

    /// Differences of labels come first where they explain those of audiences; what is the same is counted.
    var lines: [String] {
        var lines =
            section("audience", "audiences", difference.audiences) + section("label", "labels", difference.labels)
            + section("hold", "holds", difference.holds)
        if !difference.codes.isEmpty {
            lines.append(
                "codes that mean another label, or none: \(difference.codes.joined(separator: ", ").printable)")
        }
        for replay in replays {
            lines.append("")
            lines.append("\(replay.looked): \(replay.changes.count) decided differently")
            lines += replay.remarks.map { "  \($0)" }
            lines += Self.grouped(replay.changes)
        }
        return lines
    }

    /// What changes alike on one line, with those that come first: of a large archive nobody reads a line for each.
    private static func grouped(_ changes: [Replay.Change]) -> [String] {
        let most = 8
        var order: [[String]] = []
        var subjects: [[String]: [String]] = [:]
        for change in changes {
            let key = [change.audience, change.old, change.new]
            if subjects[key] == nil { order.append(key) }
            subjects[key, default: []].append(change.subject)
        }
        return order.map { key in
            let names = subjects[key] ?? []
            let rest = names.count > most ? " and \(names.count - most) more" : ""
            let shown = names.prefix(most).joined(separator: ", ")
            return "  \(shown)\(rest), audience \(key[0]): \(key[1]) → \(key[2])"
        }
    }

    private func section(_ one: String, _ many: String, _ entries: [RuleSetDifference.Entry]) -> [String] {
        let same = entries.filter { $0.verdict == .equivalent && $0.remark == nil }
        var result = entries.filter { $0.verdict != .equivalent || $0.remark != nil }.flatMap { lines(one, $0) }
        if !same.isEmpty { result.append("\(same.count) \(same.count == 1 ? one : many) equivalent") }
        return result
    }

    private func lines(_ kind: String, _ entry: RuleSetDifference.Entry) -> [String] {
        var lines = [
            "\(kind) \(entry.name.printable): \(entry.verdict == .notKnown ? "not known" : entry.verdict.rawValue)"
        ]
        if let remark = entry.remark { lines.append("  \(remark)") }
        for shown in entry.shown {
            lines.append("  \(shown.direction.rawValue): \(shown.old) → \(shown.new)")
            lines.append("    example: \(shown.example.words(showingValues: showsValues).printable)")
        }
        return lines
    }

    var json: JSON {
        .object([
            "equivalent": .bool(difference.isEquivalent),
            "audiences": .array(difference.audiences.map(entry)),
            "labels": .array(difference.labels.map(entry)),
            "holds": .array(difference.holds.map(entry)),
            "codes": .strings(difference.codes),
            "replays": replays.isEmpty
                ? nil
                : .array(
                    replays.map { replay in
                        .object([
                            "on": .string(replay.looked), "remarks": .strings(replay.remarks),
                            "changes": .array(
                                replay.changes.map {
                                    .object([
                                        "subject": .string($0.subject), "audience": .string($0.audience),
                                        "old": .string($0.old), "new": .string($0.new),
                                    ])
                                }),
                        ])
                    }),
        ])
    }

    private func entry(_ entry: RuleSetDifference.Entry) -> JSON {
        .object([
            "name": .string(entry.name),
            "verdict": .string(entry.verdict.rawValue),
            "remark": entry.remark.map { .string($0) },
            "shown": .array(
                entry.shown.map {
                    .object([
                        "direction": .string($0.direction.rawValue), "old": .string($0.old), "new": .string($0.new),
                        "example": .string($0.example.words(showingValues: showsValues)),
                    ])
                }),
        ])
    }
}
