public import Host

/// Whose word counts: the keys of logs, those of witnesses, and how many of these must have seen a checkpoint (C2SP
/// tlog-policy). It comes from whoever verifies, never from what is verified.
public struct TrustPolicy: Sendable {
    public private(set) var logs: [VerifierKey] = []
    public private(set) var witnesses: [(name: String, key: VerifierKey)] = []
    private var groups: [(name: String, threshold: Int, members: [String])] = []
    /// A witness or a group; nil for none.
    private var quorum: String?

    /// Logs, and any number of witnesses of which so many must have cosigned.
    public init(logs: [VerifierKey], witnesses: [VerifierKey] = [], quorum threshold: Int = 0) throws(LogError) {
        for log in logs { try add(log: log) }
        for (place, witness) in witnesses.enumerated() { try add(witness: witness, as: "w\(place + 1)") }
        guard (0...witnesses.count).contains(threshold) else {
            throw LogError(.note, "there are \(witnesses.count) witnesses; \(threshold) of them cannot have cosigned")
        }
        if threshold > 0 {
            groups = [("witnesses", threshold, self.witnesses.map(\.name))]
            quorum = "witnesses"
        }
    }

    /// Reads a policy file.
    public init(text: String) throws(LogError) {
        var hasQuorum = false
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
            guard let word = words.first, !word.hasPrefix("#") else { continue }
            do throws(LogError) {
                switch (word, words.count) {
                case ("log", 2...3): try add(log: VerifierKey(words[1]))
                case ("witness", 3...4): try add(witness: VerifierKey(words[2]), as: words[1])
                case ("group", 4...): try add(group: words[1], words[2], Array(words[3...]))
                case ("quorum", 2) where !hasQuorum:
                    hasQuorum = true
                    if words[1] != "none" {
                        guard isDefined(words[1]) else { throw LogError(.note, "`\(words[1])` is not defined above") }
                        quorum = words[1]
                    }
                default:
                    throw LogError(
                        .note,
                        "expected `log KEY`, `witness NAME KEY`, `group NAME K MEMBER…`, or one line `quorum NAME`")
                }
            } catch {
                throw LogError(error.code, "line \(number + 1) of the policy: \(error.message)")
            }
        }
        guard hasQuorum else { throw LogError(.note, "the policy has no line `quorum NAME` or `quorum none`") }
    }

    /// As a policy file.
    public var text: String {
        var lines = logs.map { "log \($0)" }
        lines += witnesses.map { "witness \($0.name) \($0.key)" }
        lines += groups.map { "group \($0.name) \($0.threshold) \($0.members.joined(separator: " "))" }
        lines.append("quorum \(quorum ?? "none")")
        return lines.map { $0 + "\n" }.joined()
    }

    public mutating func add(log key: VerifierKey) throws(LogError) {
        guard key.type == .note else { throw LogError(.key, "`\(key.name)` is the key of a witness, not of a log") }
        guard !logs.contains(where: { $0.bytes == key.bytes }) else {
            throw LogError(.key, "the key of the log `\(key.name)` is there twice")
        }
        logs.append(key)
    }

    private mutating func add(witness key: VerifierKey, as name: String) throws(LogError) {
        guard key.type == .cosignature else {
            throw LogError(.key, "`\(key.name)` is the key of a log, not of a witness")
        }
        guard !witnesses.contains(where: { $0.key.bytes == key.bytes }) else {
            throw LogError(.key, "the key of the witness `\(key.name)` is there twice")
        }
        try define(name)
        witnesses.append((name, key))
    }

    private mutating func add(group name: String, _ count: String, _ members: [String]) throws(LogError) {
        let threshold = count == "any" ? 1 : count == "all" ? members.count : Checkpoint.size(count.utf8) ?? 0
        guard (1...members.count).contains(threshold) else {
            throw LogError(.note, "`\(count)` of \(members.count) members cannot have cosigned")
        }
        // Each counts in one way only.
        let used = Set(groups.flatMap(\.members))
        for (place, member) in members.enumerated() {
            guard isDefined(member), !used.contains(member), !members[..<place].contains(member) else {
                throw LogError(.note, "`\(member)` is not defined above, or is already a member")
            }
        }
        try define(name)
        groups.append((name, threshold, members))
    }

    private func define(_ name: String) throws(LogError) {
        guard name != "none", !isDefined(name) else { throw LogError(.note, "`\(name)` is defined twice") }
    }

    private func isDefined(_ name: String) -> Bool {
        witnesses.contains { $0.name == name } || groups.contains { $0.name == name }
    }

    // MARK: - Verifying

    /// Reads a checkpoint that a known log has signed and that enough witnesses have seen.
    public func verify(_ note: SignedNote) throws(LogError) -> VerifiedCheckpoint {
        let checkpoint = try Checkpoint(text: note.text)
        let names = logs.filter { $0.name.utf8.elementsEqual(checkpoint.origin.utf8) }
        guard let key = try note.verified(by: names).first?.key else {
            throw LogError(.signature, "no known key of the log `\(checkpoint.origin)` has signed the checkpoint")
        }
        let seen = try note.verified(by: witnesses.map(\.key))
        let cosignatures = seen.compactMap { found in
            found.time.map { VerifiedCheckpoint.Cosignature(witness: found.key, time: $0) }
        }
        if let quorum, !isMet(quorum, Set(cosignatures.map(\.witness))) {
            throw LogError(
                .quorum,
                "\(cosignatures.count) of \(witnesses.count) witnesses have cosigned the checkpoint of \(checkpoint.size); "
                    + "the policy asks for `\(quorum)`")
        }
        return VerifiedCheckpoint(checkpoint: checkpoint, key: key, cosignatures: cosignatures)
    }

    private func isMet(_ name: String, _ seen: Set<VerifierKey>) -> Bool {
        if let witness = witnesses.first(where: { $0.name == name }) { return seen.contains(witness.key) }
        guard let group = groups.first(where: { $0.name == name }) else { return false }
        return group.members.count { isMet($0, seen) } >= group.threshold
    }
}

/// A checkpoint whose signatures hold.
public struct VerifiedCheckpoint: Hashable, Sendable {
    public var checkpoint: Checkpoint
    /// Of the log.
    public var key: VerifierKey
    public var cosignatures: [Cosignature]

    public struct Cosignature: Hashable, Sendable {
        public var witness: VerifierKey
        /// The witness's clock.
        public var time: Instant
    }
}
