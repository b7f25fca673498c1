import DICOMCore
import RuleLanguage

extension Condition {
    /// The same condition, asked of items: `RequestAttributesSequence/*/AccessionNumber` is a value of some item of the
    /// sequence. Nil for one that is no such condition.
    var askedOfItems: Condition? {
        func item(_ reference: AttributeReference, _ inner: (AttributeReference) -> Kind) -> Condition? {
            guard let (sequence, rest) = reference.splitAtItems else { return nil }
            return Condition(.item(.some, of: sequence, Condition(inner(rest), at: location)), at: location)
        }
        switch kind {
        case .present(let asked): return item(asked) { .present($0) }
        case .empty(let asked): return item(asked) { .empty($0) }
        case .absent(let asked):
            return item(asked) { .present($0) }.map { Condition(.not($0), at: location) }
        case .compareText(let asked, let comparison, let texts, let folding):
            return item(asked) { .compareText($0, comparison, texts, folding) }
        case .matches(let asked, let pattern): return item(asked) { .matches($0, pattern) }
        case .compareNumber(let asked, let order, let number): return item(asked) { .compareNumber($0, order, number) }
        case .compareDate(let asked, let order, let date): return item(asked) { .compareDate($0, order, date) }
        case .compareAge(let asked, let order, let days): return item(asked) { .compareAge($0, order, days) }
        case .item(.some, let asked, let inner): return item(asked) { .item(.some, of: $0, inner) }
        case .inList(let list, let asked):
            // Values of one item belong together, and only where all come from items of the same sequence.
            let parts = asked.compactMap(\.splitAtItems)
            guard parts.count == asked.count, let first = parts.first,
                parts.allSatisfy({
                    $0.sequence.path == first.sequence.path && $0.rest.path.steps == first.rest.path.steps
                })
            else { return nil }
            return Condition(
                .item(.some, of: first.sequence, Condition(.inList(list, parts.map(\.rest)), at: location)),
                at: location)
        default: return nil
        }
    }
}

extension AttributeReference {
    /// The sequence of which all items are meant, and what is meant in them. Nil for other paths.
    fileprivate var splitAtItems: (sequence: AttributeReference, rest: AttributeReference)? {
        guard case .sequence(let element, nil)? = path.steps.first else { return nil }
        var rest = self
        rest.path = PathPattern(steps: Array(path.steps.dropFirst()), element: path.element)
        return (
            AttributeReference(path: PathPattern(element: element), text: "\(element)", vr: .SQ),
            rest
        )
    }
}
