import Foundation
import Gatekeeper
import Host
import Inputs

/// How many instances of an item had which end.
public struct ItemCounts: Hashable, Sendable {
    public var released = 0
    public var flagged = 0
    public var deidentified = 0
    public var sequestered = 0
    public var duplicates = 0
    public var notDICOM = 0
    public var studies = 0

    init() {}

    init(_ counts: Summary.Counts) {
        released = counts.released
        flagged = counts.flagged
        deidentified = counts.deidentified
        sequestered = counts.sequestered
        duplicates = counts.duplicates
        notDICOM = counts.notDICOM
        studies = counts.studies
    }

    var json: JSON {
        .object([
            "released": .number(released), "flagged": .number(flagged), "deidentified": .number(deidentified),
            "sequestered": .number(sequestered), "duplicates": .number(duplicates), "notDICOM": .number(notDICOM),
            "studies": .number(studies),
        ])
    }

    init?(_ value: Any?) {
        guard let object = value as? [String: Any] else { return nil }
        func count(_ name: String) -> Int { object[name] as? Int ?? 0 }
        released = count("released")
        flagged = count("flagged")
        deidentified = count("deidentified")
        sequestered = count("sequestered")
        duplicates = count("duplicates")
        notDICOM = count("notDICOM")
        studies = count("studies")
    }
}

/// An item that is in its place, as its `item.json` says: that file is the last that is written, and no item is without one.
public struct FinishedItem: Hashable, Sendable {
    public var inputDigest: String
    public var basis: BatchBasis
    public var inputs: Int
    /// In bytes, as `outputSize`.
    public var inputSize: Int
    public var outputs: Int
    public var outputSize: Int
    public var counts: ItemCounts
    /// SHA-256 of `record.jsonl` and of `decisions.jsonl`.
    public var recordDigest: String
    public var decisionsDigest: String

    static let fileName = "item.json"

    /// Where it lies in the store.
    public var name: String { Self.name(inputDigest, basis.digest) }

    static func name(_ inputDigest: String, _ basis: String) -> String {
        "items/\(inputDigest.prefix(2))/\(inputDigest)-\(basis)"
    }

    var json: JSON {
        .object([
            "protocol": .string(BatchProtocol.name), "inputDigest": .string(inputDigest), "basis": basis.json,
            "inputs": .number(inputs), "inputSize": .number(inputSize), "outputs": .number(outputs),
            "outputSize": .number(outputSize), "counts": counts.json, "record": .string(recordDigest),
            "decisions": .string(decisionsDigest),
        ])
    }

    init(
        inputDigest: String, basis: BatchBasis, inputs: ItemInputs, outputs: (count: Int, size: Int),
        counts: ItemCounts, recordDigest: String, decisionsDigest: String
    ) {
        self.inputDigest = inputDigest
        self.basis = basis
        self.inputs = inputs.count
        inputSize = inputs.size
        self.outputs = outputs.count
        outputSize = outputs.size
        self.counts = counts
        self.recordDigest = recordDigest
        self.decisionsDigest = decisionsDigest
    }

    /// Nil for what is no `item.json` of this protocol.
    init?(_ bytes: [UInt8]) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any],
            object["protocol"] as? String == BatchProtocol.name, let input = object["inputDigest"] as? String,
            let basis = BatchBasis(object["basis"]), let inputs = object["inputs"] as? Int,
            let inputSize = object["inputSize"] as? Int, let outputs = object["outputs"] as? Int,
            let outputSize = object["outputSize"] as? Int, let counts = ItemCounts(object["counts"]),
            let record = object["record"] as? String, let decisions = object["decisions"] as? String
        else { return nil }
        inputDigest = input
        self.basis = basis
        self.inputs = inputs
        self.inputSize = inputSize
        self.outputs = outputs
        self.outputSize = outputSize
        self.counts = counts
        recordDigest = record
        decisionsDigest = decisions
    }
}
