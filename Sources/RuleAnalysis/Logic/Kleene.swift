/// A function with three values, as the two functions that say when it is true and when it is false; unknown is when
/// neither is.
struct Kleene: Hashable {
    var isTrue: DecisionDiagrams.Function
    var isFalse: DecisionDiagrams.Function

    static let always = Kleene(isTrue: DecisionDiagrams.always, isFalse: DecisionDiagrams.never)
    static let never = Kleene(isTrue: DecisionDiagrams.never, isFalse: DecisionDiagrams.always)

    var negated: Kleene { Kleene(isTrue: isFalse, isFalse: isTrue) }
}

extension DecisionDiagrams {
    func kleene(isTrue: Function, isUnknown: Function) throws(TooLarge) -> Kleene {
        let isOther = try or(isTrue, isUnknown)
        return Kleene(isTrue: isTrue, isFalse: try not(isOther))
    }

    func all(_ parts: [Kleene]) throws(TooLarge) -> Kleene {
        Kleene(isTrue: try all(parts.map(\.isTrue)), isFalse: try any(parts.map(\.isFalse)))
    }

    func any(_ parts: [Kleene]) throws(TooLarge) -> Kleene {
        Kleene(isTrue: try any(parts.map(\.isTrue)), isFalse: try all(parts.map(\.isFalse)))
    }

    /// True or unknown: what makes a rule give its labels.
    func mayHold(_ formula: Kleene) throws(TooLarge) -> Function { try not(formula.isFalse) }

    func isUnknown(_ formula: Kleene) throws(TooLarge) -> Function {
        let mayHold = try mayHold(formula), isFalse = try not(formula.isTrue)
        return try and(mayHold, isFalse)
    }
}
