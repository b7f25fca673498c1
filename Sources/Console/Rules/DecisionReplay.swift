internal import Host
internal import Registry
internal import RuleEngine
internal import RuleLanguage

/// Decisions of the last month, decided again by another rule set from the labels that are on record. Rules are not asked again: the data
/// is not looked at.
struct DecisionReplay: Hashable, Sendable {
    struct Change: Hashable, Sendable {
        var audience: String
        var old: String
        var new: String
    }

    /// By how many last decisions of an instance for an audience, the most first.
    private(set) var changes: [(change: Change, count: Int)] = []
    private(set) var looked = 0
    private(set) var unreadable = 0
    private(set) var withoutAudience: Set<String> = []
    /// There were more than are looked at.
    private(set) var isCut = false

    private static let most = 20_000
    private static let page = 1000
    private static let span: Int64 = 30 * 86_400

    /// - Parameter id: of the rule set that decided. What another decided, by labels of its own, says nothing of this one.
    init(_ registry: Registry, _ ruleSet: RuleSet, decidedBy id: String, at time: Instant) throws {
        let start = time.adding(seconds: -Self.span)
        var seen: Set<String> = [], counts: [Change: Int] = [:], before: Int64?, read = 0
        reading: while true {
            let entries = try registry.recentDecisions(before: before, limit: Self.page)
            guard let last = entries.last else { break }
            before = last.id
            for entry in entries {
                guard entry.time >= start else { break reading }
                read += 1
                guard entry.ruleSet == id else { continue }
                // The newest comes first: it is the one that counts.
                guard seen.insert("\(entry.instance) \(entry.audience)").inserted else { continue }
                note(entry, ruleSet, &counts)
            }
            if read >= Self.most {
                isCut = true
                break
            }
        }
        changes = counts.map { (change: $0.key, count: $0.value) }.sorted {
            ($1.count, $0.change.audience, $0.change.old) < ($0.count, $1.change.audience, $1.change.old)
        }
    }

    private mutating func note(_ entry: DecisionEntry, _ ruleSet: RuleSet, _ counts: inout [Change: Int]) {
        looked += 1
        guard let explanation = RecordedExplanation(entry.explanation), explanation.reason == nil else {
            unreadable += 1
            return
        }
        let labels = (explanation.labels ?? []).map {
            AssignedLabel(label: $0.label, isCertain: $0.certain, reasons: [])
        }
        guard let becomes = Decision.decide(audience: entry.audience, labels: labels, in: ruleSet) else {
            withoutAudience.insert(entry.audience)
            return
        }
        let old = Self.words(entry.disposition, entry.profile)
        let new = Self.words(becomes.disposition.name, becomes.profile)
        if old != new { counts[Change(audience: entry.audience, old: old, new: new), default: 0] += 1 }
    }

    private static func words(_ disposition: String, _ profile: String?) -> String {
        profile.map { "\(disposition) by \($0)" } ?? disposition
    }

    static func == (one: DecisionReplay, other: DecisionReplay) -> Bool {
        one.looked == other.looked && one.changes.map(\.change) == other.changes.map(\.change)
            && one.changes.map(\.count) == other.changes.map(\.count)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(looked) }
}
