/// A data set that goes with a message and is no object: an identifier, action information, event information (PS3.7 9, 10).
/// Bytes and how they are encoded; nothing here opens them.
public struct EncodedDataSet: Hashable, Sendable {
    /// UID of a transfer syntax.
    public var transferSyntax: String
    /// Without preamble and file meta information.
    public var bytes: [UInt8]

    public init(transferSyntax: String, bytes: [UInt8]) {
        self.transferSyntax = transferSyntax
        self.bytes = bytes
    }
}

/// The end of an operation: a status, and what its sender says about it.
public struct Outcome: Hashable, Sendable {
    public var status: Status
    /// Error Comment (0000,0902): 64 characters at most. It goes to the peer, so it must name no patient.
    public var comment: String?

    public init(_ status: Status, comment: String? = nil) {
        self.status = status
        self.comment = comment
    }

    public static let success = Outcome(.success)
    public static let cancel = Outcome(.cancel)
}

/// Priority (0000,0700).
public enum Priority: UInt16, Hashable, Sendable {
    case medium = 0, high = 1, low = 2
}

/// How far the sub-operations of a C-MOVE or C-GET are (PS3.7 9.1.3.1, 9.1.4.1).
public struct SubOperationCounts: Hashable, Sendable {
    public var remaining = 0
    public var completed = 0
    public var failed = 0
    public var warning = 0

    public init(remaining: Int = 0, completed: Int = 0, failed: Int = 0, warning: Int = 0) {
        self.remaining = remaining
        self.completed = completed
        self.failed = failed
        self.warning = warning
    }
}

/// On whose behalf a C-STORE comes: the asker of a C-MOVE (PS3.7 9.1.1.1.7).
public struct MoveOriginator: Hashable, Sendable {
    public var title: String
    public var messageID: UInt16

    public init(title: String, messageID: UInt16) {
        self.title = title
        self.messageID = messageID
    }
}
