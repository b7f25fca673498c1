internal import Host

/// That a leaf stands in the log, for somebody who has nothing but keys: a checkpoint, an index and a path (C2SP
/// tlog-proof). It can be verified years later, without the log.
public struct LogProof: Sendable {
    public let index: Int
    public let path: [LogHash]
    public let checkpoint: SignedNote

    public init(index: Int, path: [LogHash], checkpoint: SignedNote) {
        self.index = index
        self.path = path
        self.checkpoint = checkpoint
    }

    private static let version = "c2sp.org/tlog-proof@v1"

    public init(bytes: [UInt8]) throws(LogError) {
        var lines = ProofLines(bytes)
        guard lines.next() == Self.version else { throw lines.wrong("`\(Self.version)`") }
        var line = lines.next()
        // Says nothing that is signed.
        if line.hasPrefix("extra ") { line = lines.next() }
        guard line.hasPrefix("index "), let index = Checkpoint.size(line.utf8.dropFirst(6)) else {
            throw lines.wrong("`index` and a number")
        }
        self.index = index
        path = try lines.hashes()
        checkpoint = try SignedNote(bytes: lines.rest)
    }

    public var bytes: [UInt8] {
        Array("\(Self.version)\nindex \(index)\n\(ProofLines.text(path))\n".utf8) + checkpoint.bytes
    }

    /// Throws unless the policy trusts the checkpoint and the leaf stands in its tree.
    @discardableResult
    public func verify(leaf: [UInt8], policy: TrustPolicy) throws(LogError) -> VerifiedCheckpoint {
        let verified = try policy.verify(checkpoint)
        try ProofVerification.inclusion(
            of: .leaf(leaf), at: index, size: verified.checkpoint.size, root: verified.checkpoint.root, proof: path)
        return verified
    }
}

/// That a checkpoint extends an older tree, as it is sent to a witness (C2SP tlog-witness, `add-checkpoint`).
public struct ExtensionProof: Sendable {
    /// The older size.
    public let earlier: Int
    public let path: [LogHash]
    public let checkpoint: SignedNote

    public init(earlier: Int, path: [LogHash], checkpoint: SignedNote) {
        self.earlier = earlier
        self.path = path
        self.checkpoint = checkpoint
    }

    public init(bytes: [UInt8]) throws(LogError) {
        var lines = ProofLines(bytes)
        let line = lines.next()
        guard line.hasPrefix("old "), let earlier = Checkpoint.size(line.utf8.dropFirst(4)) else {
            throw lines.wrong("`old` and a number")
        }
        self.earlier = earlier
        path = try lines.hashes()
        checkpoint = try SignedNote(bytes: lines.rest)
    }

    public var bytes: [UInt8] {
        Array("old \(earlier)\n\(ProofLines.text(path))\n".utf8) + checkpoint.bytes
    }

    /// Throws unless the policy trusts the checkpoint and its tree begins with the older one.
    @discardableResult
    public func verify(root: LogHash, policy: TrustPolicy) throws(LogError) -> VerifiedCheckpoint {
        let verified = try policy.verify(checkpoint)
        try ProofVerification.consistency(
            from: earlier, root: root, to: verified.checkpoint.size, root: verified.checkpoint.root, proof: path)
        return verified
    }
}

/// Lines before a note.
private struct ProofLines {
    private(set) var rest: [UInt8]
    private var number = 0

    init(_ bytes: [UInt8]) { rest = bytes }

    /// Without its line feed; empty for an empty line, and where there is none. No line that is asked for is long.
    mutating func next() -> String {
        number += 1
        guard let end = rest.prefix(100_000).firstIndex(of: UInt8(ascii: "\n")) else { return "" }
        defer { rest.removeFirst(end + 1) }
        return String(decoding: rest[..<end], as: UTF8.self)
    }

    /// Hashes up to an empty line: at most as many as a tree is high, and one.
    mutating func hashes() throws(LogError) -> [LogHash] {
        var hashes: [LogHash] = []
        while true {
            let line = next()
            if line.isEmpty { return hashes }
            guard hashes.count <= MerkleTree.levels, let hash = Base64.decode(line.utf8).flatMap(LogHash.init) else {
                throw wrong("a hash, 32 bytes in base64, of which there are at most \(MerkleTree.levels)")
            }
            hashes.append(hash)
        }
    }

    func wrong(_ expected: String) -> LogError { LogError(.note, "line \(number) of the proof: expected \(expected)") }

    static func text(_ hashes: [LogHash]) -> String { hashes.map { Base64.encode($0.bytes) + "\n" }.joined() }
}
