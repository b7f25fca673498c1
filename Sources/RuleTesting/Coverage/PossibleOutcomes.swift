import DICOMCore
import RuleEngine
import RuleLanguage

extension Condition {
    /// The outcomes that some data set gives the condition, whatever the parts of it have in common.
    var possibleOutcomes: ConditionOutcomes.Outcomes {
        switch kind {
        case .all(let parts): Self.joined(parts, whole: .true, decides: .false)
        case .any(let parts): Self.joined(parts, whole: .false, decides: .true)
        case .not(let part): part.possibleOutcomes.negated
        // Whether it is there can be hidden only by a sequence on the way that nobody can take apart.
        case .present(let reference), .absent(let reference), .empty(let reference):
            reference.path.steps.isEmpty ? [.true, .false] : .all
        case .source, .preamble: [.true, .false]
        case .compareText, .matches, .compareNumber, .compareDate, .compareAge, .inList, .labelled, .held, .signature,
            .item:
            .all
        }
    }

    /// Of parts that are joined: the whole has an outcome when all of them have it; one is enough to decide; and it is
    /// unknown when one is and none decides.
    private static func joined(
        _ parts: [Condition], whole: ConditionOutcomes.Outcomes, decides: ConditionOutcomes.Outcomes
    ) -> ConditionOutcomes.Outcomes {
        let all = parts.map(\.possibleOutcomes)
        var result: ConditionOutcomes.Outcomes = []
        if all.allSatisfy({ $0.contains(whole) }) { result.formUnion(whole) }
        if all.contains(where: { $0.contains(decides) }) { result.formUnion(decides) }
        let canStayOpen = all.allSatisfy { !$0.intersection([whole, .unknown]).isEmpty }
        if canStayOpen, all.contains(where: { $0.contains(.unknown) }) { result.insert(.unknown) }
        return result
    }

    /// The condition and all in it, each with its place: numbers of parts, from 1.
    func parts(at path: [Int] = []) -> [(path: [Int], condition: Condition)] {
        var found = [(path: path, condition: self)]
        switch kind {
        case .all(let parts), .any(let parts):
            for (index, part) in parts.enumerated() { found += part.parts(at: path + [index + 1]) }
        case .not(let part), .item(_, _, let part): found += part.parts(at: path + [1])
        default: break
        }
        return found
    }

    /// The element that it is written as, with what it asks for: `matches PatientName`.
    var words: String {
        switch kind {
        case .all: "all"
        case .any: "any"
        case .not: "not"
        case .present(let reference): "present \(reference.text)"
        case .absent(let reference): "absent \(reference.text)"
        case .empty(let reference): "empty \(reference.text)"
        case .compareText(let reference, let comparison, let texts, _):
            texts.count > 1 ? "one-of \(reference.text)" : "\(comparison.element) \(reference.text)"
        case .matches(let reference, _): "matches \(reference.text)"
        case .compareNumber(let reference, _, _), .compareDate(let reference, _, _), .compareAge(let reference, _, _):
            "compare \(reference.text)"
        case .inList(let list, _): "in \(list)"
        case .labelled(let label): "labelled \(label)"
        case .held(let matter): matter.map { "held \($0)" } ?? "held"
        case .source: "source"
        case .preamble(let kind): "preamble \(kind.rawValue)"
        case .signature(let state): "signature \(state.rawValue)"
        case .item(let quantifier, let reference, _): "\(quantifier.rawValue) of \(reference.text)"
        }
    }
}

extension Condition.TextComparison {
    var element: String { self == .startsWith ? "starts-with" : rawValue }
}

extension ConditionOutcomes.Outcomes {
    var negated: ConditionOutcomes.Outcomes {
        var result = intersection(.unknown)
        if contains(.true) { result.insert(.false) }
        if contains(.false) { result.insert(.true) }
        return result
    }

    /// In the order of the language: true, false, unknown.
    var names: [String] {
        (contains(.true) ? ["true"] : []) + (contains(.false) ? ["false"] : [])
            + (contains(.unknown) ? ["unknown"] : [])
    }
}

/// `2.1`; 0 for the whole.
func conditionPath(_ path: [Int]) -> String { path.isEmpty ? "0" : path.map(String.init).joined(separator: ".") }
