/// Boolean functions as reduced ordered binary decision diagrams (Bryant 1986): one node for each function, so that two
/// functions are the same when their numbers are, and a function that is never true is `never`.
///
/// Bounded: whoever asks for more nodes than there may be gets `TooLarge`, and then says that it is not known (P9).
final class DecisionDiagrams {
    /// A function, by number.
    typealias Function = Int32

    static let never: Function = 0
    static let always: Function = 1

    /// The functions that were asked for are too large to build.
    struct TooLarge: Error {}

    private var nodes = DiagramNodes()
    private var chosen = ChoiceCache()
    private let maximum: Int
    private(set) var variableCount = 0
    /// Whether what is made now is to be forgotten.
    private(set) var isTemporary = false
    /// Choices that may still be made: what was worked out may be forgotten, and nobody is to work it out for ever (P9).
    private var stepsLeft: Int

    /// - Parameter maximum: nodes in all.
    init(maximum: Int = 2_000_000) {
        self.maximum = maximum
        stepsLeft = Self.steps(maximum)
    }

    private static func steps(_ maximum: Int) -> Int { maximum * 40 }

    var nodeCount: Int { nodes.count }

    /// Forgets all functions that are made within, once it is done: questions are many, and what one of them needs is of no
    /// use to another. What `body` returns is no function, and whoever keeps functions for later looks at `isTemporary`.
    func temporarily<Value>(_ body: () throws(TooLarge) -> Value) throws(TooLarge) -> Value {
        guard !isTemporary else { return try body() }
        let mark = nodes.count, steps = stepsLeft
        stepsLeft = Self.steps(maximum)
        chosen.beginTemporary()
        isTemporary = true
        defer {
            isTemporary = false
            nodes.removeLast(nodes.count - mark)
            stepsLeft = steps
            chosen.endTemporary()
        }
        return try body()
    }

    /// A new variable, behind all others in the order.
    func variable() -> Int {
        variableCount += 1
        return variableCount - 1
    }

    /// True when the variable is.
    func literal(_ variable: Int) throws(TooLarge) -> Function {
        try node(Int32(variable), Self.never, Self.always)
    }

    private func node(_ variable: Int32, _ low: Function, _ high: Function) throws(TooLarge) -> Function {
        if low == high { return low }
        let node = DiagramNodes.Node(variable: variable, low: low, high: high)
        let (known, place) = nodes.find(node)
        if let known { return known }
        guard nodes.count < maximum else { throw TooLarge() }
        return nodes.append(node, at: place)
    }

    /// `condition` ? `then` : `other`: every other operation is one of these.
    func choose(_ condition: Function, _ then: Function, _ other: Function) throws(TooLarge) -> Function {
        if condition == Self.always { return then }
        if condition == Self.never { return other }
        if then == other { return then }
        if then == Self.always, other == Self.never { return condition }
        if let known = chosen.find(condition, then, other) { return known }
        stepsLeft -= 1
        guard stepsLeft > 0 else { throw TooLarge() }
        let variable = min(nodes[condition].variable, min(nodes[then].variable, nodes[other].variable))
        let low = try choose(
            cofactor(condition, variable, false), cofactor(then, variable, false), cofactor(other, variable, false))
        let high = try choose(
            cofactor(condition, variable, true), cofactor(then, variable, true), cofactor(other, variable, true))
        let result = try node(variable, low, high)
        chosen.note(condition, then, other, result, nodeCount: nodes.count)
        return result
    }

    private func cofactor(_ function: Function, _ variable: Int32, _ value: Bool) -> Function {
        let node = nodes[function]
        return node.variable == variable ? (value ? node.high : node.low) : function
    }

    func and(_ left: Function, _ right: Function) throws(TooLarge) -> Function {
        left <= right ? try choose(left, right, Self.never) : try choose(right, left, Self.never)
    }

    func or(_ left: Function, _ right: Function) throws(TooLarge) -> Function {
        left <= right ? try choose(left, Self.always, right) : try choose(right, Self.always, left)
    }

    func not(_ function: Function) throws(TooLarge) -> Function { try choose(function, Self.never, Self.always) }

    /// True when one is. Joined in pairs, so that many small functions do not pass through one that grows.
    func any(_ functions: some Sequence<Function>) throws(TooLarge) -> Function {
        try joined(Array(functions), Self.never) { (a, b) throws(TooLarge) in try or(a, b) }
    }

    func all(_ functions: some Sequence<Function>) throws(TooLarge) -> Function {
        try joined(Array(functions), Self.always) { (a, b) throws(TooLarge) in try and(a, b) }
    }

    private func joined(
        _ functions: [Function], _ neutral: Function, _ join: (Function, Function) throws(TooLarge) -> Function
    ) throws(TooLarge) -> Function {
        var rest = functions
        while rest.count > 1 {
            var next: [Function] = []
            next.reserveCapacity(rest.count / 2 + 1)
            for index in stride(from: 0, to: rest.count, by: 2) {
                next.append(index + 1 < rest.count ? try join(rest[index], rest[index + 1]) : rest[index])
            }
            rest = next
        }
        return rest.first ?? neutral
    }

    /// True of at most one of the variables; of exactly one where `isOne`. Two nodes for each.
    func one(of variables: [Int], isOne: Bool) throws(TooLarge) -> Function {
        // From the last variable up: nothing yet, and one already.
        var none = isOne ? Self.never : Self.always
        var some = Self.always
        for variable in variables.sorted().reversed() {
            none = try node(Int32(variable), none, some)
            some = try node(Int32(variable), some, Self.never)
        }
        return none
    }

    /// The variables that a function depends on, ascending.
    func support(of functions: [Function]) -> [Int] {
        var seen: Set<Function> = []
        var found: Set<Int> = []
        var open = functions
        while let function = open.popLast() {
            guard function > 1, seen.insert(function).inserted else { continue }
            let node = nodes[function]
            found.insert(Int(node.variable))
            open.append(node.low)
            open.append(node.high)
        }
        return found.sorted()
    }

    /// What the function is where the variables are as given, and all others as `other` says.
    func value(_ function: Function, _ values: [Int: Bool], other: (Int) -> Bool) -> Bool {
        var function = function
        while function > Self.always {
            let node = nodes[function]
            let variable = Int(node.variable)
            function = values[variable] ?? other(variable) ? node.high : node.low
        }
        return function == Self.always
    }

    /// Ways to make a function true, each as values of some variables, the others being free. In an order that tries
    /// `false` first, which keeps examples small; at most so many.
    func ways(_ function: Function, limit: Int) -> [[Int: Bool]] {
        var result: [[Int: Bool]] = []
        var path: [Int: Bool] = [:]
        func walk(_ function: Function) {
            guard result.count < limit, function != Self.never else { return }
            guard function != Self.always else {
                result.append(path)
                return
            }
            let node = nodes[function]
            for (value, next) in [(false, node.low), (true, node.high)] {
                path[Int(node.variable)] = value
                walk(next)
            }
            path[Int(node.variable)] = nil
        }
        walk(function)
        return result
    }
}
