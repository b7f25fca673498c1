public import Host

/// Text with signatures (C2SP signed-note).
public struct SignedNote: Sendable {
    /// Ends with a line feed.
    public let text: String
    public private(set) var signatures: [NoteSignature]

    /// Larger ones, and ones with more signatures, are refused unread.
    public static let largestSize = 1 << 20
    public static let mostSignatures = 100

    /// A text that nobody has signed yet.
    init(text: String) throws(LogError) {
        guard Self.isText(text), text.hasSuffix("\n") else {
            throw LogError(.note, "a note is text without control characters, and ends with a line feed")
        }
        self.text = text
        signatures = []
    }

    /// Reads a note; no signature is verified.
    public init(bytes: [UInt8]) throws(LogError) {
        guard bytes.count <= Self.largestSize else {
            throw LogError(.note, "a note has at most \(Self.largestSize) bytes; this one has \(bytes.count)")
        }
        guard let whole = String(validating: bytes, as: UTF8.self), Self.isText(whole) else {
            throw LogError(.note, "a note is UTF-8 without control characters other than line feeds")
        }
        // The last empty line stands between text and signatures.
        let lineFeed = UInt8(ascii: "\n")
        let gap = bytes.indices.dropLast().last { bytes[$0] == lineFeed && bytes[$0 + 1] == lineFeed }
        guard let gap else {
            throw LogError(.note, "there is no empty line before the signatures of the note")
        }
        guard bytes.last == lineFeed, gap + 2 < bytes.count else {
            throw LogError(.note, "the note ends before its signatures do")
        }
        text = String(decoding: bytes[...gap], as: UTF8.self)
        let lines = bytes[(gap + 2)...].dropLast().split(separator: lineFeed, omittingEmptySubsequences: false)
        guard lines.count <= Self.mostSignatures else {
            throw LogError(.note, "a note has at most \(Self.mostSignatures) signatures; this one has \(lines.count)")
        }
        signatures = []
        for (place, line) in lines.enumerated() {
            guard let signature = NoteSignature(line: line) else {
                throw LogError(.note, "signature \(place + 1) of the note: expected `— name base64`")
            }
            signatures.append(signature)
        }
    }

    public var bytes: [UInt8] { Array((text + "\n" + signatureLines).utf8) }

    /// The signatures, a line each.
    public var signatureLines: String { signatures.map(\.line).joined() }

    /// The same text with one more signature; one of the same key is replaced.
    public func adding(_ signature: NoteSignature) -> SignedNote {
        var note = self
        note.signatures.removeAll { $0.identifier == signature.identifier && $0.name == signature.name }
        note.signatures.append(signature)
        return note
    }

    /// The same text with those signatures alone that say they are of these keys.
    public func keeping(_ keys: [VerifierKey]) -> SignedNote {
        var note = self
        note.signatures = signatures.filter { signature in keys.contains { $0.isNamed(in: signature) } }
        return note
    }

    /// Signed once more.
    public func signed(by key: SigningKey, at time: Instant) throws(LogError) -> SignedNote {
        adding(try key.sign(text, time: time))
    }

    /// The signatures of known keys. Those of others are passed over; one of a known key that is wrong refuses the note.
    func verified(by keys: [VerifierKey]) throws(LogError) -> [(key: VerifierKey, time: Instant?)] {
        var found: [(key: VerifierKey, time: Instant?)] = []
        for signature in signatures {
            guard let key = keys.first(where: { $0.isNamed(in: signature) }) else { continue }
            let time = try key.verify(signature, over: text)
            if !found.contains(where: { $0.key == key }) { found.append((key, time)) }
        }
        return found
    }

    private static func isText(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 || $0 == UInt8(ascii: "\n") }
    }
}

/// A line under a note: who signed, and the signature.
public struct NoteSignature: Hashable, Sendable {
    public var name: String
    /// The first four bytes of the key's hash.
    public var identifier: UInt32
    public var bytes: [UInt8]

    init(name: String, identifier: UInt32, bytes: [UInt8]) {
        self.name = name
        self.identifier = identifier
        self.bytes = bytes
    }

    fileprivate init?(line: ArraySlice<UInt8>) {
        guard line.starts(with: Self.dash) else { return nil }
        let parts = line.dropFirst(Self.dash.count).split(
            separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 2, let name = String(validating: parts[0], as: UTF8.self), KeyName.isValid(name),
            let signature = Base64.decode(parts[1]), signature.count > 4
        else { return nil }
        self.init(
            name: name, identifier: signature.prefix(4).reduce(0) { $0 << 8 | UInt32($1) },
            bytes: Array(signature.dropFirst(4)))
    }

    /// An em dash and a space.
    private static let dash = Array("\u{2014} ".utf8)

    var line: String {
        let stamp = (0..<4).map { UInt8(truncatingIfNeeded: identifier >> (24 - 8 * $0)) }
        return "\u{2014} \(name) \(Base64.encode(stamp + bytes))\n"
    }
}
