import RuleEngine
import RuleLanguage

/// What follows from what between parts of one text: who begins with `VIP-A` begins with `VIP`, and has `I` in it.
enum TextOrder {
    /// Pairs among the free comparisons that are asked of. Of more than these nothing is said.
    private static let limit = 64

    static func constraints(
        _ view: Place.View, _ touched: Set<Int>, _ diagrams: DecisionDiagrams
    ) throws(DecisionDiagrams.TooLarge) -> [DecisionDiagrams.Function] {
        let asked = view.bits.filter { touched.contains($0.value) }.sorted { $0.key < $1.key }.prefix(limit)
        guard asked.count > 1 else { return [] }
        var parts: [DecisionDiagrams.Function] = []
        for (left, leftBit) in asked {
            for (right, rightBit) in asked where left != right {
                let first = view.atoms[left].condition, second = view.atoms[right].condition
                if implies(first, second) {
                    let from = try diagrams.literal(leftBit), to = try diagrams.literal(rightBit)
                    parts.append(try diagrams.choose(from, to, DecisionDiagrams.always))
                }
                if left < right, view.isExclusive, excludes(first, second) {
                    let a = try diagrams.literal(leftBit), b = try diagrams.literal(rightBit)
                    parts.append(try diagrams.not(try diagrams.and(a, b)))
                }
            }
        }
        return parts
    }

    private static func implies(_ left: Condition, _ right: Condition) -> Bool {
        guard case .compareText(_, let comparison, let texts, let folding) = left.kind,
            case .compareText(_, let other, let wanted, let otherFolding) = right.kind, folding == otherFolding,
            comparison != .equals, other != .equals
        else { return false }
        let parts = texts.map { ComparedText.form($0, folding) }, whole = wanted.map { ComparedText.form($0, folding) }
        return parts.allSatisfy { part in
            whole.contains { text in
                switch (comparison, other) {
                case (.startsWith, .startsWith): part.utf8.starts(with: text.utf8)
                case (_, .contains): contains(part, text)
                default: false
                }
            }
        }
    }

    /// Whether no text begins with both.
    private static func excludes(_ left: Condition, _ right: Condition) -> Bool {
        guard case .compareText(_, .startsWith, let texts, let folding) = left.kind,
            case .compareText(_, .startsWith, let others, let otherFolding) = right.kind, folding == otherFolding
        else { return false }
        let a = texts.map { ComparedText.form($0, folding) }, b = others.map { ComparedText.form($0, folding) }
        return a.allSatisfy { one in
            b.allSatisfy { !one.utf8.starts(with: $0.utf8) && !$0.utf8.starts(with: one.utf8) }
        }
    }

    private static func contains(_ text: String, _ part: String) -> Bool {
        let text = Array(text.utf8), part = Array(part.utf8)
        guard part.count <= text.count else { return false }
        return (0...(text.count - part.count)).contains { text[$0...].starts(with: part) }
    }
}
