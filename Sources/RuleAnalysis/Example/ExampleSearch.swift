import DICOMCore
import RuleEngine
import RuleLanguage

/// Makes examples of a function: ways to make it true, as data sets, until one does what is asked of it.
struct ExampleSearch {
    let model: ConditionModel
    /// Ways that are tried before the answer is not known.
    var limit = 48
    /// Labels come as codes in the data where they have one: then a file alone shows what is to be shown.
    var labelsInData = true

    /// The first example that passes. Nil when none of those that were tried does.
    func first(
        of function: DecisionDiagrams.Function, where passes: (Example) -> Bool
    ) throws(DecisionDiagrams.TooLarge) -> Example? {
        let possible = try model.constrained(function)
        guard possible != DecisionDiagrams.never else { return nil }
        for way in model.diagrams.ways(possible, limit: limit) {
            for variant in [labelsInData, false] {
                guard let example = try example(of: way, labelsInData: variant) else { continue }
                if passes(example) { return example }
                if !labelsInData { break }
            }
        }
        return nil
    }

    private func example(of way: [Int: Bool], labelsInData: Bool) throws(DecisionDiagrams.TooLarge) -> Example? {
        var example = Example()
        var builder = ElementBuilder(model: model, way: way)
        guard let elements = try builder.elements(in: []) else { return nil }
        example.elements = elements
        example.absent = builder.absent.sorted()
        addContext(way, to: &example, labelsInData: labelsInData)
        addRows(way, to: &example)
        example.elements.sort { "\($0.element)" < "\($1.element)" }
        return example
    }

    // MARK: - Beside the data set

    private func addContext(_ way: [Int: Bool], to example: inout Example, labelsInData: Bool) {
        let context = model.context
        for (kind, variable) in context.preambles where way[variable] == true { example.preamble = kind }
        for (state, variable) in context.signatures where way[variable] == true { example.signature = state }
        for (value, variable) in context.sources where way[variable] == true {
            switch value.field {
            case .aeTitle: example.source.aeTitle = value.value
            case .address: example.source.address = value.value
            case .user: example.source.user = value.value
            case .role: example.source.role = value.value
            }
        }
        var known = RegistryKnowledge()
        for (matter, bits) in context.holds.sorted(by: { ($0.key ?? "") < ($1.key ?? "") }) {
            let name = matter ?? "another matter"
            if way[bits.isCertain] == true {
                known.holds.append(RegistryKnowledge.Hold(matter: name, isCertain: true))
            } else if way[bits.maybe] == true {
                known.holds.append(RegistryKnowledge.Hold(matter: name, isCertain: false))
            }
        }
        var given: [String: Bool] = [:]
        let seen = context.labels.map { ($0.key.name, $0.value) } + context.given.map { ($0.key, $0.value) }
        for (name, bits) in seen where way[bits.isThere] == true {
            given[name] = (given[name] ?? false) || way[bits.isCertain] == true
        }
        var codes: [[Example.Element]] = []
        for (name, isCertain) in given.sorted(by: { $0.key < $1.key }) {
            if labelsInData, isCertain, let item = code(of: name) {
                codes.append(item)
            } else {
                known.labels.append(
                    RegistryKnowledge.Label(name: name, scope: .study, isCertain: isCertain, record: 1))
            }
        }
        if !codes.isEmpty {
            example.elements.append(
                Example.Element(
                    element: .standard(.sensitiveContentCodeSequence), vr: .SQ, content: .items(codes)))
        }
        if known != RegistryKnowledge() { example.known = known }
    }

    /// An item that brings the label; nil for one without a code, and for one that lifts, which no code does.
    private func code(of label: String) -> [Example.Element]? {
        for ruleSet in model.ruleSets {
            guard let found = ruleSet.labels[label] else { continue }
            guard found.lifts.isEmpty, let code = found.code, let system = found.system, code.utf8.count <= 16 else {
                return nil
            }
            return CodeItem.elements(code: code, system: system, meaning: found.meaning)
        }
        return label == RuleSet.sensitive
            ? CodeItem.elements(code: "131395", system: "DCM", meaning: "Sensitive Content") : nil
    }

    // MARK: - Rows of lists with several columns

    private func addRows(_ way: [Int: Bool], to example: inout Example) {
        for (variable, pair) in model.pairConditions.sorted(by: { $0.key < $1.key }) where way[variable] == true {
            guard pair.scope.isEmpty, case .inList(let name, let asked) = pair.condition.kind,
                let list = model.ruleSets[pair.ruleSet].lists[name], let first = asked.first,
                first.path.steps.isEmpty, let cell = list.firstCells.first
            else { continue }
            example.elements.removeAll { $0.element == first.path.element }
            example.elements.append(
                Example.Element(
                    element: first.path.element, vr: first.vr ?? .LO,
                    content: .values([Example.Value(text: cell, list: name)])))
        }
    }
}

/// An item of a code sequence (PS3.3 8.8).
enum CodeItem {
    static func elements(code: String, system: String, meaning: String?) -> [Example.Element] {
        func text(_ tag: Tag, _ vr: VR, _ text: String) -> Example.Element {
            Example.Element(element: .standard(tag), vr: vr, content: .values([Example.Value(text: text)]))
        }
        return [
            text(.codeValue, .SH, code), text(.codingSchemeDesignator, .SH, system),
            text(.codeMeaning, .LO, String((meaning ?? code).prefix(64))),
        ]
    }
}
