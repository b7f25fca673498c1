internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// Listens for HL7 v2 messages over MLLP, with event loops and threads of its own: neither a feed that floods us nor a disk that
/// is slow takes threads from associations.
public final class MLLPServer: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let pool: NIOThreadPool
    private let listener: any Channel
    private let stopping: StopFlag
    private let connections: ConnectionTable

    private init(
        _ group: MultiThreadedEventLoopGroup, _ pool: NIOThreadPool, _ listener: any Channel, _ stopping: StopFlag,
        _ connections: ConnectionTable
    ) {
        self.group = group
        self.pool = pool
        self.listener = listener
        self.stopping = stopping
        self.connections = connections
    }

    /// The port that it listens at.
    public var port: Int { listener.localAddress?.port ?? 0 }

    /// How many connections there are.
    public var connectionCount: Int { connections.count }

    /// Takes no more connections and no more messages, waits until those that are being worked on are answered, and ends its
    /// threads.
    public func stop() async {
        stopping.raise()
        try? await listener.close()
        for channel in connections.all {
            channel.eventLoop.execute { channel.pipeline.fireUserInboundEventTriggered(StopFlag.Raised()) }
        }
        await connections.whenEmpty()
        try? await pool.shutdownGracefully()
        try? await group.shutdownGracefully()
    }

    /// - Parameter port: 0 takes one that is free.
    public static func start(
        host: String, port: Int, settings: MLLPSettings = MLLPSettings(), receiver: any MessageReceiver
    ) async throws -> MLLPServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let pool = NIOThreadPool(numberOfThreads: settings.threads)
        pool.start()
        let stopping = StopFlag()
        let connections = ConnectionTable(limit: settings.connections)
        do {
            let tls = try settings.tls.map { try NIOSSLContext(configuration: $0) }
            let listener = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 64)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.autoRead, value: false)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.socketOption(.so_keepalive), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        guard settings.isWelcome(channel.remoteAddress?.ipAddress ?? ""), connections.add(channel)
                        else { throw NotWelcome() }
                        if let tls {
                            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                        }
                        try channel.pipeline.syncOperations.addHandler(
                            MLLPConnection(settings, receiver, pool, stopping))
                    }
                }
                .bind(host: host, port: port).get()
            return MLLPServer(group, pool, listener, stopping, connections)
        } catch {
            try? await pool.shutdownGracefully()
            try? await group.shutdownGracefully()
            throw error
        }
    }
}

/// One connection more than the listener has room for, or one from an address that is not expected.
struct NotWelcome: Error {}

/// The connections that there are, so that they are counted and can be waited for.
final class ConnectionTable: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    var count: Int { state.withLock { $0.channels.count } }
    var all: [any Channel] { state.withLock { Array($0.channels.values) } }

    /// False when there are as many as there may be.
    func add(_ channel: any Channel) -> Bool {
        let key = ObjectIdentifier(channel)
        let hasRoom = state.withLock { state in
            guard state.channels.count < limit else { return false }
            state.channels[key] = channel
            return true
        }
        if hasRoom { channel.closeFuture.whenComplete { [self] _ in remove(key) } }
        return hasRoom
    }

    private func remove(_ key: ObjectIdentifier) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.channels[key] = nil
            guard state.channels.isEmpty else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns when the last connection is gone.
    func whenEmpty() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if !state.channels.isEmpty { state.waiting.append(continuation) }
                return state.channels.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
    }
}
