import Testing

@testable import RuleAnalysis

@Suite struct DecisionDiagramTests {
    /// A formula as a diagram and as what it is worth for each assignment.
    private func formula(
        _ dice: inout Dice, _ diagrams: DecisionDiagrams, depth: Int, variables: Int
    ) throws -> (DecisionDiagrams.Function, (Int) -> Bool) {
        guard depth > 0 else {
            let variable = dice.roll(variables)
            return (try diagrams.literal(variable), { $0 >> variable & 1 == 1 })
        }
        let (a, f) = try formula(&dice, diagrams, depth: depth - 1, variables: variables)
        let (b, g) = try formula(&dice, diagrams, depth: depth - 1, variables: variables)
        switch dice.roll(4) {
        case 0: return (try diagrams.and(a, b), { f($0) && g($0) })
        case 1: return (try diagrams.or(a, b), { f($0) || g($0) })
        case 2: return (try diagrams.not(a), { !f($0) })
        default:
            let (c, h) = try formula(&dice, diagrams, depth: depth - 1, variables: variables)
            return (try diagrams.choose(a, b, c), { f($0) ? g($0) : h($0) })
        }
    }

    @Test func `a diagram is never, always or one way what the formula is, for every assignment`() throws {
        for seed in 0..<120 {
            var dice = Dice(seed: UInt64(seed))
            let diagrams = DecisionDiagrams()
            for _ in 0..<6 { _ = diagrams.variable() }
            let (function, value) = try formula(&dice, diagrams, depth: 4, variables: 6)
            let all = (0..<64).map(value)
            #expect((function == DecisionDiagrams.never) == !all.contains(true))
            #expect((function == DecisionDiagrams.always) == !all.contains(false))
            for way in diagrams.ways(function, limit: 100) {
                // What a way leaves open may be anything.
                for other in 0..<64 {
                    let number = (0..<6).reduce(0) { $0 | (way[$1] ?? (other >> $1 & 1 == 1) ? 1 << $1 : 0) }
                    #expect(value(number))
                }
            }
            #expect(
                diagrams.support(of: [function]).allSatisfy { variable in
                    (0..<64).contains { value($0) != value($0 ^ (1 << variable)) }
                })
        }
    }

    @Test func `equal functions have one number, however they were built`() throws {
        let diagrams = DecisionDiagrams()
        let x = try diagrams.literal(diagrams.variable()), y = try diagrams.literal(diagrams.variable())
        let left = try diagrams.not(try diagrams.and(x, y))
        let right = try diagrams.or(try diagrams.not(x), try diagrams.not(y))
        #expect(left == right)
    }

    @Test(arguments: [true, false]) func `one of some variables is one of them`(isOne: Bool) throws {
        let diagrams = DecisionDiagrams()
        let variables = (0..<5).map { _ in diagrams.variable() }
        let function = try diagrams.one(of: variables, isOne: isOne)
        for number in 0..<32 {
            let values = Dictionary(uniqueKeysWithValues: variables.enumerated().map { ($1, number >> $0 & 1 == 1) })
            let count = number.nonzeroBitCount
            let wanted = isOne ? count == 1 : count <= 1
            let isTrue = diagrams.value(function, values, other: { _ in false })
            #expect(isTrue == wanted)
        }
    }

    @Test func `what is too large is said to be`() throws {
        let diagrams = DecisionDiagrams(maximum: 50)
        let variables = (0..<40).map { _ in diagrams.variable() }
        #expect(throws: DecisionDiagrams.TooLarge.self) {
            // The sum of pairs that are far apart in the order: exponential.
            var parts: [DecisionDiagrams.Function] = []
            for index in 0..<20 {
                parts.append(
                    try diagrams.and(
                        try diagrams.literal(variables[index]), try diagrams.literal(variables[index + 20])))
            }
            _ = try diagrams.any(parts)
        }
    }
}
