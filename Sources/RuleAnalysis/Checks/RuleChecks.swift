import RuleEngine
import RuleLanguage

/// What each rule is worth: rules that are never true, that fire always, that give nothing which others do not.
final class RuleChecks {
    private let ruleSet: RuleSet
    private let formulas: RuleFormulas
    private let trial: Trial
    private(set) var findings: [AnalysisFinding] = []
    /// Rules about which something was too large to be said.
    private(set) var notKnown: Set<String> = []

    init(_ formulas: RuleFormulas, trial: Trial) {
        ruleSet = formulas.ruleSet
        self.trial = trial
        self.formulas = formulas
    }

    private var model: ConditionModel { formulas.model }
    private var diagrams: DecisionDiagrams { formulas.model.diagrams }

    func run() {
        formulas.makeAll()
        let diagrams = diagrams
        for index in formulas.rules.indices {
            let rule = formulas.rules[index]
            do throws(DecisionDiagrams.TooLarge) {
                let formula = try formulas.formula(index)
                try diagrams.temporarily { () throws(DecisionDiagrams.TooLarge) in try checkAlone(rule, formula) }
            } catch {
                giveUp(on: rule)
            }
        }
        let implication = RuleImplication(formulas)
        var superfluous = never
        for index in formulas.rules.indices where !never.contains(index) {
            do throws(DecisionDiagrams.TooLarge) {
                let formula = try formulas.formula(index)
                let isImplied = try diagrams.temporarily { () throws(DecisionDiagrams.TooLarge) in
                    guard let others = try implication.implying(index, without: superfluous) else { return false }
                    try reportImplied(formulas.rules[index], formula, others.map { formulas.rules[$0] })
                    return true
                }
                if isImplied { superfluous.insert(index) }
            } catch {
                giveUp(on: formulas.rules[index])
            }
        }
    }

    /// By place: those that are never true.
    private var never: Set<Int> = []

    private func giveUp(on rule: Rule) { notKnown.insert(rule.id) }

    private func checkAlone(_ rule: Rule, _ formula: Kleene) throws(DecisionDiagrams.TooLarge) {
        if try !model.isPossible(formula.isTrue) {
            if let index = formulas.rules.firstIndex(where: { $0.id == rule.id }) { never.insert(index) }
            let unknown = try diagrams.mayHold(formula)
            let example = try ExampleSearch(model: model).first(of: unknown) {
                self.trial.observe($0)?.truth(of: rule.id) == .unknown
            }
            findings.append(
                AnalysisFinding(
                    .warning, .neverTrue,
                    "the rule `\(rule.id)` is true of no data set"
                        + (example == nil ? "" : ": it gives its labels only where something cannot be read"),
                    at: rule.condition.location, hint: "what it asks for excludes itself; see its conditions",
                    subject: rule.id, example: example, shows: example.map { _ in "the rule is unknown, not true" }))
        } else if try !model.isPossible(formula.isFalse) {
            let example = try ExampleSearch(model: model).first(of: DecisionDiagrams.always) {
                self.trial.observe($0).map { $0.truth(of: rule.id) != .false } ?? false
            }
            findings.append(
                AnalysisFinding(
                    .warning, .alwaysTrue, "the rule `\(rule.id)` fires for every data set",
                    at: rule.condition.location, hint: "what holds of every study is said by `always` in an audience",
                    subject: rule.id, example: example, shows: example.map { _ in "the rule fires" }))
        }
    }

    private func reportImplied(_ rule: Rule, _ formula: Kleene, _ others: [Rule]) throws(DecisionDiagrams.TooLarge) {
        let names = others.map { "`\($0.id)`" }.joined(separator: " and ")
        let places = others.prefix(3).map { "\($0.location)" }.joined(separator: " and at ")
        let ids = Set(others.map(\.id))
        let example = try ExampleSearch(model: model).first(of: formula.isTrue) { example in
            guard let seen = self.trial.observe(example) else { return false }
            let truths = seen.truths(ids.union([rule.id]))
            return truths[rule.id] == .true && ids.contains { truths[$0] == .true }
        }
        findings.append(
            AnalysisFinding(
                .warning, .impliedRule, "the rule `\(rule.id)` gives nothing that \(names) does not give as well",
                at: rule.location, hint: "the other stands at \(places)", subject: rule.id, example: example,
                shows: example.map { _ in "both fire" }))
    }
}
