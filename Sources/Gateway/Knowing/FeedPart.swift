internal import HealthLevelSeven
package import NIOSSL
package import Registry
internal import Synchronization

/// A listener for HL7 v2, as a part of the gateway: it runs beside associations, and ends when what it has begun is answered.
package final class FeedPart: GatewayPart {
    package let name = "hl7"
    private let listener: GatewayConfiguration.MLLPListener
    private let feed: MessageFeed
    private let tls: TLSConfiguration?
    private let server = Mutex<MLLPServer?>(nil)
    private let end = Waiting()

    /// - Parameters:
    ///   - meanings: what codes mean.
    ///   - tls: what `listener.tls` says, read.
    ///   - report: is told of every message.
    package init(
        _ listener: GatewayConfiguration.MLLPListener, meanings: GatewayConfiguration.HL7, registry: Registry,
        person: Person, tls: TLSConfiguration?, report: @escaping @Sendable (FeedReport) -> Void
    ) {
        self.listener = listener
        self.tls = tls
        feed = MessageFeed(meanings, registry: registry, person: person, report: report)
    }

    /// Where it listens, once it does.
    package var port: Int? { server.withLock { $0?.port } }

    package func listen() async throws {
        var settings = MLLPSettings()
        settings.tls = tls
        settings.limits.characterSet = feed.characterSet
        let addresses = listener.addresses
        if !addresses.isEmpty {
            settings.isWelcome = { address in addresses.contains { $0.contains(address) } }
        }
        let started = try await MLLPServer.start(
            host: listener.host, port: listener.port, settings: settings, receiver: feed)
        server.withLock { $0 = started }
    }

    /// Answers until `stop`.
    package func run() async throws {
        await end.wait()
        await server.withLock { $0 }?.stop()
    }

    package func stop() async { end.end() }
}
