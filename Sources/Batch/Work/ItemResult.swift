import Gatekeeper
public import Inputs

/// What became of one line of work. It names no patient: no value of a data set and no path of an input is in it.
public struct ItemResult: Sendable {
    public enum Status: String, Sendable {
        /// Decided and put in its place, now.
        case done
        /// It was there, by this worker or another: the same inputs and the same basis.
        case present
        case failed
    }

    /// Nil for a line that has none that can be read.
    public var id: String?
    /// Of the work list, from 1.
    public var line: Int
    public var status: Status
    public var item: FinishedItem?
    public var inputDigest: String?
    public var basis: BatchBasis
    public var error: ItemError?
    /// What it took, in milliseconds.
    public var milliseconds: Int64

    public var json: JSON {
        .object([
            "type": .string("result"),
            "id": id.map { .string($0) } ?? .null,
            "line": .number(line),
            "status": .string(status.rawValue),
            "inputDigest": inputDigest.map { .string($0) },
            "ruleSetDigest": .string(basis.ruleSetDigest),
            "basis": .string(basis.digest),
            "snapshot": basis.snapshotDigest.map { .string($0) },
            "inputs": item.map { .object(["files": .number($0.inputs), "bytes": .number($0.inputSize)]) },
            "counts": item?.counts.json,
            "output": item.map {
                .object([
                    "folder": .string($0.name), "files": .number($0.outputs), "bytes": .number($0.outputSize),
                    "record": .string($0.recordDigest),
                ])
            },
            "error": error.map { .string($0.message) },
            "retry": error.map { .bool($0.mayPass) },
            "milliseconds": .number(Int(milliseconds)),
        ])
    }
}
