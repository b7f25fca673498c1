import Foundation
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
        try file.forEachLine { try body(Self.line($0)) }
    }

    private static func line(_ bytes: [UInt8]) throws -> RecordLine {
        guard let line = RecordLine(bytes) else {
            throw ItemError("`record.jsonl` has a line that this version does not know")
        }
        return line
    }
}

/// `decisions.jsonl` of an item, held against the digest that `item.json` has of it.
struct DecisionsReader: Sendable {
    private let path: String
    private let digest: String

    init(_ item: FinishedItem, in store: BatchStore) {
        path = "\(store.path)/\(item.name)/decisions.jsonl"
        digest = item.decisionsDigest
    }

    /// The digest of each input that was de-identified, and where its copy lies in the item.
    func forEachDeidentified(_ body: (_ input: String, _ output: String) -> Void) throws {
        guard let file = try? Descriptor(reading: PathBytes(path)),
            try ContentDigest(of: file).hexadecimal == digest
        else { throw ItemError("`decisions.jsonl` is not what was written; take the item away, and make it again") }
        try file.forEachLine { line in
            guard let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any],
                object["disposition"] as? String == "deidentify", let input = object["inputDigest"] as? String,
                let output = object["output"] as? String
            else { return }
            body(input, output)
        }
    }
}

extension Descriptor {
    /// Each line, without its end.
    fileprivate func forEachLine(_ body: ([UInt8]) throws -> Void) throws {
        var rest: [UInt8] = []
        try forEachPiece { piece in
            var start = piece.startIndex
            while let end = piece[start...].firstIndex(of: 0x0A) {
                rest += piece[start..<end]
                try body(rest)
                rest.removeAll(keepingCapacity: true)
                start = end + 1
            }
            rest += piece[start...]
        }
        if !rest.isEmpty { try body(rest) }
    }
}
