/// Texts with a number each, by their bytes: those that another text begins with, and those that are found in it (Aho and
/// Corasick 1975), in one walk over that text however many there are.
///
/// Filled first, by a dictionary of edges; `link` lays them out as they are walked, state after state in arrays, since a
/// look-up in a dictionary for each byte would be most of what a decision takes.
struct TextTrie: Sendable {
    /// By state and byte, while it is filled.
    private var edges: [UInt64: Int32] = [:]
    /// Numbers of the texts that end in a state.
    private var ends: [[Int]] = [[]]

    /// The edges of a state are those from its place here to the next one's, ascending by byte.
    private var firstEdge: [Int32] = []
    private var edgeBytes: [UInt8] = []
    private var edgeStates: [Int32] = []
    /// From the beginning, where most bytes of a text are looked up, by byte; 0 for none.
    private var beginning: [Int32] = []
    /// Where to go on when there is no edge.
    private var failure: [Int32] = []
    /// The state itself where a text ends in it, else the nearest such one on the way of failures; 0 for none.
    private var nearestEnd: [Int32] = []

    mutating func insert(_ text: some Sequence<UInt8>, _ number: Int) {
        var state: Int32 = 0
        for byte in text {
            let key = UInt64(UInt32(bitPattern: state)) << 8 | UInt64(byte)
            if let next = edges[key] {
                state = next
            } else {
                let next = Int32(ends.count)
                edges[key] = next
                ends.append([])
                state = next
            }
        }
        ends[Int(state)].append(number)
    }

    /// Makes it ready to be walked: to be called once, when all texts are in it.
    mutating func link() {
        guard ends.count > 1 else { return }
        let sorted = edges.sorted { $0.key < $1.key }
        edges = [:]
        edgeBytes = sorted.map { UInt8(truncatingIfNeeded: $0.key) }
        edgeStates = sorted.map(\.value)
        firstEdge = [Int32](repeating: 0, count: ends.count + 1)
        for (key, _) in sorted { firstEdge[Int(key >> 8) + 1] += 1 }
        for state in ends.indices { firstEdge[state + 1] += firstEdge[state] }
        beginning = [Int32](repeating: 0, count: 256)
        for edge in 0..<Int(firstEdge[1]) { beginning[Int(edgeBytes[edge])] = edgeStates[edge] }

        failure = [Int32](repeating: 0, count: ends.count)
        nearestEnd = failure
        // Those of less depth first: a failure leads to one.
        var open = beginning.filter { $0 != 0 }
        var next = 0
        while next < open.count {
            let state = open[next]
            next += 1
            nearestEnd[Int(state)] = ends[Int(state)].isEmpty ? nearestEnd[Int(failure[Int(state)])] : state
            for edge in firstEdge[Int(state)]..<firstEdge[Int(state) + 1] {
                let child = edgeStates[Int(edge)]
                failure[Int(child)] = step(from: failure[Int(state)], edgeBytes[Int(edge)])
                open.append(child)
            }
        }
    }

    /// Numbers of the texts that this one begins with.
    func forEachBeginning(of text: some Sequence<UInt8>, _ body: (Int) -> Void) {
        ends[0].forEach(body)
        guard ends.count > 1 else { return }
        var state: Int32 = 0
        for byte in text {
            state = state == 0 ? beginning[Int(byte)] : edge(from: state, byte)
            guard state != 0 else { return }
            if nearestEnd[Int(state)] == state { ends[Int(state)].forEach(body) }
        }
    }

    /// Numbers of the texts that are found in this one; each as often as it is there.
    func forEachPart(of text: some Sequence<UInt8>, _ body: (Int) -> Void) {
        ends[0].forEach(body)
        guard ends.count > 1 else { return }
        var state: Int32 = 0
        for byte in text {
            state = step(from: state, byte)
            var end = nearestEnd[Int(state)]
            while end != 0 {
                ends[Int(end)].forEach(body)
                end = nearestEnd[Int(failure[Int(end)])]
            }
        }
    }

    private func step(from state: Int32, _ byte: UInt8) -> Int32 {
        var state = state
        while state != 0 {
            let next = edge(from: state, byte)
            if next != 0 { return next }
            state = failure[Int(state)]
        }
        return beginning[Int(byte)]
    }

    /// Where a byte leads from a state; 0 for nowhere, since nothing leads back to the beginning. By halves.
    private func edge(from state: Int32, _ byte: UInt8) -> Int32 {
        var low = Int(firstEdge[Int(state)]), high = Int(firstEdge[Int(state) + 1])
        while low < high {
            let middle = (low + high) / 2
            if edgeBytes[middle] == byte { return edgeStates[middle] }
            if edgeBytes[middle] < byte { low = middle + 1 } else { high = middle }
        }
        return 0
    }
}
