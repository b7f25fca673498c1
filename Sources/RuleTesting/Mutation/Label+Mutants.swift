import RuleLanguage

extension Mutant {
    /// What may be forgotten of a label: what it comes with, what it lifts, the code that it comes in with.
    static func mutants(of label: Label) -> [Mutant] {
        let id = label.id
        func mutant(_ what: String, _ change: @escaping @Sendable (inout Label) -> Void) -> Mutant {
            Mutant("label \(id) \(what)", at: label.location) { ruleSet in
                if var label = ruleSet.labels[id] {
                    change(&label)
                    ruleSet.labels[id] = label
                }
            }
        }
        var mutants = label.parents.map { parent in
            mutant("without is-a \(parent)") { label in label.parents.removeAll { $0 == parent } }
        }
        mutants += label.lifts.map { lifted in
            mutant("without lifts \(lifted)") { label in label.lifts.removeAll { $0 == lifted } }
        }
        if label.code != nil {
            mutants.append(
                mutant("without its code") { label in
                    label.system = nil
                    label.code = nil
                })
        }
        return mutants
    }
}
