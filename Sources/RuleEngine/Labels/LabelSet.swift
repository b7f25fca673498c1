/// Labels by number, certain or not: two bits for each.
struct LabelSet: Sendable, Hashable {
    private var present: [UInt64] = []
    private var certain: [UInt64] = []

    var isEmpty: Bool { present.isEmpty }

    /// The label is there; certain once anything made it so.
    mutating func insert(_ label: Int, isCertain: Bool) {
        let word = label / 64, bit = UInt64(1) << UInt64(label % 64)
        if word >= present.count {
            let missing = [UInt64](repeating: 0, count: word + 1 - present.count)
            present += missing
            certain += missing
        }
        present[word] |= bit
        if isCertain { certain[word] |= bit }
    }

    mutating func formUnion(_ other: LabelSet, asCertain: Bool = true) {
        if other.present.count > present.count {
            let missing = [UInt64](repeating: 0, count: other.present.count - present.count)
            present += missing
            certain += missing
        }
        for word in other.present.indices {
            present[word] |= other.present[word]
            if asCertain { certain[word] |= other.certain[word] }
        }
    }

    /// The label stays, and is no longer certain.
    mutating func doubt(_ label: Int) {
        let word = label / 64
        guard word < certain.count else { return }
        certain[word] &= ~(UInt64(1) << UInt64(label % 64))
    }

    /// Whether the label is there: unknown when it is uncertain.
    func truth(_ label: Int) -> Truth {
        let word = label / 64, bit = UInt64(1) << UInt64(label % 64)
        guard word < present.count, present[word] & bit != 0 else { return .false }
        return certain[word] & bit != 0 ? .true : .unknown
    }
}
