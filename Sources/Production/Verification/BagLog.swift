internal import CustodyLog
internal import Host

/// What a bag has of the log.
struct BagLog {
    struct Signed {
        var name: String
        var note: SignedNote
        /// As the log alone signed it: what stamps are of.
        var bytes: [UInt8]
        var checkpoint: Checkpoint
        /// Names of files.
        var stamps: [String]
    }

    let bag: BagReader
    /// By size; the last is the receipt's.
    let checkpoints: [Signed]

    struct EntryRecord: Decodable {
        var index: Int
        var leaf: String
        var proof: [String]
    }

    struct Entry {
        var index: Int
        var bytes: [UInt8]
        var leaf: EventLeaf
        var proof: [LogHash]

        func isIn(_ checkpoint: Checkpoint) -> Bool {
            (try? ProofVerification.inclusion(
                of: .leaf(bytes), at: index, size: checkpoint.size, root: checkpoint.root, proof: proof)) != nil
        }
    }

    init(_ bag: BagReader) throws {
        self.bag = bag
        var found: [Signed] = []
        for folder in ["metadata/log", "receipt"] {
            let names = try bag.names(in: folder)
            for name in names where name.hasSuffix(".checkpoint") {
                let stem = name.dropLast("checkpoint".count)
                let bytes = try bag.bytes("\(folder)/\(name)")
                let cosignatures = try bag.optionalBytes("\(folder)/\(stem)cosignatures") ?? []
                let note = try SignedNote(bytes: bytes + cosignatures)
                let stamps = names.filter { $0.hasPrefix(stem) && $0.hasSuffix(".tsr") }.map { "\(folder)/\($0)" }
                found.append(
                    Signed(
                        name: "\(folder)/\(name)", note: note, bytes: bytes,
                        checkpoint: try Checkpoint(text: note.text),
                        stamps: stamps))
            }
        }
        checkpoints = found.sorted { $0.checkpoint.size < $1.checkpoint.size }
    }

    /// The keys that came with the bag.
    func keys() throws -> [(role: String, key: VerifierKey)] {
        try bag.text("metadata/keys.txt").split(separator: "\n").map { line in
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard parts.count == 2, ["log", "witness"].contains(parts[0]) else {
                throw Wrong("`metadata/keys.txt` is not keys")
            }
            let key = try VerifierKey(parts[1])
            try require((key.type == .note) == (parts[0] == "log"), "`\(key.name)` is not the key of a \(parts[0])")
            return (parts[0], key)
        }
    }

    /// The log as it was handed over, and as it was when that was recorded.
    func ends() throws(Wrong) -> (handedOver: Signed, receipt: Signed) {
        guard let receipt = checkpoints.last, checkpoints.count >= 2, receipt.name.hasPrefix(BagFolder.receipt) else {
            throw Wrong("there are no two checkpoints, of which the last is the receipt's")
        }
        return (checkpoints[checkpoints.count - 2], receipt)
    }

    /// Reads entries, one in memory at a time.
    func forEachEntry(_ name: String = "metadata/log/entries.jsonl", _ body: (Entry) throws -> Void) throws {
        try bag.records(name, EntryRecord.self) { record in
            guard let bytes = Base64.decode(Array(record.leaf.utf8)) else {
                throw Wrong("entry \(record.index) is not base64")
            }
            let proof = record.proof.compactMap(Self.hash)
            try require(proof.count == record.proof.count, "the proof of entry \(record.index) is not hashes")
            try body(Entry(index: record.index, bytes: bytes, leaf: EventLeaf(bytes: bytes), proof: proof))
        }
    }

    func receipt() throws -> Entry {
        var entries: [Entry] = []
        try forEachEntry("receipt/entry.jsonl") { entries.append($0) }
        guard let entry = entries.first, entries.count == 1, entry.leaf.kind == .produced else {
            throw Wrong("the receipt is not one entry that tells of a production")
        }
        return entry
    }

    static func hash(_ digits: String) -> LogHash? { digitsOf(digits).flatMap(LogHash.init) }

    static func digitsOf(_ digits: String) -> [UInt8]? {
        let text = Array(digits.utf8)
        guard text.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: text.count, by: 2) {
            let pair = String(decoding: text[place..<place + 2], as: UTF8.self)
            guard pair.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }),
                let byte = UInt8(pair, radix: 16)
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
