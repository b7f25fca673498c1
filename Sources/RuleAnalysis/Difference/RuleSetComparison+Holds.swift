import RuleEngine
import RuleLanguage

/// Holds of one matter on studies, or on patients, that rules of a rule set place.
struct HeldMatter: Hashable, Comparable {
    var matter: String
    var scope: RuleHold.Scope

    init(_ hold: RuleHold) {
        matter = hold.matter
        scope = hold.scope
    }

    /// For people: the matter, and what is held.
    var name: String { "\(matter) (\(scope.rawValue))" }

    func isOf(_ hold: RuleHold) -> Bool { HeldMatter(hold) == self }

    /// All that rules place at the tier of the site.
    static func all(_ ruleSet: RuleSet) -> Set<HeldMatter> {
        Set(ruleSet.rules.filter { $0.tier <= ruleSet.tier }.flatMap(\.holds).map { HeldMatter($0) })
    }

    static func < (left: HeldMatter, right: HeldMatter) -> Bool {
        (left.matter, left.scope.rawValue) < (right.matter, right.scope.rawValue)
    }
}

extension RuleSetComparison {
    /// What is held of each matter, by whichever rule: stricter when more is, laxer when less is.
    func holds() -> [Entry] {
        let was = HeldMatter.all(old), becomes = HeldMatter.all(new)
        return was.union(becomes).sorted().map { held in
            if !was.contains(held) { return Entry(name: held.name, verdict: .added, shown: [], remark: nil) }
            if !becomes.contains(held) { return Entry(name: held.name, verdict: .removed, shown: [], remark: nil) }
            do throws(DecisionDiagrams.TooLarge) {
                return try hold(held)
            } catch {
                return Entry(name: held.name, verdict: .notKnown, shown: [], remark: "too large to be decided")
            }
        }
    }

    private func hold(_ held: HeldMatter) throws(DecisionDiagrams.TooLarge) -> Entry {
        var shown: [Shown] = []
        var isOpen = false
        func look(_ function: Function, _ direction: Verdict, wasHeld: Bool) throws(DecisionDiagrams.TooLarge) {
            guard try model.isPossible(function) else { return }
            let example = try ExampleSearch(model: model).first(of: function) { example in
                self.isHeld(held, trials.old, example) == wasHeld && self.isHeld(held, trials.new, example) == !wasHeld
            }
            guard let example else {
                isOpen = true
                return
            }
            let words = wasHeld ? ["held", "not held"] : ["not held", "held"]
            shown.append(Shown(direction: direction, old: words[0], new: words[1], example: example))
        }
        let was = try before.holding(held.isOf), becomes = try after.holding(held.isOf)
        try look(try diagrams.and(becomes, try diagrams.not(was)), .stricter, wasHeld: false)
        try look(try diagrams.and(was, try diagrams.not(becomes)), .laxer, wasHeld: true)
        let verdict = Self.verdict(shown, isOpen: isOpen)
        if verdict == .notKnown {
            return Entry(
                name: held.name, verdict: verdict, shown: [],
                remark: "something may differ, and no example of it was found")
        }
        guard verdict == .equivalent else {
            return Entry(name: held.name, verdict: verdict, shown: shown, remark: nil)
        }
        if try differInTerms(held) {
            return Entry(
                name: held.name, verdict: .different, shown: [],
                remark: "held alike, with another custodian, authority or reason")
        }
        return Entry(
            name: held.name, verdict: verdict, shown: [],
            remark: asksForLabels(held)
                ? "for studies of one instance; labels of several may come together in other ways" : nil)
    }

    /// Whether a rule that fires, or may, for the example places the hold. Nil for one that cannot be written or read.
    private func isHeld(_ held: HeldMatter, _ trial: Trial, _ example: Example) -> Bool? {
        let ruleSet = trial.ruleSet
        let rules = ruleSet.rules.filter { $0.tier <= ruleSet.tier && $0.holds.contains(where: held.isOf) }
        return trial.observe(example).map { $0.truths(Set(rules.map(\.id))).values.contains { $0 != .false } }
    }

    /// Whether somewhere the hold says another custodian, authority or reason.
    private func differInTerms(_ held: HeldMatter) throws(DecisionDiagrams.TooLarge) -> Bool {
        for hold in (old.rules + new.rules).flatMap(\.holds).filter(held.isOf) {
            let was = try before.holding { $0 == hold }, becomes = try after.holding { $0 == hold }
            let differs = try diagrams.choose(was, try diagrams.not(becomes), becomes)
            if try model.isPossible(differs) { return true }
        }
        return false
    }

    private func asksForLabels(_ held: HeldMatter) -> Bool {
        [old, new].contains { ruleSet in
            ruleSet.rules.contains { rule in
                rule.tier <= ruleSet.tier && rule.holds.contains(where: held.isOf)
                    && !rule.condition.askedLabels.isEmpty
            }
        }
    }
}
