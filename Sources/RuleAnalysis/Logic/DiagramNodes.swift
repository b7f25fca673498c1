/// The nodes of all diagrams, each once: an array, and a hash table of places in it. Nodes that were added last can be taken
/// back.
struct DiagramNodes {
    struct Node: Equatable {
        var variable: Int32
        var low: Int32
        var high: Int32

        fileprivate var hash: UInt32 {
            var hash = UInt32(bitPattern: low) &* 0x9E37_79B1
            hash = (hash ^ UInt32(bitPattern: high)) &* 0x85EB_CA77
            hash = (hash ^ UInt32(bitPattern: variable)) &* 0xC2B2_AE3D
            return hash ^ hash >> 15
        }
    }

    /// The two functions without a variable come first, and are in no table.
    private var nodes = [Node(variable: .max, low: 0, high: 0), Node(variable: .max, low: 1, high: 1)]
    /// By hash, places of nodes; 0 where there is none. Half of it at most is full. Nodes are entered in the order of their
    /// numbers, into the first free slot, so that the last one can be taken out and nothing else moves.
    private var slots = [Int32](repeating: 0, count: 1 << 12)

    var count: Int { nodes.count }

    subscript(number: Int32) -> Node { nodes[Int(number)] }

    /// The number of a node; where it is not there, the slot that it would have.
    func find(_ node: Node) -> (number: Int32?, slot: Int) {
        var slot = Int(node.hash) & (slots.count - 1)
        while slots[slot] != 0 {
            if nodes[Int(slots[slot])] == node { return (slots[slot], slot) }
            slot = (slot + 1) & (slots.count - 1)
        }
        return (nil, slot)
    }

    /// - Parameter slot: as `find` said.
    mutating func append(_ node: Node, at slot: Int) -> Int32 {
        let number = Int32(nodes.count)
        nodes.append(node)
        slots[slot] = number
        if nodes.count * 2 > slots.count { grow() }
        return number
    }

    mutating func removeLast(_ count: Int) {
        for _ in 0..<count {
            guard nodes.count > 2, let last = nodes.last else { return }
            let (number, slot) = find(last)
            if number != nil { slots[slot] = 0 }
            nodes.removeLast()
        }
    }

    private mutating func grow() {
        slots = [Int32](repeating: 0, count: slots.count * 2)
        for number in 2..<nodes.count { slots[find(nodes[number]).slot] = Int32(number) }
    }
}

/// What choices came to, as far as it is remembered: each has one place, which another may take.
struct ChoiceCache {
    private struct Entry {
        var condition: Int32 = -1
        var then: Int32 = 0
        var other: Int32 = 0
        var result: Int32 = 0
        /// 0: for good.
        var generation: Int32 = 0
    }

    private var entries = [Entry](repeating: Entry(), count: 1 << 12)
    private static let most = 1 << 20
    private var generation: Int32 = 0
    private var generations: Int32 = 0

    private func place(_ condition: Int32, _ then: Int32, _ other: Int32) -> Int {
        var hash = UInt32(bitPattern: condition) &* 0x9E37_79B1
        hash = (hash ^ UInt32(bitPattern: then)) &* 0x85EB_CA77
        hash = (hash ^ UInt32(bitPattern: other)) &* 0xC2B2_AE3D
        return Int(hash ^ hash >> 15) & (entries.count - 1)
    }

    func find(_ condition: Int32, _ then: Int32, _ other: Int32) -> Int32? {
        let entry = entries[place(condition, then, other)]
        guard entry.condition == condition, entry.then == then, entry.other == other,
            entry.generation == 0 || entry.generation == generation
        else { return nil }
        return entry.result
    }

    mutating func note(_ condition: Int32, _ then: Int32, _ other: Int32, _ result: Int32, nodeCount: Int) {
        if nodeCount > entries.count, entries.count < Self.most {
            let old = entries
            entries = [Entry](repeating: Entry(), count: old.count * 2)
            for entry in old where entry.condition >= 0 {
                entries[place(entry.condition, entry.then, entry.other)] = entry
            }
        }
        entries[place(condition, then, other)] = Entry(
            condition: condition, then: then, other: other, result: result, generation: generation)
    }

    /// From now on what is noted is forgotten at `endTemporary`.
    mutating func beginTemporary() {
        generations &+= 1
        generation = generations
    }

    mutating func endTemporary() { generation = 0 }
}
