import DICOMEncoding
import RuleLanguage

/// A condition made ready to be asked: its attributes are slots and views of an `AttributeTable`, its texts folded, its
/// labels numbers.
indirect enum Question: Sendable {
    case all([Question])
    case any([Question])
    case not(Question)
    case labelled(Int, at: SourceLocation)
    case leaf(Leaf)

    /// One thing that is looked at.
    final class Leaf: Sendable {
        let test: Test
        let location: SourceLocation
        /// Of a comparison of values that is false unless some value has one of these; empty of any other.
        let keys: [TextKey]

        init(_ test: Test, at location: SourceLocation, keys: [TextKey] = []) {
            self.test = test
            self.location = location
            self.keys = keys
        }
    }

    enum Test: Sendable {
        case present(slot: Int)
        case absent(slot: Int)
        case empty(slot: Int)
        /// True when a value fulfils it; what it throws makes that value unknown.
        case value(view: Int, ValueTest)
        case inList(ValueList, views: [Int])
        case held(matter: String?)
        case source(Condition.Source)
        case preamble(Condition.Preamble)
        case signature(Condition.Signature)
        case item(Condition.Quantifier, slot: Int, Question)
        /// Always unknown.
        case unanswerable
    }

    /// Whether it asks what only the whole data set tells.
    var asksForSignature: Bool {
        switch self {
        case .all(let parts), .any(let parts): parts.contains { $0.asksForSignature }
        case .not(let part): part.asksForSignature
        case .labelled: false
        case .leaf(let leaf):
            switch leaf.test {
            case .signature: true
            case .item(_, _, let question): question.asksForSignature
            default: false
            }
        }
    }

    typealias ValueTest = @Sendable (String) throws(ValueError) -> Bool
}

extension Question {
    /// Makes a condition ready. Slots and views that it needs are added to the table.
    init(_ condition: Condition, _ ruleSet: RuleSet, _ labels: LabelTable, _ table: inout AttributeTable) {
        let location = condition.location
        func leaf(_ test: Test) -> Question { .leaf(Leaf(test, at: location)) }
        func value(
            _ reference: AttributeReference, folding: Condition.Folding = [], keys: [TextKey] = [],
            _ test: @escaping ValueTest
        ) -> Question {
            .leaf(Leaf(.value(view: table.view(reference, folding: folding), test), at: location, keys: keys))
        }
        switch condition.kind {
        case .all(let parts): self = .all(parts.map { Question($0, ruleSet, labels, &table) })
        case .any(let parts): self = .any(parts.map { Question($0, ruleSet, labels, &table) })
        case .not(let part): self = .not(Question(part, ruleSet, labels, &table))
        case .present(let reference): self = leaf(.present(slot: table.slot(reference.path)))
        case .absent(let reference): self = leaf(.absent(slot: table.slot(reference.path)))
        case .empty(let reference): self = leaf(.empty(slot: table.slot(reference.path)))
        case .compareText(let reference, let comparison, let texts, let folding):
            let keys = Comparison.wanted(texts, folding, reference).map { text -> TextKey in
                switch comparison {
                case .equals: .equals(text)
                case .startsWith: .startsWith(text)
                case .contains: .contains(text)
                }
            }
            self = value(
                reference, folding: folding, keys: keys, Comparison.text(comparison, texts, folding, reference))
        case .matches(let reference, let pattern):
            self = value(reference, keys: [.matches(pattern)]) { pattern.isFound(in: $0) }
        case .compareNumber(let reference, let order, let number):
            self = value(reference, Comparison.number(order, number))
        case .compareDate(let reference, let order, let date): self = value(reference, Comparison.date(order, date))
        case .compareAge(let reference, let order, let days): self = value(reference, Comparison.age(order, days))
        case .inList(let name, let references):
            if let list = ruleSet.lists[name], list.isKnown {
                let compared = Comparison.list(list, of: references)
                self = leaf(.inList(compared, views: references.map { table.view($0) }))
            } else {
                // The loader refuses a rule set without its list. Should there be none all the same, nobody knows.
                self = leaf(.unanswerable)
            }
        case .labelled(let name):
            self = .labelled(labels.number(name) ?? labels.sensitive, at: location)
        case .held(let matter): self = leaf(.held(matter: matter))
        case .source(let source): self = leaf(.source(source))
        case .preamble(let preamble): self = leaf(.preamble(preamble))
        case .signature(let state): self = leaf(.signature(state))
        case .item(let quantifier, let reference, let part):
            self = leaf(
                .item(quantifier, slot: table.slot(reference.path), Question(part, ruleSet, labels, &table)))
        }
    }
}
