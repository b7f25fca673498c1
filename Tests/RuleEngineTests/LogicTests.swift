import RuleLanguage
import Testing

@testable import RuleEngine

@Suite("Three truth values")
struct LogicTests {
    /// Kleene's tables, written out.
    static let conjunction: [[Truth]] = [
        [.false, .false, .false], [.false, .unknown, .unknown], [.false, .unknown, .true],
    ]
    static let disjunction: [[Truth]] = [
        [.false, .unknown, .true], [.unknown, .unknown, .true], [.true, .true, .true],
    ]

    @Test func `and, or, not are Kleene's`() {
        for (row, left) in Truth.allCases.enumerated() {
            for (column, right) in Truth.allCases.enumerated() {
                #expect((left && right) == Self.conjunction[row][column])
                #expect((left || right) == Self.disjunction[row][column])
            }
        }
        #expect(Truth.allCases.map { !$0 } == [.true, .unknown, .false])
    }

    @Test func `what data decides alone leaves no formula`() {
        for left in Truth.allCases {
            for right in Truth.allCases {
                #expect(Residual.conjunction([.known(left), .known(right)]) == .known(left && right))
                #expect(Residual.disjunction([.known(left), .known(right)]) == .known(left || right))
            }
            #expect(Residual.negation(.known(left)) == .known(!left))
        }
        #expect(Residual.conjunction([]) == .known(.true))
        #expect(Residual.disjunction([]) == .known(.false))
    }

    @Test func `a label is left only where it can decide`() {
        let label = Residual.labelled(1, at: SourceLocation(file: "a", line: 1))
        #expect(Residual.conjunction([label, .known(.false)]) == .known(.false))
        #expect(Residual.conjunction([label, .known(.true)]) == label)
        #expect(Residual.conjunction([label, .known(.unknown)]) == .all([label, .known(.unknown)]))
        #expect(Residual.disjunction([label, .known(.true)]) == .known(.true))
        #expect(Residual.disjunction([.known(.false), label, label]) == label)
        #expect(Residual.negation(.negation(label)) == label)
    }

    /// A formula as it is written, and what it is worth, without any simplification.
    private indirect enum Written {
        case known(Truth), label(Int), all([Written]), any([Written]), not(Written)

        func truth(_ labels: [Truth]) -> Truth {
            switch self {
            case .known(let truth): return truth
            case .label(let index): return labels[index]
            case .all(let parts): return parts.map { $0.truth(labels) }.min() ?? .true
            case .any(let parts): return parts.map { $0.truth(labels) }.max() ?? .false
            case .not(let part): return !part.truth(labels)
            }
        }

        var residual: Residual {
            switch self {
            case .known(let truth): .known(truth)
            case .label(let index): .labelled(index, at: SourceLocation(file: "a", line: index))
            case .all(let parts): .conjunction(parts.map(\.residual))
            case .any(let parts): .disjunction(parts.map(\.residual))
            case .not(let part): .negation(part.residual)
            }
        }

        static func random(_ dice: inout Dice, depth: Int) -> Written {
            switch dice.roll(depth == 0 ? 2 : 5) {
            case 0: return .known(dice.pick(Truth.allCases) ?? .unknown)
            case 1: return .label(dice.roll(3))
            case 2: return .not(random(&dice, depth: depth - 1))
            case 3: return .all((0..<1 + dice.roll(3)).map { _ in random(&dice, depth: depth - 1) })
            default: return .any((0..<1 + dice.roll(3)).map { _ in random(&dice, depth: depth - 1) })
            }
        }
    }

    @Test func `simplifying changes no truth value, under any labels`() {
        var dice = Dice(seed: 7)
        for _ in 0..<2000 {
            let written = Written.random(&dice, depth: 4)
            let residual = written.residual
            for a in Truth.allCases {
                for b in Truth.allCases {
                    for c in Truth.allCases {
                        let labels = [a, b, c]
                        #expect(residual.truth { labels[$0] } == written.truth(labels))
                    }
                }
            }
        }
    }

    @Test func `labels that decided are told, others are not`() {
        let one = Residual.labelled(0, at: SourceLocation(file: "a", line: 1))
        let two = Residual.labelled(1, at: SourceLocation(file: "a", line: 2))
        let either = Residual.disjunction([one, two])
        #expect(either.asked { $0 == 0 ? .true : .unknown }.map(\.label) == [0])
        #expect(either.asked { $0 == 0 ? .false : .unknown }.map(\.label) == [1])
        let both = Residual.conjunction([one, two])
        #expect(both.asked { _ in .true }.map(\.label) == [0, 1])
        #expect(both.asked { $0 == 0 ? .false : .true }.map(\.label) == [0])
    }
}

@Suite("Sets of labels")
struct LabelSetTests {
    @Test func `a label is as certain as its most certain reason`() {
        var set = LabelSet()
        #expect(set.truth(200) == .false)
        set.insert(200, isCertain: false)
        #expect(set.truth(200) == .unknown)
        set.insert(200, isCertain: true)
        set.insert(200, isCertain: false)
        #expect(set.truth(200) == .true)
        #expect(set.truth(199) == .false && set.truth(1000) == .false)
    }

    @Test func `a union that is not certain takes certainty from nobody and gives none`() {
        var set = LabelSet(), other = LabelSet()
        set.insert(3, isCertain: true)
        other.insert(3, isCertain: true)
        other.insert(70, isCertain: true)
        set.formUnion(other, asCertain: false)
        #expect(set.truth(3) == .true && set.truth(70) == .unknown)
        set.formUnion(other)
        #expect(set.truth(70) == .true)
    }
}
