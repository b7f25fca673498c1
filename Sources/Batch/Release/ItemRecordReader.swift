import Host
import Inputs

/// `record.jsonl` of an item, read line by line and held against the digest that `item.json` has of it.
struct ItemRecordReader: Sendable {
    let path: String
    let digest: String

    init(_ item: FinishedItem, in store: BatchStore) {
        path = "\(store.path)/\(item.name)/record.jsonl"
        digest = item.recordDigest
    }

    /// - Throws: `ItemError` when the record is not what was written.
    func forEach(_ body: (RecordLine) throws -> Void) throws {
        guard let file = try? Descriptor(reading: PathBytes(path)),
            try ContentDigest(of: file).hexadecimal == digest
        else { throw ItemError("`record.jsonl` is not what was written; take the item away, and make it again") }
        var rest: [UInt8] = []
        try file.forEachPiece { piece in
            var start = piece.startIndex
            while let end = piece[start...].firstIndex(of: 0x0A) {
                rest += piece[start..<end]
                try body(Self.line(rest))
                rest.removeAll(keepingCapacity: true)
                start = end + 1
            }
            rest += piece[start...]
        }
        if !rest.isEmpty { try body(Self.line(rest)) }
    }

    private static func line(_ bytes: [UInt8]) throws -> RecordLine {
        guard let line = RecordLine(bytes) else {
            throw ItemError("`record.jsonl` has a line that this version does not know")
        }
        return line
    }
}
