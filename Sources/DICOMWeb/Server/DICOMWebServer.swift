import HTTPTypes
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A DICOMweb origin server (PS3.18): one listener.
///
///     let server = DICOMWebServer(settings, services) { event in … }
///     try await server.run()         // until stop(), then until the last request is answered
public final class DICOMWebServer: Sendable {
    private let responder: WebResponder
    private let settings: WebServerSettings
    private let crossOrigin: CrossOrigin
    private let observe: @Sendable (WebEvent) -> Void
    private let listener = Listener()

    /// - Parameter observe: is told of every request after its answer.
    public init(
        _ settings: WebServerSettings, _ services: WebServices,
        observe: @escaping @Sendable (WebEvent) -> Void = { _ in }
    ) {
        self.settings = settings
        self.observe = observe
        responder = WebResponder(settings: settings, services: services)
        crossOrigin = CrossOrigin(allowed: settings.allowedOrigins)
    }

    /// The port that is listened on, once it is.
    public var port: Int { get async throws { try await listener.port } }

    /// The same, nil until it is.
    public var boundPort: Int? { listener.bound }

    /// Serves until `stop`. When the task is cancelled, requests in progress end.
    /// - Throws: when the address cannot be listened on.
    public func run() async throws {
        let channel = HTTP1Channel(
            responder: { [self] request, writer, channel in
                try await respond(request, writer, channel)
            },
            configuration: HTTP1Channel.Configuration(
                idleTimeout: settings.idle,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: settings.headerLength, maxHeaderListSize: settings.headerLength,
                    maxHeaderFieldCount: settings.headers)))
        do {
            if let tls = settings.tls {
                try await run(try TLSChannel(channel, tlsConfiguration: tls))
            } else {
                try await run(channel)
            }
        } catch {
            listener.failed(error)
            throw error
        }
    }

    private func run(_ channel: some ServerChildChannel) async throws {
        // Nothing that the library would say is about anything but connections; we tell of requests ourselves.
        let logger = Logger(label: "DICOMweb") { _ in SwiftLogNoOpLogHandler() }
        let server = Server(
            childChannelSetup: channel,
            configuration: ServerConfiguration(
                address: .hostname(settings.host, port: settings.port), backlog: 512,
                availableConnectionsDelegate: MaximumAvailableConnections(settings.connections, logger: logger)),
            onServerRunning: { [listener] in listener.started($0.localAddress?.port ?? 0) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
        listener.stopper.withLock { $0 = { try? await server.shutdownGracefully() } }
        try await server.run()
    }

    /// Takes no more connections, and waits until requests in progress are answered; `run` returns then.
    public func stop() async {
        let stop = listener.stopper.withLock { $0 }
        await stop?()
    }

    private func respond(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        let start = ContinuousClock.now
        let head = request.head
        if head.headerFields[.expect]?.asciiLowercased == "100-continue" {
            try await writer.writeInformationalHead(HTTPResponse(status: .continue))
        }
        var (answer, template, failure) = await self.answer(request, channel)
        crossOrigin.mark(&answer.headers, head.headerFields)
        var event = WebEvent(
            method: head.method.rawValue, template: template, status: answer.status, duration: .zero, isBroken: true,
            failure: failure)
        defer {
            event.duration = .now - start
            observe(event)
        }
        do {
            try await send(answer, writer, withBody: head.method != .head)
            event.isBroken = false
        } catch let end as EndOfConnection {
            event.isBroken = false
            throw end
        }
    }

    private func answer(_ request: Request, _ channel: any Channel) async -> (WebAnswer, String, String?) {
        let head = request.head
        guard let path = path(request.uri.path) else {
            return (WebAnswer(WebProblem(404, "there is no such resource")), "", nil)
        }
        if let answer = crossOrigin.preflight(
            head.method.rawValue, head.headerFields,
            methods: RouteMatch(path: path, among: responder.services.routes)?.route.methods ?? [])
        {
            return (answer, "", nil)
        }
        let credentials = Credentials(
            address: channel.remoteAddress?.ipAddress,
            certificate: settings.tls == nil ? nil : await ClientCertificate.shown(on: channel),
            authorization: head.headerFields[values: .authorization])
        let request = WebRequest(
            method: head.method.rawValue, path: path, query: request.uri.query, headers: head.headerFields,
            body: Self.whole(Feed(request.body), head.headerFields[.contentLength]), credentials: credentials,
            base: base(head))
        return await responder.answer(request)
    }

    /// A body that ends before its length is not one that ended.
    private static func whole(_ body: Feed<ByteBuffer>, _ length: String?) -> Feed<ByteBuffer> {
        guard let length = length.flatMap({ Int($0) }) else { return body }
        let rest = Mutex(length)
        return Feed {
            guard let bytes = try await body.next() else {
                let missing = rest.withLock { $0 }
                guard missing == 0 else { throw MultipartError(.truncated, at: length - missing) }
                return nil
            }
            rest.withLock { $0 -= bytes.readableBytes }
            return bytes
        }
    }

    /// Behind the base path; nil for what is beside it.
    private func path(_ path: String) -> String? {
        let base = settings.basePath.split(separator: "/")
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.starts(with: base) else { return nil }
        return parts.dropFirst(base.count).joined(separator: "/")
    }

    private func base(_ head: HTTPRequest) -> String {
        if let url = settings.publicURL { return url.hasSuffix("/") ? String(url.dropLast()) : url }
        let path = settings.basePath.split(separator: "/").map { "/" + $0 }.joined()
        let scheme = settings.tls == nil ? "http" : "https"
        let authority = head.authority ?? head.headerFields[.init("Host") ?? .contentLocation] ?? settings.host
        return "\(scheme)://\(authority)\(path)"
    }

    private func send(_ answer: WebAnswer, _ writer: consuming ResponseWriter, withBody: Bool) async throws {
        var head = HTTPResponse(status: .init(code: answer.status), headerFields: answer.headers)
        // What is about patients is nobody's to keep on the way (RFC 9111 5.2.2.5).
        head.headerFields[.cacheControl] = "no-store"
        head.headerFields[.xContentTypeOptions] = "nosniff"
        if let length = answer.length, answer.status != 204 { head.headerFields[.contentLength] = String(length) }
        guard let body = answer.body else { return try await writer.writeResponse(head) }
        guard withBody else {
            guard answer.length == nil else { return try await writer.writeResponse(head) }
            // An answer of unknown length is framed in chunks, and the library would end it with the last of them, which no
            // answer to HEAD has (RFC 9112 6.3): the end of the connection is its end.
            head.headerFields[.connection] = "close"
            _ = try await writer.writeHead(head)
            throw EndOfConnection()
        }
        var out: any ResponseBodyWriter = try await writer.writeHead(head)
        // An error here cuts the connection, so that the client does not take a part for the whole.
        while let bytes = try await body.next() { try await out.write(bytes) }
        try await out.finish(nil)
    }
}

/// Nothing is wrong, and nothing more is to be said on this connection.
private struct EndOfConnection: Error {}

/// Where a server listens, and how it is stopped.
private final class Listener: Sendable {
    private enum State {
        case starting([CheckedContinuation<Int, any Error>])
        case listening(Int)
        case failed(any Error)
    }

    private let state = Mutex(State.starting([]))
    let stopper = Mutex<(@Sendable () async -> Void)?>(nil)

    var port: Int {
        get async throws {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock { state in
                    switch state {
                    case .starting(let waiting): state = .starting(waiting + [continuation])
                    case .listening(let port): continuation.resume(returning: port)
                    case .failed(let error): continuation.resume(throwing: error)
                    }
                }
            }
        }
    }

    var bound: Int? {
        state.withLock { state in
            guard case .listening(let port) = state else { return nil }
            return port
        }
    }

    func started(_ port: Int) { settle(.listening(port)) { $0.resume(returning: port) } }

    func failed(_ error: any Error) { settle(.failed(error)) { $0.resume(throwing: error) } }

    private func settle(_ next: State, _ resume: (CheckedContinuation<Int, any Error>) -> Void) {
        let waiting = state.withLock { state in
            guard case .starting(let waiting) = state else { return [CheckedContinuation<Int, any Error>]() }
            state = next
            return waiting
        }
        waiting.forEach(resume)
    }
}
