/// Many patterns found in one pass over a text (Aho and Corasick 1975): linear in the text, however many they are.
struct PatternAutomaton: Sendable {
    /// Edges of all states but the root, by state and unit.
    private var edges: [UInt64: Int32] = [:]
    private var rootEdges: [UInt32: Int32] = [:]
    /// The state to go on with when there is no edge.
    private var failure: [Int32] = [0]
    /// The pattern that ends in a state; -1 for none.
    private var pattern: [Int32] = [-1]
    /// The nearest state on the way of failures in which a pattern ends; 0 for none.
    private var nextEnd: [Int32] = [0]

    var isEmpty: Bool { pattern.count == 1 }

    /// - Parameter patterns: each once and none empty; known by their places from here on.
    init(_ patterns: [[UInt32]]) {
        var states: [(parent: Int32, unit: UInt32)] = [(0, 0)]
        var depths = [0]
        for (number, units) in patterns.enumerated() where !units.isEmpty {
            var state: Int32 = 0
            for unit in units {
                if let next = edge(state, unit) {
                    state = next
                    continue
                }
                let next = Int32(states.count)
                states.append((state, unit))
                depths.append(depths[Int(state)] + 1)
                if state == 0 { rootEdges[unit] = next } else { edges[Self.key(state, unit)] = next }
                pattern.append(-1)
                failure.append(0)
                nextEnd.append(0)
                state = next
            }
            pattern[Int(state)] = Int32(number)
        }
        // Shorter ones first: a failure leads to a state of less depth.
        for state in states.indices.sorted(by: { (depths[$0], $0) < (depths[$1], $1) }) where depths[state] > 1 {
            let (parent, unit) = states[state]
            failure[state] = step(from: failure[Int(parent)], unit)
        }
        for state in states.indices.sorted(by: { (depths[$0], $0) < (depths[$1], $1) }) where state > 0 {
            let next = failure[state]
            nextEnd[state] = pattern[Int(next)] >= 0 ? next : nextEnd[Int(next)]
        }
    }

    private static func key(_ state: Int32, _ unit: UInt32) -> UInt64 {
        UInt64(UInt32(bitPattern: state)) << 32 | UInt64(unit)
    }

    private func edge(_ state: Int32, _ unit: UInt32) -> Int32? {
        state == 0 ? rootEdges[unit] : edges[Self.key(state, unit)]
    }

    /// The state after one more unit.
    func step(from state: Int32, _ unit: UInt32) -> Int32 {
        var state = state
        while true {
            TextSteps.add()
            if let next = edge(state, unit) { return next }
            if state == 0 { return 0 }
            state = failure[Int(state)]
        }
    }

    /// Whether any pattern ends in a state.
    func hasEnd(_ state: Int32) -> Bool { pattern[Int(state)] >= 0 || nextEnd[Int(state)] != 0 }

    /// The patterns that end in a state, the longest first.
    func forEachEnd(in state: Int32, _ body: (Int) -> Void) {
        var state = state
        while state != 0 {
            TextSteps.add()
            if pattern[Int(state)] >= 0 { body(Int(pattern[Int(state)])) }
            state = nextEnd[Int(state)]
        }
    }
}
