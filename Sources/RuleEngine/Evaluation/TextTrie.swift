/// Texts with a number each, by their bytes: those that another text begins with, and those that are found in it (Aho and
/// Corasick 1975), in one walk over that text however many there are.
struct TextTrie: Sendable {
    /// By state and byte.
    private var edges: [UInt64: Int32] = [:]
    /// Numbers of the texts that end in a state.
    private var ends: [[Int]] = [[]]
    /// How each state was reached.
    private var origins: [(parent: Int32, byte: UInt8)] = [(0, 0)]
    /// Where to go on when there is no edge, and the nearest state on that way in which a text ends; 0 for none.
    private var failure: [Int32] = []
    private var nextEnd: [Int32] = []

    mutating func insert(_ text: some Sequence<UInt8>, _ number: Int) {
        var state: Int32 = 0
        for byte in text {
            let key = Self.key(state, byte)
            if let next = edges[key] {
                state = next
            } else {
                let next = Int32(ends.count)
                edges[key] = next
                ends.append([])
                origins.append((state, byte))
                state = next
            }
        }
        ends[Int(state)].append(number)
    }

    /// Makes it ready for `forEachPart`.
    mutating func link() {
        failure = [Int32](repeating: 0, count: ends.count)
        nextEnd = failure
        var depths = [Int](repeating: 0, count: ends.count)
        // A state is made after the one that it was reached from.
        for state in ends.indices.dropFirst() { depths[state] = depths[Int(origins[state].parent)] + 1 }
        // Those of less depth first: a failure leads to one.
        for state in ends.indices.dropFirst().sorted(by: { (depths[$0], $0) < (depths[$1], $1) }) {
            let (parent, byte) = origins[state]
            let next = parent == 0 ? 0 : step(from: failure[Int(parent)], byte)
            failure[state] = next
            nextEnd[state] = ends[Int(next)].isEmpty ? nextEnd[Int(next)] : next
        }
    }

    /// Numbers of the texts that this one begins with.
    func forEachBeginning(of text: some Sequence<UInt8>, _ body: (Int) -> Void) {
        ends[0].forEach(body)
        guard ends.count > 1 else { return }
        var state: Int32 = 0
        for byte in text {
            guard let next = edges[Self.key(state, byte)] else { return }
            state = next
            ends[Int(state)].forEach(body)
        }
    }

    /// Numbers of the texts that are found in this one; each as often as it is there.
    func forEachPart(of text: some Sequence<UInt8>, _ body: (Int) -> Void) {
        ends[0].forEach(body)
        guard ends.count > 1 else { return }
        var state: Int32 = 0
        for byte in text {
            state = step(from: state, byte)
            var end = state
            while end != 0 {
                ends[Int(end)].forEach(body)
                end = nextEnd[Int(end)]
            }
        }
    }

    private func step(from state: Int32, _ byte: UInt8) -> Int32 {
        var state = state
        while true {
            if let next = edges[Self.key(state, byte)] { return next }
            if state == 0 { return 0 }
            state = failure[Int(state)]
        }
    }

    private static func key(_ state: Int32, _ byte: UInt8) -> UInt64 {
        UInt64(UInt32(bitPattern: state)) << 8 | UInt64(byte)
    }
}
