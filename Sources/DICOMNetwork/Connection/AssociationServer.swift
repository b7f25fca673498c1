import Host
public import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Listens, and serves associations side by side, each in its own task, on threads that nothing else in the process holds up.
public final class AssociationServer: Sendable {
    private struct State {
        var connections: [ObjectIdentifier: PDUConnection] = [:]
        var count = 0
        var isStopping = false
    }

    private let listener: NIOAsyncChannel<PDUConnection.Socket, Never>
    private let settings: ConnectionSettings
    private let maximumAssociations: Int
    private let provider: any AssociationProvider
    private let state = Mutex(State())

    /// - Parameters:
    ///   - port: 0 takes one that is free; `port` says which.
    ///   - maximumAssociations: more than that are told to come again (local limit exceeded). Connections beyond twice as many
    ///     are closed unread.
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
    /// Associations that are open, and connections on their way to one.
    public var count: Int { state.withLock { $0.count } }

    /// Serves until `stop`, then until the last association has ended. When the task is cancelled, connections are closed.
    public func run() async throws {
        try await withTaskExecutorPreference(TaskThreads.network) {
            try await withThrowingDiscardingTaskGroup { group in
                try await listener.executeThenClose { connections in
                    for try await socket in connections {
                        group.addTask { await self.serve(socket) }
                    }
                }
            }
        }
    }

    /// Takes no more connections. Associations that are there go on for at most the given time, then they are aborted, and the
    /// tasks of their handlers cancelled: `run` returns when the last handler has.
    public func stop(within time: TimeAmount = .seconds(30)) {
        state.withLock { $0.isStopping = true }
        listener.channel.close(promise: nil)
        // `run` ends long before where nobody is there; the server is kept till then by nothing else.
        listener.channel.eventLoop.scheduleTask(in: time) { [weak self] in self?.abortAll() }
    }

    private func abortAll() {
        let connections = state.withLock { $0.connections.values.map { $0 } }
        for connection in connections { connection.abortNow() }
    }

    private func serve(_ socket: PDUConnection.Socket) async {
        // What can fail here is a connection that is gone.
        try? await socket.executeThenClose { inbound, _ in
            let connection = PDUConnection(socket.channel, inbound, settings)
            guard let isOneTooMany = enter(connection) else { return }
            defer { leave(connection) }
            await connection.handle(.transportIndicated)
            connection.expect(within: settings.artim)
            if case .request(let request) = await connection.next() {
                await associate(request, connection, socket.channel, isOneTooMany: isOneTooMany)
            }
            await connection.finish()
        }
    }

    /// Whether there are more than may be; nil when there may be no more at all: those who are to be told so hold memory and a
    /// file descriptor, too.
    private func enter(_ connection: PDUConnection) -> Bool? {
        state.withLock { state in
            guard !state.isStopping, state.count <= 2 * maximumAssociations else { return nil }
            state.count += 1
            state.connections[ObjectIdentifier(connection)] = connection
            return state.count > maximumAssociations
        }
    }

    private func leave(_ connection: PDUConnection) {
        state.withLock { state in
            state.count -= 1
            state.connections[ObjectIdentifier(connection)] = nil
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
        case .accept(let acceptance):
            let accept = acceptance.answer(to: request, settings)
            await connection.handle(.accept(accept))
            let association = Association(
                connection, request, accept, isRequestor: false, services: acceptance.services)
            await association.serve()
        }
    }
}

extension Acceptance {
    /// The A-ASSOCIATE-AC.
    func answer(to request: AssociateRequest, _ settings: ConnectionSettings) -> AssociateAccept {
        var user = UserInformation(
            maximumLength: UInt32(clamping: settings.limits.dataPDULength),
            implementationClassUID: Implementation.classUID,
            implementationVersionName: Implementation.versionName)
        user.roles = roles
        user.extended = extended
        user.asynchronousWindow = request.user.asynchronousWindow?.answer(limits: settings.window)
        if let identity = request.user.identity, identity.wantsResponse {
            // Of a user name the response is empty (PS3.7 D.3.3.7.2); of the others only the provider has one.
            let isName = identity.kind == .username || identity.kind == .usernameAndPasscode
            user.identityResponse = isName ? [] : identityResponse
        }
        // Every context is answered, in the order of the request.
        let results = request.contexts.map { context in
            contexts.first { $0.id == context.id } ?? ContextResult(id: context.id, reason: .noReason)
        }
        return AssociateAccept(
            calledTitle: request.calledTitle, callingTitle: request.callingTitle, contexts: results, user: user)
    }
}
