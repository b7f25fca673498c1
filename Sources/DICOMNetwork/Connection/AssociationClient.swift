import NIOCore
import NIOPosix
import NIOSSL

/// One association that we asked for, used within `AssociationClient.open`, by one task.
public final class Association {
    private let connection: PDUConnection
    private let channel: MessageChannel
    private let request: AssociateRequest
    private let settings: ConnectionSettings
    private var lastMessageID: UInt16 = 0
    /// What the peer answered.
    public let accepted: AssociateAccept

    init(
        _ connection: PDUConnection, _ request: AssociateRequest, _ accepted: AssociateAccept,
        _ settings: ConnectionSettings
    ) {
        self.connection = connection
        self.request = request
        self.accepted = accepted
        self.settings = settings
        let ids = accepted.contexts.filter { $0.reason == .acceptance }.map(\.id)
        channel = MessageChannel(
            connection, contexts: Set(ids), peerMaximum: accepted.user.maximumLength, settings: settings)
    }

    /// The context for a SOP class, in a transfer syntax or in any.
    public func context(sopClass: String, transferSyntax: String? = nil) throws(AssociationError) -> ContextResult {
        let ids = Set(request.contexts.filter { $0.abstractSyntax == sopClass }.map(\.id))
        let found = accepted.contexts.first {
            $0.reason == .acceptance && ids.contains($0.id)
                && (transferSyntax == nil || $0.transferSyntax == transferSyntax)
        }
        guard let found else { throw .noContext(sopClass: sopClass) }
        return found
    }

    /// C-ECHO (PS3.7 9.1.5).
    public func echo() async throws(AssociationError) -> Status {
        let verification = "1.2.840.10008.1.1"
        var command = Command(.echoRequest)
        command[text: .affectedSOPClassUID] = verification
        return try await perform(command, try context(sopClass: verification).id)
    }

    /// C-STORE (PS3.7 9.1.1) of a data set that is encoded in the transfer syntax already.
    /// - Parameter piece: the next bytes, at most as many as it is asked for, and nil after the last.
    public func store(
        sopClass: String, sopInstance: String, transferSyntax: String,
        piece: (_ maximum: Int) throws -> ArraySlice<UInt8>?
    ) async throws -> Status {
        let id = try context(sopClass: sopClass, transferSyntax: transferSyntax).id
        var command = Command(.storeRequest)
        command[text: .affectedSOPClassUID] = sopClass
        command[text: .affectedSOPInstanceUID] = sopInstance
        command[.priority] = 0
        command.hasDataSet = true
        let messageID = try await begin(command, id)
        // One piece ahead, so that the last is known as such.
        var current = try piece(channel.fragmentLength) ?? []
        while true {
            let following = try piece(channel.fragmentLength)
            try await channel.send(current, id, isCommand: false, isLast: following == nil)
            guard let following else { break }
            current = following
        }
        return try await response(to: messageID, .storeResponse)
    }

    private func begin(_ command: Command, _ id: UInt8) async throws(AssociationError) -> UInt16 {
        lastMessageID &+= 1
        var command = command
        command[.messageID] = lastMessageID
        try await channel.send(command, contextID: id)
        return lastMessageID
    }

    private func perform(_ command: Command, _ id: UInt8) async throws(AssociationError) -> Status {
        guard let answer = command.field?.response else { throw .unexpectedMessage }
        return try await response(to: try await begin(command, id), answer)
    }

    private func response(to messageID: UInt16, _ field: Command.Field) async throws(AssociationError) -> Status {
        guard case .command(let response, _)? = try await channel.next(), response.field == field,
            response[.messageIDBeingRespondedTo] == messageID, let status = response.status, !response.hasDataSet
        else { throw .unexpectedMessage }
        return status
    }

    func release() async {
        await connection.handle(.release)
        while true {
            switch await connection.next(within: settings.artim) {
            case .data: continue
            // Both asked at once (PS3.8 7.2.2.7).
            case .releaseRequested: await connection.handle(.releaseResponse)
            default: return
            }
        }
    }

    func abort() async { await connection.handle(.abort(.byUser)) }
}

/// Asks for associations.
public enum AssociationClient {
    /// Opens an association, runs `body` in it, and releases it; when `body` throws it is aborted.
    /// - Throws: `AssociationError`, an error of the connection, or what `body` throws.
    public static func open<Value: Sendable>(
        host: String, port: Int, _ request: AssociateRequest, settings: ConnectionSettings = ConnectionSettings(),
        body: (Association) async throws -> Value
    ) async throws -> Value {
        guard (try? PDU(decoding: PDU.associateRequest(request).encoded[...])) == .associateRequest(request) else {
            throw AssociationError.cannotBeWritten
        }
        let tls = try settings.tls.map { try NIOSSLContext(configuration: $0) }
        let socket = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(settings.connect)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: PDUConnection.readSize)
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let name = isAddress(host) ? nil : host
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    return try PDUConnection.prepare(channel)
                }
            }
        return try await socket.executeThenClose { inbound, outbound in
            let connection = PDUConnection(socket.channel, inbound, outbound, settings)
            await connection.handle(.associate(request))
            await connection.handle(.transportConfirmed)
            switch await connection.next(within: settings.artim) {
            case .accepted(let accept):
                let association = Association(connection, request, accept, settings)
                do {
                    let value = try await body(association)
                    await association.release()
                    return value
                } catch {
                    await association.abort()
                    throw error
                }
            case .rejected(let reject): throw AssociationError.refused(reject)
            case .aborted(let abort): throw AssociationError.aborted(abort)
            default: throw AssociationError.lost
            }
        }
    }

    /// SNI has names only (RFC 6066 3).
    private static func isAddress(_ host: String) -> Bool {
        (try? SocketAddress(ipAddress: host, port: 0)) != nil
    }
}
