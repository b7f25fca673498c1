internal import CustodyLog
internal import Host
internal import Synchronization

/// A registry in memory: for tests, and the model of what the others must do. It forgets all when the process ends.
package final class MemoryStorage: RegistryStorage {
    private let rows: Mutex<MemoryRows>

    package init() { rows = Mutex(MemoryRows()) }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StorageReading) throws -> Result
    ) throws -> Result {
        try body(MemoryTransaction(rows.withLock { $0 }))
    }

    package func write<Result: Sendable>(
        _ body: @escaping @Sendable (any StorageWriting) throws -> Result
    ) throws -> Result {
        try rows.withLock { rows in
            let transaction = MemoryTransaction(rows)
            let result = try body(transaction)
            rows = transaction.rows
            return result
        }
    }
}

/// All tables.
struct MemoryRows: Sendable {
    struct Leaf {
        var bytes: [UInt8]
        var hash: LogHash
        var openings: [Opening]
    }

    struct ListTable {
        var columns: [String]
        var rows: [ListRow] = []
    }

    struct ListChange {
        var added = 0
        var removed = 0
        /// By number.
        var rows: Set<Int64> = []
    }

    struct FeedPlace: Hashable {
        var feed: String
        var place: String
        var patient: PatientIdentity
    }

    var instances: [String: RecordedInstance] = [:]
    var listLeaves: [Int: ListChange] = [:]
    var studyPatients: Set<StudyPatient> = []
    var anchors: [AnchoredKind: [Int64: Set<String>]] = [:]
    var labels: [Int64: LabelRecord] = [:]
    var holds: [Int64: Hold] = [:]
    var retentions: [Int64: Retention] = [:]
    var lists: [String: ListTable] = [:]
    var decisions: [Int64: DecisionEntry] = [:]
    var keys: [String: KeyState] = [:]
    var keyUses: [String: Set<String>] = [:]
    var activations: [Int64: Activation] = [:]
    var grants: [Int64: Grant] = [:]
    var links: [Int64: PatientLink] = [:]
    /// By folded name.
    var persons: [String: (name: String, same: String)] = [:]
    var feedMessages: Set<[String]> = []
    var feedTimes: [FeedPlace: Instant] = [:]
    var leaves: [Leaf] = []
    var nodes: [NodePosition: LogHash] = [:]
    var subjects: [LeafSubject: [Int]] = [:]
    var numbers: [NumberedKind: Int64] = [:]
    var meta: [String: String] = [:]
}
