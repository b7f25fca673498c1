import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Listens, and serves associations side by side, each in its own task.
public final class AssociationServer: Sendable {
    private let listener: NIOAsyncChannel<PDUConnection.Socket, Never>
    private let settings: ConnectionSettings
    private let maximumAssociations: Int
    private let provider: any AssociationProvider
    private let count = Mutex(0)

    /// - Parameters:
    ///   - port: 0 takes one that is free; `port` says which.
    ///   - maximumAssociations: more than that are told to come again (local limit exceeded).
    public init(
        host: String, port: Int, settings: ConnectionSettings = ConnectionSettings(), maximumAssociations: Int = 512,
        provider: any AssociationProvider
    ) async throws {
        self.settings = settings
        self.maximumAssociations = maximumAssociations
        self.provider = provider
        let tls = try settings.tls.map { try NIOSSLContext(configuration: $0) }
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 512)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: PDUConnection.readSize)
            .bind(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    return try PDUConnection.prepare(channel)
                }
            }
    }

    public var port: Int? { listener.channel.localAddress?.port }

    /// Serves until `stop`, then until the last association has ended. When the task is cancelled, connections are closed.
    public func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await listener.executeThenClose { connections in
                for try await socket in connections {
                    group.addTask { await self.serve(socket) }
                }
            }
        }
    }

    /// Takes no more connections; `run` returns when those that are there have ended.
    public func stop() { listener.channel.close(promise: nil) }

    private func serve(_ socket: PDUConnection.Socket) async {
        let isOneTooMany = count.withLock { count in
            count += 1
            return count > maximumAssociations
        }
        defer { count.withLock { $0 -= 1 } }
        // What can fail here is a connection that is gone.
        try? await socket.executeThenClose { inbound, outbound in
            let connection = PDUConnection(socket.channel, inbound, outbound, settings)
            await connection.handle(.transportIndicated)
            if case .request(let request) = await connection.next(within: settings.artim) {
                await associate(request, connection, socket.channel, isOneTooMany: isOneTooMany)
            }
            await connection.finish()
        }
    }

    private func associate(
        _ request: AssociateRequest, _ connection: PDUConnection, _ channel: any Channel, isOneTooMany: Bool
    ) async {
        guard !isOneTooMany else { return await connection.handle(.reject(.localLimitExceeded)) }
        let certificate = settings.tls == nil ? nil : try? await channel.nioSSL_peerCertificate().get()
        let asker = Asker(request: request, address: channel.remoteAddress, certificate: certificate)
        switch await provider.answer(asker) {
        case .refuse(let reject): await connection.handle(.reject(reject))
        case .accept(let contexts, let handler, let roles, let identityResponse):
            var user = UserInformation(
                maximumLength: UInt32(settings.limits.dataPDULength), implementationClassUID: Implementation.classUID,
                implementationVersionName: Implementation.versionName)
            user.roles = roles
            user.identityResponse = identityResponse
            // One operation at a time: what is sent ahead waits in the socket (PS3.7 D.3.3.3).
            if request.user.asynchronousWindow != nil {
                user.asynchronousWindow = AsynchronousWindow(invoked: 1, performed: 1)
            }
            await connection.handle(
                .accept(
                    AssociateAccept(
                        calledTitle: request.calledTitle, callingTitle: request.callingTitle, contexts: contexts,
                        user: user)))
            let session = ServerSession(connection, request, contexts, handler, settings)
            await session.run()
        }
    }
}
