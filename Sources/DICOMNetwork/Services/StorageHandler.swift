/// Takes objects: the SCP of C-STORE (PS3.7 9.1.1, PS3.4 B).
public protocol StorageHandler: Sendable {
    /// Answers a C-ECHO of the same association.
    func echo() async -> Status
    /// Takes one object. `data` gives its bytes exactly as they came, as fast as they are asked for; what is left of them
    /// when this returns is skipped. Success is sent only after it is returned.
    func store(_ request: StoreRequest, _ data: DataSetPieces) async -> Status
}

extension StorageHandler {
    public func echo() async -> Status { .success }
}

/// A C-STORE-RQ (PS3.7 9.3.1).
public struct StoreRequest: Hashable, Sendable {
    public var sopClass: String
    public var sopInstance: String
    public var transferSyntax: String
    public var moveOriginatorTitle: String?
    public var moveOriginatorMessageID: UInt16?
}

/// The bytes of one data set, from the socket.
public final class DataSetPieces {
    private let reader: MessageReader
    private var isAtEnd: Bool
    /// Whoever reads messages goes on when the last piece has been read.
    private let finished: Turns?

    init(_ reader: MessageReader, isEmpty: Bool, finished: Turns? = nil) {
        self.reader = reader
        isAtEnd = isEmpty
        self.finished = finished
        if isEmpty { finished?.give() }
    }

    /// The next bytes, or nil after the last. It throws when the association ended in the midst of them.
    public func next() async throws(AssociationError) -> ArraySlice<UInt8>? {
        guard !isAtEnd else { return nil }
        guard case .data(let bytes, let isLast)? = try await reader.next() else { throw .unexpectedMessage }
        isAtEnd = isLast
        if isLast { finished?.give() }
        return bytes
    }

    /// Nobody will read on: the association is over.
    func abandon() {
        guard !isAtEnd else { return }
        isAtEnd = true
        finished?.give()
    }
}
