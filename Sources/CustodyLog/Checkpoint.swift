internal import Host

/// A statement of what the log was: its name, how many leaves it had, and their root (C2SP tlog-checkpoint).
public struct Checkpoint: Hashable, Sendable {
    /// Which log: the name of the key that signs it.
    public var origin: String
    public var size: Int
    public var root: LogHash

    public init(origin: String, size: Int, root: LogHash) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// Reads the text of a note. Lines of extensions, which others may write, are passed over.
    public init(text: String) throws(LogError) {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count >= 4, lines.last?.isEmpty == true, lines.dropLast().allSatisfy({ !$0.isEmpty }) else {
            throw LogError(.note, "a checkpoint has three lines or more, none of them empty: origin, size, root")
        }
        guard let size = Self.size(lines[1]) else {
            throw LogError(.note, "line 2 of the checkpoint: expected the number of leaves")
        }
        guard let root = Base64.decode(lines[2]).flatMap(LogHash.init) else {
            throw LogError(.note, "line 3 of the checkpoint: expected the root, 32 bytes in base64")
        }
        self.init(origin: String(Substring(lines[0])), size: size, root: root)
    }

    /// Three lines.
    public var text: String { "\(origin)\n\(size)\n\(Base64.encode(root.bytes))\n" }

    /// A decimal number as it is written: no sign, no zeroes before it.
    static func size(_ digits: some Collection<UInt8>) -> Int? {
        guard let size = Int(String(decoding: digits, as: UTF8.self)), (0...MerkleTree.largestSize).contains(size),
            String(size).utf8.elementsEqual(digits)
        else { return nil }
        return size
    }
}
