internal import HTTPTypes
internal import Host
internal import HummingbirdCore
internal import HummingbirdTLS
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// A console's listener.
package final class ConsoleServer: Sendable {
    private let responder: ConsoleResponder
    private let settings: ConsoleSettings
    private let threads = TaskThreads()
    private let bound = Mutex<Int?>(nil)
    private let stopper = Mutex<(@Sendable () async -> Void)?>(nil)
    private let listening: @Sendable (Int) -> Void

    /// Bytes of a form.
    private static let longestForm = 64 << 10
    /// Where files are uploaded, and nowhere else.
    private static let uploadPath = "/rules/candidate"
    private static let longestHeaders = 32 << 10

    /// - Parameter listening: is told the port, once it is listened on.
    package init(_ console: Console, listening: @escaping @Sendable (Int) -> Void = { _ in }) {
        responder = ConsoleResponder(console)
        settings = console.settings
        self.listening = listening
    }

    /// Nil until it is listened on.
    package var port: Int? { bound.withLock { $0 } }

    /// Serves until `stop`.
    /// - Throws: when the address cannot be listened on.
    package func run() async throws {
        let channel = HTTP1Channel(
            responder: { [self] request, writer, channel in try await respond(request, writer, channel) },
            configuration: HTTP1Channel.Configuration(
                idleTimeout: .seconds(60),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: Self.longestHeaders, maxHeaderListSize: Self.longestHeaders,
                    maxHeaderFieldCount: 100)))
        // What a page needs waits for disks, and not on Swift's own threads, which are as many as cores.
        try await withTaskExecutorPreference(threads) {
            if let tls = settings.tls {
                try await run(try TLSChannel(channel, tlsConfiguration: tls))
            } else {
                try await run(channel)
            }
        }
    }

    private func run(_ channel: some ServerChildChannel) async throws {
        let logger = Logger(label: "console") { _ in SwiftLogNoOpLogHandler() }
        let server = Server(
            childChannelSetup: channel,
            configuration: ServerConfiguration(
                address: .hostname(settings.host, port: settings.port), backlog: 128,
                availableConnectionsDelegate: MaximumAvailableConnections(256, logger: logger)),
            onServerRunning: { [self] channel in
                let port = channel.localAddress?.port ?? 0
                bound.withLock { $0 = port }
                listening(port)
            },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
        stopper.withLock { $0 = { try? await server.shutdownGracefully() } }
        try await server.run()
    }

    /// Takes no more connections, and waits until requests in progress are answered; `run` returns then.
    package func stop() async {
        let stop = stopper.withLock { $0 }
        await stop?()
    }

    private func respond(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        let isHead = request.head.method == .head
        let answer = await self.answer(request, channel)
        var head = HTTPResponse(status: .init(code: answer.status))
        head.headerFields[.contentType] = answer.type
        head.headerFields[.contentLength] = String(answer.body.count)
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { head.headerFields.append(HTTPField(name: name, value: value)) }
        }
        if isHead { return try await writer.writeResponse(head) }
        try await writer.write(response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }

    private func answer(_ request: Request, _ channel: any Channel) async -> ConsoleAnswer {
        let head = request.head
        let isInterface = InterfaceResponder.isMeant(request.uri.path)
        guard let query = FormFields(request.uri.query ?? "") else {
            return isInterface
                ? secured(ConsoleProblem(400, "The request cannot be read", "The query cannot be read."))
                : Self.unreadable
        }
        var known = ConsoleRequest(
            method: head.method.rawValue, path: request.uri.path, query: query,
            address: channel.remoteAddress?.ipAddress ?? "unknown")
        for field in head.headerFields where known.headers[field.name.canonicalName] == nil {
            known.headers[field.name.canonicalName] = field.value
        }
        if let authority = head.authority { known.headers["host"] = authority }
        known.cookies = ConsoleRequest.cookies(head.headerFields[values: .cookie].joined(separator: "; "))
        if isInterface {
            // What is large is read from those alone who are known. In JSON a byte of it may take six.
            let isUpload = known.path == ConsoleRoute.interfacePath + Self.uploadPath && head.method == .post
            var longest = Self.longestForm
            if isUpload, await responder.mayUpload(known) { longest += 6 * CandidateDesk.largest }
            guard let body = try? await request.body.collect(upTo: longest) else {
                return secured(ConsoleProblem(413, "The request is too large", "A body has at most \(longest) bytes."))
            }
            known.body = Array(body.readableBytesView)
        } else if head.method == .post {
            let type = head.headerFields[.contentType]?.prefix { $0 != ";" } ?? ""
            if type == "multipart/form-data", known.path == Self.uploadPath {
                // What is large is read from those alone who are in; others are told so.
                guard responder.isIn(known) else { return await responder.respond(known) }
                guard let body = try? await request.body.collect(upTo: CandidateDesk.largest + Self.longestForm),
                    let form = MultipartForm.fields(
                        Array(body.readableBytesView), contentType: head.headerFields[.contentType] ?? "")
                else { return Self.unreadable }
                known.form = form
                return responder.answer(known)
            }
            guard type == "application/x-www-form-urlencoded",
                let body = try? await request.body.collect(upTo: Self.longestForm),
                let text = String(validating: body.readableBytesView, as: UTF8.self), let form = FormFields(text)
            else { return Self.unreadable }
            known.form = form
        }
        return await responder.respond(known)
    }

    /// What programs are told before anybody was asked.
    private func secured(_ problem: ConsoleProblem) -> ConsoleAnswer {
        var answer = problem.details
        answer.headers +=
            SecurityHeaders.of(isTLS: settings.tls != nil) + [(name: "Cache-Control", value: "no-store")]
        return answer
    }

    private static let unreadable: ConsoleAnswer = {
        var answer = ConsoleAnswer(400, "The form cannot be read: nothing was done.\n")
        answer.type = "text/plain; charset=utf-8"
        answer.headers = SecurityHeaders.of(isTLS: false) + [("Cache-Control", "no-store")]
        return answer
    }()
}
