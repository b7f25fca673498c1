import RuleLanguage

/// The labels of a rule set by number, each with all that comes with it.
struct LabelTable: Sendable {
    /// Names, sorted: the number of a label is its place here.
    let names: [String]
    let tiers: [Int]
    let locations: [SourceLocation?]
    /// Labels named in `is-a`.
    let parents: [[Int]]
    /// The label and all its ancestors, ascending.
    let closures: [[Int]]
    /// All labels, those of higher tiers first: children before their parents.
    let childrenFirst: [Int]
    let sensitive: Int
    /// Labels that may lift others: they loosen and do not restrict.
    let lifting: [Int]
    private let numbers: [String: Int]
    private let codes: [Code: Int]

    struct Code: Hashable {
        var system: String
        var code: String
    }

    /// `sensitive` is there even when nobody declares it, and so is every label that a rule gives or asks for: a rule set
    /// that was not built by the loader loses none.
    init(_ ruleSet: RuleSet) {
        var all = Set(ruleSet.labels.keys)
        all.insert(RuleSet.sensitive)
        for label in ruleSet.labels.values { all.formUnion(label.parents) }
        for rule in ruleSet.rules {
            all.formUnion(rule.studyLabels)
            all.formUnion(rule.patientLabels)
            all.formUnion(rule.condition.labels)
        }
        let names = all.sorted()
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        var codes: [Code: Int] = [Code(system: "DCM", code: "131395"): numbers[RuleSet.sensitive] ?? 0]
        for (name, label) in ruleSet.labels {
            if let system = label.system, let code = label.code, let number = numbers[name] {
                codes[Code(system: system, code: code)] = number
            }
        }
        let parents = names.map { name in (ruleSet.labels[name]?.parents ?? []).compactMap { numbers[$0] }.sorted() }
        self.names = names
        self.numbers = numbers
        self.codes = codes
        self.parents = parents
        let tiers = names.map { ruleSet.labels[$0]?.tier ?? 1 }
        self.tiers = tiers
        self.childrenFirst = names.indices.sorted { tiers[$0] > tiers[$1] }
        self.locations = names.map { ruleSet.labels[$0]?.location }
        self.closures = names.indices.map { Self.closure(of: $0, parents) }
        self.lifting = names.indices.filter { ruleSet.labels[names[$0]]?.lifts.isEmpty == false }
        self.sensitive = numbers[RuleSet.sensitive] ?? 0
    }

    func number(_ name: String) -> Int? { numbers[name] }
    func label(system: String, code: String) -> Int? { codes[Code(system: system, code: code)] }

    private static func closure(of label: Int, _ parents: [[Int]]) -> [Int] {
        var found: Set<Int> = [label]
        var open = [label]
        while let next = open.popLast() {
            for parent in parents[next] where found.insert(parent).inserted { open.append(parent) }
        }
        return found.sorted()
    }
}

extension Condition {
    /// Labels that the condition asks for.
    var labels: Set<String> {
        switch kind {
        case .labelled(let label): [label]
        case .all(let parts), .any(let parts): parts.reduce(into: []) { $0.formUnion($1.labels) }
        case .not(let part), .item(_, _, let part): part.labels
        case .present, .absent, .empty, .compareText, .matches, .compareNumber, .compareDate, .compareAge, .inList,
            .held, .source, .preamble, .signature:
            []
        }
    }
}
