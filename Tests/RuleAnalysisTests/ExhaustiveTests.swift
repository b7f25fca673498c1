import DICOMFile
import Foundation
import RuleEngine
import RuleLanguage
import Testing

@testable import RuleAnalysis

/// What analysis says is held against the engine, asked of every data set of a small world.
@Suite struct ExhaustiveTests {
    private static let isLong = ProcessInfo.processInfo.environment["CORDON_SOAK"] == "1"
    private static let rounds = isLong ? 400 : 3

    /// Rules that nobody can load are none to analyse: some generated conditions contradict themselves plainly.
    private static func ruleSets(_ count: Int, seed: UInt64) -> [(seed: UInt64, text: String, ruleSet: RuleSet)] {
        var result: [(seed: UInt64, text: String, ruleSet: RuleSet)] = []
        var number = seed
        while result.count < count {
            number += 1
            var dice = Dice(seed: number)
            let text = SmallWorld.ruleSet(&dice)
            if let ruleSet = try? Rules.ruleSet(text) { result.append((number, text, ruleSet)) }
        }
        return result
    }

    @Test func `rules that never match, and that always fire, are found, and no others`() throws {
        var never = 0, always = 0
        for (seed, text, ruleSet) in Self.ruleSets(Self.rounds, seed: 1000) {
            let all = Exhaustive(ruleSet)
            let analysis = RuleSetAnalysis(ruleSet)
            for rule in ruleSet.rules {
                let isNever = !all.truths.contains { $0[rule.id] == .true }
                let isAlways = !all.lowest.contains { $0[rule.id] == .false }
                #expect(
                    analysis.subjects(.neverTrue).contains(rule.id) == isNever, "seed \(seed), \(rule.id)\n\(text)")
                #expect(
                    analysis.subjects(.alwaysTrue).contains(rule.id) == isAlways, "seed \(seed), \(rule.id)\n\(text)")
                never += isNever ? 1 : 0
                always += isAlways ? 1 : 0
            }
            #expect(analysis.notKnown.isEmpty)
        }
        if Self.isLong { #expect(never > 0 && always > 0) }
    }

    @Test func `a rule that is implied can go, and nothing changes for any data set`() throws {
        var count = 0
        for (seed, text, ruleSet) in Self.ruleSets(Self.rounds * 2, seed: 2000) {
            let implied = RuleSetAnalysis(ruleSet).subjects(.impliedRule)
            guard !implied.isEmpty else { continue }
            count += implied.count
            let all = Exhaustive(ruleSet, asksRules: false)
            for rule in implied {
                var without = ruleSet
                without.rules.removeAll { $0.id == rule }
                #expect(Exhaustive(without, asksRules: false).labels == all.labels, "seed \(seed), \(rule)\n\(text)")
            }
            // And all of them together.
            var without = ruleSet
            without.rules.removeAll { implied.contains($0.id) }
            #expect(
                Exhaustive(without, asksRules: false).labels == all.labels, "seed \(seed), all of \(implied)\n\(text)")
        }
        if Self.isLong { #expect(count > 0) }
    }

    @Test func `what is equivalent decides every data set alike, and every difference is shown`() throws {
        var verdicts: Set<RuleSetDifference.Verdict> = []
        for (seed, text, old) in Self.ruleSets(Self.rounds, seed: 3000) {
            var dice = Dice(seed: seed ^ 0xABCD)
            var new = old
            // One rule goes, or is replaced by another's condition, or a clause asks for something else.
            switch dice.roll(3) {
            case 0: new.rules.remove(at: dice.roll(new.rules.count))
            case 1:
                let index = dice.roll(new.rules.count)
                let other = new.rules[dice.roll(new.rules.count)]
                if other.tier <= new.rules[index].tier { new.rules[index].condition = other.condition }
            default:
                new.audiences["a"]?.clauses[dice.roll(3)].consequence.disposition = dice.pick([
                    Disposition.release, .flag, .sequester,
                ])
            }
            let difference = RuleSetDifference(old: old, new: new)
            let before = Exhaustive(old, asksRules: false), after = Exhaustive(new, asksRules: false)
            let entry = try #require(difference.audiences.first)
            verdicts.insert(entry.verdict)
            let pairs = zip(before.decisions, after.decisions)
            let isStricter = pairs.contains { ($1?.disposition ?? .release) > ($0?.disposition ?? .release) }
            let isLaxer = pairs.contains { ($1?.disposition ?? .release) < ($0?.disposition ?? .release) }
            let isOther = pairs.contains { $0?.disposition == $1?.disposition && $0?.obligations != $1?.obligations }
            if isStricter { #expect([.stricter, .different].contains(entry.verdict), "seed \(seed)\n\(text)") }
            if isLaxer { #expect([.laxer, .different].contains(entry.verdict), "seed \(seed)\n\(text)") }
            if isOther { #expect(entry.verdict != .equivalent, "seed \(seed)\n\(text)") }
            if entry.verdict == .equivalent { #expect(!isStricter && !isLaxer && !isOther, "seed \(seed)\n\(text)") }
            for label in difference.labels where label.verdict == .equivalent {
                #expect(
                    before.labels.map { $0[label.name] } == after.labels.map { $0[label.name] },
                    "seed \(seed), \(label.name)\n\(text)")
            }
            for shown in entry.shown { try check(shown, "a", old, new) }
        }
        if Self.isLong { #expect(verdicts.count > 1) }
    }

    /// An example, written and read again, does what it is said to do.
    private func check(_ shown: RuleSetDifference.Shown, _ audience: String, _ old: RuleSet, _ new: RuleSet) throws {
        let file = try DICOMFile(bytes: try shown.example.bytes())
        let decisions = [old, new].map { ruleSet -> Decision? in
            let evaluation = Evaluator(ruleSet).evaluate(
                file, source: shown.example.source, known: shown.example.known ?? RegistryKnowledge())
            var book = StudyBook(ruleSet)
            book.add(evaluation)
            let labels = book.resolve().labels(study: evaluation.study, patient: evaluation.patient)
            return Decision.decide(audience: audience, labels: labels, in: ruleSet)
        }
        let before = try #require(decisions[0]), after = try #require(decisions[1])
        switch shown.direction {
        case .stricter: #expect(after.disposition > before.disposition)
        case .laxer: #expect(after.disposition < before.disposition)
        default: #expect(after.disposition == before.disposition && after.obligations != before.obligations)
        }
    }

    @Test func `an assertion that loads holds for every data set, and one that does not has a study that breaks it`()
        throws
    {
        var holds = 0, fails = 0
        for (seed, text, ruleSet) in Self.ruleSets(Self.rounds, seed: 4000) {
            for label in ["vip", "violence", "evidence"] {
                for disposition in Disposition.allCases {
                    let body = text + "\n<never audience=\"a\" label=\"\(label)\" disposition=\"\(disposition.name)\"/>"
                    let isBroken = try Rules.load(body).ruleSet == nil
                    fails += isBroken ? 1 : 0
                    holds += isBroken ? 0 : 1
                    if isBroken {
                        let found = AssertionExamples.findings(try Rules.ruleSet(body, proves: false))
                        guard let example = found.first?.example else {
                            // Rules that fire for every data set stand in the way: then none gets there.
                            let names = disposition == .release ? [label, "consented"] : [label]
                            let known = RegistryKnowledge(
                                labels: names.map {
                                    RegistryKnowledge.Label(name: $0, scope: .study, isCertain: true, record: 1)
                                })
                            let world = Exhaustive(ruleSet, asksRules: false, known: known)
                            #expect(
                                !world.decisions.contains { $0?.disposition == disposition },
                                "seed \(seed), \(label), \(disposition)\n\(text)")
                            continue
                        }
                        let seen = try #require(Trial(ruleSet).observe(example))
                        #expect(seen.truth(ofLabel: label) != .false)
                        #expect(seen.decision("a")?.disposition == disposition, "seed \(seed)\n\(text)")
                    }
                }
            }
            let all = Exhaustive(ruleSet, asksRules: false)
            for (labels, decision) in zip(all.labels, all.decisions) {
                for label in ["vip", "violence"] where labels[label] != nil {
                    guard let decision else { continue }
                    let reach = AudienceReach(labels: ruleSet.labels, tier: 4)
                    let audience = try #require(ruleSet.audiences["a"])
                    #expect(reach.labels(with: [label], for: decision.disposition, audience: audience) != nil)
                }
            }
        }
        #expect(holds > 0 && fails > 0)
    }
}
