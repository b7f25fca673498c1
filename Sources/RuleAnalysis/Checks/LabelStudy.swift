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
    func example(
        of wanted: [String], certain: Set<String> = [], where passes: (Example) -> Bool
    ) throws(DecisionDiagrams.TooLarge) -> Example? {
        let choices = wanted.map { label in rules(giving: label).prefix(Self.limit) }
        if !choices.contains(where: \.isEmpty), !choices.isEmpty {
            for index in 0..<Self.limit {
                let chosen = choices.map { $0[$0.startIndex + min(index, $0.count - 1)] }
                var parts: [DecisionDiagrams.Function] = []
                for rule in Set(chosen) { parts.append(try formulas.formula(rule).isTrue) }
                let both = try formulas.model.diagrams.all(parts)
                var search = ExampleSearch(model: formulas.model)
                search.limit = 12
                if let found = try search.first(of: both, where: passes) { return found }
            }
        }
        for isInData in [true, false] {
            var example = Example()
            var known = RegistryKnowledge()
            var codes: [[Example.Element]] = []
            for name in wanted {
                let label = ruleSet.labels[name]
                if isInData, !certain.contains(name), let code = label?.code, let system = label?.system,
                    code.utf8.count <= 16
                {
                    codes.append(CodeItem.elements(code: code, system: system, meaning: label?.meaning))
                } else {
                    known.labels.append(
                        RegistryKnowledge.Label(name: name, scope: .study, isCertain: true, record: 1))
                }
            }
            if !codes.isEmpty {
                example.elements = [
                    Example.Element(element: .standard(.sensitiveContentCodeSequence), vr: .SQ, content: .items(codes))
                ]
            }
            if !known.labels.isEmpty { example.known = known }
            if passes(example) { return example }
        }
        return nil
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
