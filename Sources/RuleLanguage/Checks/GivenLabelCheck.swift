/// Warns of `labelled` conditions whose label nothing can give: no rule of lower tiers, and no code that comes in.
struct GivenLabelCheck {
    let log: FindingLog
    let labels: [String: Label]
    /// Label → the lowest tier of a rule that gives it, or a label that comes with it.
    private let lowestTier: [String: Int]
    private let coded: Set<String>

    /// - Parameter given: labels with the tier of a rule that gives them; of rules that are wrong as well.
    init(log: FindingLog, labels: [String: Label], given: [(label: String, tier: Int)]) {
        self.log = log
        self.labels = labels
        var lowest: [String: Int] = [:]
        for (label, tier) in given {
            for name in Self.withAncestors(label, labels) { lowest[name] = min(lowest[name] ?? tier, tier) }
        }
        lowestTier = lowest
        let direct = labels.values.filter { $0.code != nil }.map(\.id)
        coded = Set(direct.flatMap { Self.withAncestors($0, labels) })
    }

    func check(_ condition: Condition, tier: Int, places: [SourceLocation: Place]) {
        switch condition.kind {
        case .all(let parts), .any(let parts): for part in parts { check(part, tier: tier, places: places) }
        case .not(let inner), .item(_, _, let inner): check(inner, tier: tier, places: places)
        case .labelled(let label):
            guard let place = places[condition.location], labels[label] != nil, !coded.contains(label) else { return }
            if let lowest = lowestTier[label], lowest < tier { return }
            log.warning(
                .neverLabelled, "nothing gives `\(label)`: no rule below tier \(tier), and no code that comes in",
                at: place, hint: "write a rule that gives it, or a system and a code for the label")
        default: break
        }
    }

    private static func withAncestors(_ label: String, _ labels: [String: Label]) -> Set<String> {
        var found: Set<String> = []
        var pending = [label]
        while let next = pending.popLast() {
            if found.insert(next).inserted { pending += labels[next]?.parents ?? [] }
        }
        return found
    }
}
