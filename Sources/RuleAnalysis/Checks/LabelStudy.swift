import DICOMCore
import RuleEngine
import RuleLanguage

/// Makes examples of studies with some labels: by rules where rules can give them all, else by codes that come in, else by
/// the registry.
struct LabelStudy {
    let ruleSet: RuleSet
    let formulas: RuleFormulas

    /// Rules that are tried for one label.
    private static let limit = 6

    /// - Parameters:
    ///   - wanted: those that matter; what they come with is there, too.
    ///   - certain: of these, those that have to be.
    ///   - harmful: labels that would spoil it, and that rules must not give.
    func example(
        of wanted: [String], certain: Set<String> = [], without harmful: Set<String> = [],
        where passes: (Example) -> Bool
    ) throws(DecisionDiagrams.TooLarge) -> Example? {
        let diagrams = formulas.model.diagrams
        var silent: [DecisionDiagrams.Function] = []
        for rule in Set(harmful.flatMap(rules(giving:))).sorted() { silent.append(try formulas.formula(rule).isFalse) }
        let calm = try diagrams.all(silent)
        let choices = wanted.map { label in rules(giving: label).prefix(Self.limit) }
        if !choices.contains(where: \.isEmpty), !choices.isEmpty {
            for index in 0..<Self.limit {
                let chosen = choices.map { $0[$0.startIndex + min(index, $0.count - 1)] }
                var parts = [calm]
                for rule in Set(chosen) { parts.append(try formulas.formula(rule).isTrue) }
                var search = ExampleSearch(model: formulas.model)
                search.limit = 12
                if let found = try search.first(of: try diagrams.all(parts), where: passes) { return found }
            }
        }
        for isInData in [true, false] {
            let empty = adding(wanted, certain, isInData: isInData, to: Example())
            if passes(empty) { return empty }
            let search = ExampleSearch(model: formulas.model)
            var spoken: Example?
            _ = try search.first(of: calm) { base in
                let example = adding(wanted, certain, isInData: isInData, to: base)
                guard passes(example) else { return false }
                spoken = example
                return true
            }
            if let spoken { return spoken }
        }
        return nil
    }

    /// The example with labels that codes in it bring, or the registry.
    private func adding(_ wanted: [String], _ certain: Set<String>, isInData: Bool, to base: Example) -> Example {
        var example = base
        var known = base.known ?? RegistryKnowledge()
        var codes: [[Example.Element]] = []
        let isFree = !base.elements.contains { $0.element == .standard(.sensitiveContentCodeSequence) }
        for name in wanted where !known.labels.contains(where: { $0.name == name && $0.isCertain }) {
            let label = ruleSet.labels[name]
            if isInData, isFree, !certain.contains(name), let code = label?.code, let system = label?.system,
                code.utf8.count <= 16
            {
                codes.append(CodeItem.elements(code: code, system: system, meaning: label?.meaning))
            } else {
                known.labels.append(RegistryKnowledge.Label(name: name, scope: .study, isCertain: true, record: 1))
            }
        }
        if !codes.isEmpty {
            example.elements.append(
                Example.Element(element: .standard(.sensitiveContentCodeSequence), vr: .SQ, content: .items(codes)))
            example.absent.removeAll { $0 == .sensitiveContentCodeSequence }
        }
        if known != RegistryKnowledge() { example.known = known }
        return example
    }

    private func rules(giving label: String) -> [Int] {
        formulas.rules.indices.filter { index in
            let rule = formulas.rules[index]
            return (rule.studyLabels + rule.patientLabels).contains {
                LabelFamily.ancestors(of: $0, in: ruleSet).contains(label)
            }
        }
    }
}
