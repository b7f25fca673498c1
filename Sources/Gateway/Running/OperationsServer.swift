internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Health, readiness and metrics by HTTP. It has an event loop and a thread of its own, so that it answers when everything
/// else is busy: that is when it is asked. Therefore it is not one of the routes of DICOMweb.
package final class OperationsServer: Sendable {
    /// An answer to GET.
    package struct Page: Sendable, Hashable {
        package var status: Int
        package var type: String
        package var text: String

        package init(_ status: Int, _ text: String, type: String = "text/plain; charset=utf-8") {
            self.status = status
            self.type = type
            self.text = text
        }
    }

    private let group: MultiThreadedEventLoopGroup
    private let pool: NIOThreadPool
    private let listener: any Channel

    private init(_ group: MultiThreadedEventLoopGroup, _ pool: NIOThreadPool, _ listener: any Channel) {
        self.group = group
        self.pool = pool
        self.listener = listener
    }

    package var port: Int { listener.localAddress?.port ?? 0 }

    /// - Parameters:
    ///   - port: 0 takes one that is free.
    ///   - pages: by path; each is made when it is asked for, on a thread that may wait.
    package static func start(
        host: String, port: Int, pages: [String: @Sendable () -> Page]
    ) async throws -> OperationsServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        do {
            let listener = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 16)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                        try channel.pipeline.syncOperations.addHandler(PageHandler(pages: pages, pool: pool))
                    }
                }
                .bind(host: host, port: port).get()
            return OperationsServer(group, pool, listener)
        } catch {
            try? await pool.shutdownGracefully()
            try? await group.shutdownGracefully()
            throw error
        }
    }

    package func stop() async {
        try? await listener.close()
        try? await pool.shutdownGracefully()
        try? await group.shutdownGracefully()
    }
}

/// One request, one answer, and the connection is closed.
private final class PageHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let pages: [String: @Sendable () -> OperationsServer.Page]
    private let pool: NIOThreadPool
    private var head: HTTPRequestHead?
    private var deadline: Scheduled<Void>?

    init(pages: [String: @Sendable () -> OperationsServer.Page], pool: NIOThreadPool) {
        self.pages = pages
        self.pool = pool
    }

    func channelActive(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: .seconds(30)) { bound.value.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) { deadline?.cancel() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break  // nobody asks with a body; its bytes are dropped as they come
        case .end:
            guard let head else { return context.close(promise: nil) }
            let path = head.uri.split(separator: "?", omittingEmptySubsequences: false).first.map(String.init) ?? ""
            guard let page = pages[path] else { return send(.init(404, "not found\n"), head, context) }
            guard head.method == .GET || head.method == .HEAD else {
                return send(.init(405, "only GET\n"), head, context)
            }
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            pool.runIfActive(eventLoop: context.eventLoop) { page() }.whenComplete { result in
                let (handler, context) = bound.value
                handler.send((try? result.get()) ?? .init(503, "stopping\n"), head, context)
            }
        }
    }

    private func send(_ page: OperationsServer.Page, _ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let body = ByteBuffer(string: page.text)
        var headers = HTTPHeaders()
        headers.add(name: "content-type", value: page.type)
        headers.add(name: "content-length", value: "\(body.readableBytes)")
        headers.add(name: "cache-control", value: "no-store")
        headers.add(name: "connection", value: "close")
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: page.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }
}
