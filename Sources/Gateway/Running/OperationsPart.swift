internal import Synchronization

/// The listener of health, readiness and metrics, as a part of the gateway.
package final class OperationsPart: GatewayPart {
    package let name = "operations"
    private let listener: GatewayConfiguration.OperationsListener
    private let isReady: @Sendable () -> Bool
    private let metrics: @Sendable (inout MetricsText) -> Void
    private let server = Mutex<OperationsServer?>(nil)
    private let end = Waiting()

    /// - Parameters:
    ///   - isReady: whether objects can be taken now.
    ///   - metrics: writes what is measured; it may wait for the disk.
    package init(
        _ listener: GatewayConfiguration.OperationsListener, isReady: @escaping @Sendable () -> Bool,
        metrics: @escaping @Sendable (inout MetricsText) -> Void
    ) {
        self.listener = listener
        self.isReady = isReady
        self.metrics = metrics
    }

    package var port: Int? { server.withLock { $0?.port } }

    package func listen() async throws {
        let isReady = isReady, metrics = metrics
        let started = try await OperationsServer.start(
            host: listener.host, port: listener.port,
            pages: [
                // Alive: whoever answers is.
                "/health": { .init(200, "ok\n") },
                "/ready": { isReady() ? .init(200, "ready\n") : .init(503, "not ready\n") },
                "/metrics": {
                    var text = MetricsText()
                    text.add("cordon_ready", .gauge, help: "Whether objects are taken.", isReady() ? 1 : 0)
                    metrics(&text)
                    return .init(200, text.text, type: MetricsText.type)
                },
            ])
        server.withLock { $0 = started }
    }

    /// Answers until `stop`.
    package func run() async throws {
        await end.wait()
        await server.withLock { $0 }?.stop()
    }

    package func stop() async { end.end() }
}
