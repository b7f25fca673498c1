public import NIOCore
public import NIOSSL

/// Who asks for an association, by everything that is known: what they say, and what TLS proved.
public struct Asker: Sendable {
    public var request: AssociateRequest
    public var address: SocketAddress?
    /// Checked against the roots of the listener; nil without TLS or without client certificates.
    public var certificate: NIOSSLCertificate?
}

/// What the user of a server says to an asker.
public enum Answer: Sendable {
    case refuse(AssociateReject)
    /// - Parameter identityResponse: for an identity that asked for one (PS3.7 D.3.3.7.2).
    case accept(
        contexts: [ContextResult], handler: any StorageHandler, roles: [RoleSelection] = [],
        identityResponse: [UInt8]? = nil)
}

/// Decides on associations.
public protocol AssociationProvider: Sendable {
    func answer(_ asker: Asker) async -> Answer
}

/// Serves the messages of one association, one after the other.
public protocol StorageHandler: Sendable {
    func echo() async -> Status
    /// Takes one object. `data` gives its bytes exactly as they came, as fast as they are asked for; what is left of them
    /// when this returns is skipped. Success is sent only after it is returned.
    func store(_ request: StoreRequest, _ data: DataSetPieces) async -> Status
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
    private let channel: MessageChannel
    private var isAtEnd: Bool

    init(_ channel: MessageChannel, isEmpty: Bool) {
        self.channel = channel
        isAtEnd = isEmpty
    }

    /// The next bytes, or nil after the last. It throws when the association ended in the midst of them.
    public func next() async throws(AssociationError) -> ArraySlice<UInt8>? {
        guard !isAtEnd else { return nil }
        guard case .data(let bytes, let isLast)? = try await channel.next() else { throw .unexpectedMessage }
        isAtEnd = isLast
        return bytes
    }
}
