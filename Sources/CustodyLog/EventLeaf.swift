public import Host

/// A `CustodyEvent` as it stands on the log: canonical bytes (docs/log.md), in which each personal fact is a commitment.
public struct EventLeaf: Hashable, Sendable {
    /// What is hashed and stored.
    public let bytes: [UInt8]
    /// The raw value of a `CustodyEvent.Kind`, or a word that this version does not know.
    public let kindName: String
    public let time: Instant
    public let actor: String
    public let facts: [CustodyEvent.Fact]
    public let commitments: [Commitment]

    /// What stands on the log for a fact that may name a patient.
    public struct Commitment: Hashable, Sendable {
        public var name: String
        /// HMAC-SHA256 of the name, NUL and the value, under the salt of the opening.
        public var hash: LogHash
    }

    /// Nil for a kind that a later version brought.
    public var kind: CustodyEvent.Kind? { CustodyEvent.Kind(rawValue: kindName) }

    /// Its hash in the tree.
    public var hash: LogHash { .leaf(bytes) }

    /// A leaf is a small thing; whatever is large stands on it by its digest.
    public static let largestSize = 1 << 20

    /// The leaf of an event, and what opens its commitments, one opening for each personal fact, in order.
    ///
    /// The openings are stored apart from the leaf. Whoever erases one leaves a commitment that nobody can open or guess,
    /// and a tree in which nothing has changed.
    public static func make(of event: CustodyEvent) throws(LogError) -> (leaf: EventLeaf, openings: [Opening]) {
        var generator = SystemRandomNumberGenerator()
        return try make(of: event, using: &generator)
    }

    /// The same with salts of a generator, for tests.
    static func make(
        of event: CustodyEvent, using generator: inout some RandomNumberGenerator
    ) throws(LogError) -> (leaf: EventLeaf, openings: [Opening]) {
        let openings = event.personal.map { Opening(name: $0.name, value: $0.value, using: &generator) }
        let leaf = EventLeaf(
            kindName: event.kind.rawValue, time: event.time, actor: event.actor, facts: event.facts,
            commitments: openings.map(\.commitment))
        // What is written must read back as it was: a name that is empty, a year that has five digits.
        guard try EventLeaf(bytes: leaf.bytes) == leaf else {
            throw LogError(.leaf, "the event does not read back as it was written")
        }
        return (leaf, openings)
    }

    private init(
        kindName: String, time: Instant, actor: String, facts: [CustodyEvent.Fact], commitments: [Commitment]
    ) {
        self.kindName = kindName
        self.time = time
        self.actor = actor
        self.facts = facts
        self.commitments = commitments
        var lines = ["cordon-leaf/1", "kind \(kindName)", "time \(time)", "actor \(LeafText.escaped(actor))"]
        lines += facts.map { "fact \(LeafText.escapedName($0.name)) \(LeafText.escaped($0.value))" }
        lines += commitments.map {
            "personal \(LeafText.escapedName($0.name)) \(hexadecimalDigits($0.hash.bytes))"
        }
        bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
    }

    /// Whether a leaf with these bytes is of a kind and by somebody, as far as either is asked for, without reading all of it.
    public static func isMeant(_ bytes: [UInt8], kind: String?, actor: String?) -> Bool {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 4, omittingEmptySubsequences: false)
        guard lines.count == 5 else { return false }
        return (kind.map { lines[1].elementsEqual("kind \($0)".utf8) } ?? true)
            && (actor.map { lines[3].elementsEqual("actor \(LeafText.escaped($0))".utf8) } ?? true)
    }

    /// Reads a leaf. Throws unless writing it again gives the same bytes.
    public init(bytes: [UInt8]) throws(LogError) {
        guard bytes.count <= Self.largestSize else {
            throw LogError(.leaf, "a leaf has at most \(Self.largestSize) bytes; this one has \(bytes.count)")
        }
        guard bytes.last == UInt8(ascii: "\n"), let text = String(validating: bytes, as: UTF8.self) else {
            throw LogError(.leaf, "a leaf is lines of UTF-8, each ended by a line feed")
        }
        var lines = text.utf8.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
        func wrong(_ expected: String) -> LogError {
            let line = text.utf8.lazy.filter { $0 == UInt8(ascii: "\n") }.count - lines.count + 1
            return LogError(.leaf, "line \(line) of the leaf: expected \(expected)")
        }
        /// The rest of the next line, when it begins with the word.
        func next(_ word: String) -> Substring.UTF8View? {
            guard let line = lines.first, line.starts(with: (word + " ").utf8) else { return nil }
            return line.dropFirst(word.utf8.count + 1)
        }
        guard let version = lines.first, Substring(version) == "cordon-leaf/1" else {
            throw wrong("`cordon-leaf/1`")
        }
        lines = lines.dropFirst()
        guard let kind = next("kind"), !kind.isEmpty else { throw wrong("`kind` and a word") }
        lines = lines.dropFirst()
        guard let time = next("time").flatMap({ Instant(String(Substring($0))) }) else {
            throw wrong("`time` and a moment such as 2026-11-24T02:28:21.000Z")
        }
        lines = lines.dropFirst()
        guard let actor = next("actor").flatMap(LeafText.unescaped) else { throw wrong("`actor` and a name") }
        lines = lines.dropFirst()
        /// A name, and what follows it.
        func pair(_ word: String) -> (String, Substring.UTF8View)? {
            guard let rest = next(word), let space = rest.firstIndex(of: UInt8(ascii: " ")), space != rest.startIndex,
                let name = LeafText.unescaped(rest[..<space])
            else { return nil }
            return (name, rest[rest.index(after: space)...])
        }
        var facts: [CustodyEvent.Fact] = []
        while let (name, value) = pair("fact") {
            guard let value = LeafText.unescaped(value) else { throw wrong("a value without stray backslashes") }
            facts.append(CustodyEvent.Fact(name, value))
            lines = lines.dropFirst()
        }
        var commitments: [Commitment] = []
        while let (name, digits) = pair("personal") {
            guard let hash = LeafText.bytes(hexadecimal: digits).flatMap(LogHash.init) else {
                throw wrong("64 hexadecimal digits")
            }
            commitments.append(Commitment(name: name, hash: hash))
            lines = lines.dropFirst()
        }
        guard lines.isEmpty else { throw wrong("`fact` or `personal`, a name and a value, or the end") }
        self.init(
            kindName: String(Substring(kind)), time: time, actor: actor, facts: facts, commitments: commitments)
        guard self.bytes == bytes else {
            throw LogError(.leaf, "the leaf is not written as this version writes it")
        }
    }
}
