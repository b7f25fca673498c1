/// What the registry says of objects, for those who compare the vault with it.
public protocol InstanceRecords {
    func state(of digest: String) throws -> RecordState

    /// The digest of each instance whose bytes are to be there. Memory does not grow with their number.
    func forEachKept(_ body: (String) throws -> Void) throws
}

/// What the registry says of an object.
public enum RecordState: Hashable, Sendable {
    /// It was never received.
    case unknown
    /// Its bytes are to be as they were received.
    case kept
    /// Somebody was permitted to remove its bytes.
    case removed
}
