/// A log computed anew from its leaves, and compared with everything that was stored and signed.
public struct LogCheck: Sendable {
    public var size = 0
    /// Computed from the leaves.
    public var root = LogHash.empty
    /// How many commitments have an opening that opens them, and how many have none, since it was erased.
    public var opened = 0
    public var erased = 0
    /// The sizes of signed checkpoints whose roots are those of the leaves.
    public var confirmed: [Int] = []
    /// What does not fit, in the order of the log; the first thousand.
    public var findings: [LogError] = []

    public static let mostFindings = 1000

    /// - Parameters:
    ///   - checkpoints: roots that were signed, by size.
    ///   - progress: is told how many leaves have been read.
    /// - Throws: what the log throws when it cannot be read; what does not fit is a finding.
    public static func run(
        _ log: some LogReading, checkpoints: [Checkpoint] = [], progress: (Int) -> Void = { _ in }
    ) throws -> LogCheck {
        var check = LogCheck()
        let size = try log.logSize()
        var edge = TreeEdge()
        let waiting = Dictionary(grouping: checkpoints, by: \.size)
        func compare(_ check: inout LogCheck) {
            for checkpoint in waiting[edge.count] ?? [] {
                if checkpoint.root == edge.root {
                    check.confirmed.append(checkpoint.size)
                } else {
                    check.report(
                        LogError(
                            .fork,
                            "the first \(checkpoint.size) leaves are not those of which the checkpoint was signed"))
                }
            }
        }
        compare(&check)
        for index in 0..<size {
            progress(index)
            guard let bytes = try log.leafBytes(at: index) else {
                check.report(LogError(.missing, "leaf \(index) is not in the log"))
                // Nothing behind it can be computed.
                check.size = index
                check.root = edge.root
                return check
            }
            try edge.add(.leaf(bytes)) { try check.compare($0, log) }
            try check.compareOpenings(index, bytes, log)
            compare(&check)
        }
        for checkpoint in checkpoints where checkpoint.size > size {
            check.report(
                LogError(.fork, "a checkpoint of \(checkpoint.size) was signed, but the log has \(size) leaves"))
        }
        check.size = size
        check.root = edge.root
        return check
    }

    /// Adds a stored leaf to a tree; throws when it is not the leaf that was hashed, or a node is not the one of its leaves.
    static func add(_ index: Int, of log: some LogReading, to edge: inout TreeEdge) throws {
        guard let bytes = try log.leafBytes(at: index) else {
            throw LogError(.missing, "leaf \(index) is not in the log")
        }
        var check = LogCheck()
        try edge.add(.leaf(bytes)) { try check.compare($0, log) }
        if let first = check.findings.first { throw first }
    }

    private mutating func compare(_ node: TreeNode, _ log: some LogReading) throws {
        let (level, index) = (node.position.level, node.position.index)
        let name = level == 0 ? "the hash of leaf \(index)" : "node \(index) of level \(level)"
        switch try log.node(at: node.position) {
        case node.hash: break
        case nil: report(LogError(.missing, "\(name) is not in the log"))
        default:
            report(
                LogError(
                    .changed,
                    level == 0 ? "leaf \(index) is not the one that was hashed" : "\(name) is not that of its leaves"))
        }
    }

    private mutating func compareOpenings(_ index: Int, _ bytes: [UInt8], _ log: some LogReading) throws {
        let leaf: EventLeaf
        do throws(LogError) {
            leaf = try EventLeaf(bytes: bytes)
        } catch {
            return report(LogError(error.code, "leaf \(index): \(error.message)"))
        }
        var commitments = leaf.commitments
        for opening in try log.openings(at: index) {
            guard let place = commitments.firstIndex(where: opening.opens) else {
                report(LogError(.opening, "leaf \(index): an opening of `\(opening.name)` opens no commitment"))
                continue
            }
            commitments.remove(at: place)
            opened += 1
        }
        erased += commitments.count
    }

    private mutating func report(_ finding: LogError) {
        if findings.count < Self.mostFindings { findings.append(finding) }
    }
}
