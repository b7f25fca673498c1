/// Overwrites bytes of a NAL unit (ISO 14496-10 7.4.1, 23008-2 7.4.2). Two zeros that an emulation prevention byte
/// follows stay with it, so that as many bytes are left when such bytes are taken out, and no start code comes about.
struct EscapedFill {
    private struct Zero {
        var position: Int
        /// What takes its place when no escape follows.
        var filler: UInt8
    }

    /// Zeros right before the next byte.
    private var zeros: Int
    /// Those of them that may yet be overwritten.
    private var pending: [Zero] = []
    private var isAfterEscape: Bool

    static let filler: UInt8 = 0xFF
    static let escape: UInt8 = 3

    /// - Parameters:
    ///   - zeros: as many as there are right before the first byte.
    ///   - isAfterEscape: whether an escape is.
    init(zeros: Int = 0, isAfterEscape: Bool = false) {
        self.zeros = zeros
        self.isAfterEscape = isAfterEscape
    }

    mutating func add(_ byte: UInt8, at position: Int, _ overwriting: inout Overwriting) throws(Sequestration) {
        if byte == Self.escape, zeros >= 2 {
            pending.removeAll(keepingCapacity: true)
            zeros = 0
            isAfterEscape = true
            return
        }
        // What follows an escape is 3 at most.
        let filler: UInt8 = isAfterEscape ? 1 : Self.filler
        isAfterEscape = false
        guard byte == 0 else {
            try finish(&overwriting)
            return try overwriting.put(filler, over: byte, at: position)
        }
        zeros += 1
        pending.append(Zero(position: position, filler: filler))
        if pending.count > 2 {
            let first = pending.removeFirst()
            try overwriting.put(first.filler, over: 0, at: first.position)
        }
    }

    /// Whether a byte would be an escape.
    func isEscape(_ byte: UInt8) -> Bool { byte == Self.escape && zeros >= 2 }

    /// When something else follows than an escape.
    mutating func finish(_ overwriting: inout Overwriting) throws(Sequestration) {
        for zero in pending { try overwriting.put(zero.filler, over: 0, at: zero.position) }
        pending.removeAll(keepingCapacity: true)
        zeros = 0
    }
}
