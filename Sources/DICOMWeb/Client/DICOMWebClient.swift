import AsyncHTTPClient
import DICOMFile
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Asks another's DICOMweb server (PS3.18): STOW-RS, QIDO-RS, WADO-RS. Bodies are streamed both ways; nothing is read that
/// nobody asked for.
public final class DICOMWebClient: Sendable {
    let settings: WebClientSettings
    private let client: HTTPClient
    /// All connections of this client are on one, so that whoever sends can wait for it (`FeedSequence`).
    let loop: any EventLoop
    /// Without a slash at its end.
    let base: String

    public init(_ settings: WebClientSettings) {
        self.settings = settings
        base = settings.url.hasSuffix("/") ? String(settings.url.dropLast()) : settings.url
        var tls = settings.tls ?? .makeClientConfiguration()
        if settings.tls == nil { tls.minimumTLSVersion = .tlsv12 }
        var configuration = HTTPClient.Configuration(
            // What is asked for may name a patient, and a token goes with it: to nobody but the one who is configured.
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: settings.connect, read: settings.read, write: settings.write),
            connectionPool: .init(
                idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: settings.connections))
        configuration.httpVersion = .http1Only
        loop = HTTPClient.defaultEventLoopGroup.next()
        client = HTTPClient(eventLoopGroup: loop, configuration: configuration)
    }

    deinit { client.shutdown { _ in } }

    /// - Parameter address: an absolute URL, or a path behind the base.
    /// - Throws: `WebClientError`, or what asking for the authorization throws.
    func execute(
        _ method: HTTPMethod, _ address: String, accept: String, headers: [(String, String)] = [],
        body: HTTPClientRequest.Body? = nil
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: isOurs(address) ? address : "\(base)/\(address)")
        request.method = method
        request.headers.add(name: "Accept", value: accept)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let authorization = try await settings.authorization?() {
            request.headers.add(name: "Authorization", value: authorization)
        }
        request.body = body
        var isFirst = true
        while true {
            do {
                return try await client.execute(request, deadline: .distantFuture)
            } catch is CancellationError {
                throw CancellationError()
            } catch let error as FeedFailure {
                throw error.cause
            } catch {
                // Of a connection that was kept the server may just have let go (Orthanc does after a second): what only asks is
                // asked once more (RFC 9110 9.2.2).
                if isFirst, method == .GET, Self.isClosed(error) {
                    isFirst = false
                    continue
                }
                throw Self.isBeforeConnection(error) ? WebClientError.unreachable : WebClientError.lost
            }
        }
    }

    private static func isClosed(_ error: any Error) -> Bool {
        (error as? HTTPClientError) == .remoteConnectionClosed || error is IOError || error is ChannelError
    }

    private static func isBeforeConnection(_ error: any Error) -> Bool {
        switch error {
        case is NIOConnectionError, is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: true
        case let error as HTTPClientError:
            [.connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout].contains(error)
        default: false
        }
    }

    /// Bulk data is asked for where the server says it is, but of nobody else: URIs in answers are another's words.
    func isOurs(_ address: String) -> Bool {
        address == base || address.hasPrefix(base + "/") || address.hasPrefix(base + "?")
    }

    /// The answer, when its status is one of those; else what it is is not read.
    func require(_ response: HTTPClientResponse, _ statuses: Int...) throws(WebClientError) {
        guard statuses.contains(Int(response.status.code)) else { throw .status(Int(response.status.code)) }
    }

    /// What is left of a body, with errors of the connection by our names.
    func body(_ response: HTTPClientResponse) -> Feed<ByteBuffer> {
        let bytes = Feed(response.body)
        // With the last reference to a client its connections end: whoever reads on keeps it.
        return Feed { [self] in
            defer { withExtendedLifetime(self) {} }
            do { return try await bytes.next() } catch is CancellationError { throw CancellationError() } catch {
                throw WebClientError.lost
            }
        }
    }

    func mediaType(_ response: HTTPClientResponse) -> MediaType? {
        response.headers.first(name: "Content-Type").flatMap { MediaType($0) }
    }
}

/// What failed in a body that was being sent, so that it is not taken for a failure of the connection.
struct FeedFailure: Error {
    var cause: any Error
}

/// A feed as the sequence that the HTTP client asks for.
///
/// The client hears only from its loop that a connection takes no more for now, and asks on until it does: hundreds of pieces
/// on a machine that is busy. So each piece waits until the loop has seen the one before.
struct FeedSequence: AsyncSequence, Sendable {
    let feed: Feed<ByteBuffer>
    let loop: any EventLoop

    struct AsyncIterator: AsyncIteratorProtocol {
        let feed: Feed<ByteBuffer>
        let loop: any EventLoop

        mutating func next() async throws -> ByteBuffer? {
            try await loop.submit {}.get()
            do { return try await feed.next() } catch { throw FeedFailure(cause: error) }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(feed: feed, loop: loop) }
}
