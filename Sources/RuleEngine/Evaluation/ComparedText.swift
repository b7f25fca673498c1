import DICOMCore
import DICOMEncoding
package import RuleLanguage

/// A comparison alone, asked of texts instead of instances: what analysis asks it is what runs ask it.
package struct ComparedText: Sendable {
    private let test: Question.ValueTest
    private let folding: Condition.Folding

    /// Nil for a condition that compares no value, or compares with a list that nobody has.
    package init?(_ condition: Condition, _ ruleSet: RuleSet) {
        var folding: Condition.Folding = []
        switch condition.kind {
        case .compareText(let reference, let comparison, let texts, let fold):
            test = Comparison.text(comparison, texts, fold, reference)
            folding = fold
        case .matches(_, let pattern): test = { pattern.isFound(in: $0) }
        case .compareNumber(_, let order, let number): test = Comparison.number(order, number)
        case .compareDate(_, let order, let date): test = Comparison.date(order, date)
        case .compareAge(_, let order, let days): test = Comparison.age(order, days)
        case .inList(let name, let references):
            guard references.count == 1, let rows = ruleSet.lists[name], rows.isKnown else { return nil }
            let list = Comparison.list(rows, of: references), isName = references.first?.vr == .PN
            test = { value in
                let text = Comparison.trimmed(isName ? PersonName(value).canonical : value)
                return !text.isEmpty && list.contains([text]) == .found
            }
        default: return nil
        }
        self.folding = folding
    }

    /// Of one value, as it is read: without the padding.
    package func truth(of text: String) -> Truth {
        do throws(ValueError) {
            return Truth(try test(Comparison.fold(text, folding)))
        } catch {
            return .unknown
        }
    }

    /// A text in the form in which both sides of a comparison are brought.
    package static func form(_ text: String, _ folding: Condition.Folding) -> String {
        Comparison.trimmed(Comparison.fold(text, folding))
    }

    /// What a rule's text is for a person name that is compared as a whole.
    package static func canonicalName(_ text: String) -> String { PersonName(text).canonical }
}
