import RuleEngine
import RuleLanguage

/// What the values of a class say to a comparison.
enum ClassAnswer: Hashable {
    case `true`, `false`, unknown
    /// Some values of the class are true and some are false.
    case free

    init(_ truth: Truth) {
        switch truth {
        case .true: self = .true
        case .false: self = .false
        case .unknown: self = .unknown
        }
    }
}

/// Values of an attribute that say the same to every comparison of the rules: one text, or all others of a kind.
struct ValueClass {
    /// By the comparison's place in its view; what is not there is false.
    var answers: [Int: ClassAnswer]
    /// Values that are in it. Of a class that stands for all other values they are only tried.
    var samples: [String]
    /// Whether the class is all values that have no class of their own, so that `samples` are not all of it.
    var isOpen: Bool
}

/// One comparison with a value, as it stands in any number of rules.
struct ComparedAtom {
    var condition: Condition
    /// Asks single values. Nil where nobody knows: then a value may say anything.
    var text: ComparedText?
    /// Some of what makes it true, for examples: rows of a list. They name people.
    var listRows: [String] = []
}
