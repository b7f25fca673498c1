import Host
import NIOCore
import NIOPosix
import NIOSSL

/// Asks for associations.
public enum AssociationClient {
    /// Opens an association, runs `body` in it, and releases it; when `body` throws it is aborted.
    ///
    /// `body` runs on threads of `DICOMNetwork`, whatever Swift's shared pool does, and may block.
    ///
    /// - Parameter services: what we do for the peer: `events` for storage commitment. What a C-GET brings goes where `get` says.
    /// - Throws: `AssociationError`, an error of the connection, or what `body` throws.
    public static func open<Value: Sendable>(
        host: String, port: Int, _ request: AssociateRequest, settings: ConnectionSettings = ConnectionSettings(),
        services: Services = Services(), body: (Association) async throws -> Value
    ) async throws -> Value {
        guard (try? PDU(decoding: PDU.associateRequest(request).encoded[...])) == .associateRequest(request) else {
            throw AssociationError.cannotBeWritten
        }
        return try await withTaskExecutorPreference(TaskThreads.network) {
            let socket = try await connect(host, port, settings)
            return try await socket.executeThenClose { inbound, _ in
                let connection = PDUConnection(socket.channel, inbound, settings)
                let result: Result<Value, any Error>
                do {
                    let accept = try await associate(request, connection)
                    let association = Association(
                        connection, request, accept, isRequestor: true, services: services)
                    result = .success(try await use(association, body))
                } catch {
                    result = .failure(error)
                }
                connection.end()
                return try result.get()
            }
        }
    }

    private static func connect(
        _ host: String, _ port: Int, _ settings: ConnectionSettings
    ) async throws -> PDUConnection.Socket {
        let tls = try settings.tls.map { try NIOSSLContext(configuration: $0) }
        let address = try? SocketAddress(ipAddress: host, port: port)
        let initializer: @Sendable (any Channel) -> EventLoopFuture<PDUConnection.Socket> = { channel in
            channel.eventLoop.makeCompletedFuture {
                if let tls {
                    // SNI has names only (RFC 6066 3).
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: tls, serverHostname: address == nil ? host : nil))
                }
                return try PDUConnection.prepare(channel)
            }
        }
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(settings.connect)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: PDUConnection.readSize)
        if let address { return try await bootstrap.connect(to: address, channelInitializer: initializer) }
        return try await bootstrap.connect(host: host, port: port, channelInitializer: initializer)
    }

    private static func associate(
        _ request: AssociateRequest, _ connection: PDUConnection
    ) async throws -> AssociateAccept {
        await connection.handle(.associate(request))
        await connection.handle(.transportConfirmed)
        connection.expect(within: connection.settings.artim)
        switch await connection.next() {
        case .accepted(let accept): return accept
        case .rejected(let reject): throw AssociationError.refused(reject)
        case .aborted(let abort): throw AssociationError.aborted(abort)
        default: throw AssociationError.lost
        }
    }

    /// Reads on the side for as long as `body` runs.
    private static func use<Value: Sendable>(
        _ association: Association, _ body: (Association) async throws -> Value
    ) async throws -> Value {
        async let serving: Void = association.serve()
        do {
            let value = try await body(association)
            await association.release()
            await serving
            return value
        } catch {
            await association.abort()
            association.connection.close()
            await serving
            throw error
        }
    }
}
