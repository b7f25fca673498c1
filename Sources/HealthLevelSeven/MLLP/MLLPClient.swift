public import NIOCore
internal import NIOPosix
public import NIOSSL

/// Sends HL7 v2 messages over MLLP and waits for each answer.
public final class MLLPClient: Sendable {
    /// Why a message has no answer.
    public enum Failure: Error, Hashable, Sendable {
        /// The connection ended, or no answer came in time.
        case lost
        /// What came is no answer.
        case malformed
    }

    private let channel: any Channel

    private init(_ channel: any Channel) { self.channel = channel }

    /// - Parameters:
    ///   - tls: nil for none. The certificate of the listener must name `host`.
    ///   - timeout: for the connection, and for each answer.
    public static func connect(
        host: String, port: Int, tls: TLSConfiguration? = nil, timeout: TimeAmount = .seconds(60)
    ) async throws -> MLLPClient {
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        // An address is no name for SNI.
                        let isAddress = (try? SocketAddress(ipAddress: host, port: port)) != nil
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host))
                    }
                    try channel.pipeline.syncOperations.addHandler(AnswerHandler(timeout: timeout))
                }
            }
            .connect(host: host, port: port).get()
        return MLLPClient(channel)
    }

    /// Sends a message, and gives what was answered to it. One after the other: messages of a feed have an order.
    public func send(_ message: Message) async throws -> Message {
        let answer = try await send(block: message.bytes)
        guard let answer = try? Message(answer) else { throw Failure.malformed }
        return answer
    }

    /// The same with bytes, whatever they are.
    public func send(block: [UInt8]) async throws -> [UInt8] { try await send(raw: BlockFramer.framed(block)) }

    /// Bytes as they go over the wire, and the block that comes back.
    package func send(raw: [UInt8]) async throws -> [UInt8] {
        let promise = channel.eventLoop.makePromise(of: [UInt8].self)
        let order = AnswerHandler.Order(bytes: raw, promise: promise)
        channel.writeAndFlush(order).whenFailure { promise.fail($0) }
        return try await promise.futureResult.get()
    }

    public func close() async { try? await channel.close() }
}

/// Gives each block that comes to whoever waits for it first.
private final class AnswerHandler: ChannelDuplexHandler {
    struct Order: Sendable {
        var bytes: [UInt8]
        var promise: EventLoopPromise<[UInt8]>
    }

    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Order
    typealias OutboundOut = ByteBuffer

    private let timeout: TimeAmount
    private var framer = BlockFramer(limit: 1 << 20)
    private var waiting: [(promise: EventLoopPromise<[UInt8]>, deadline: Scheduled<Void>)] = []
    private var isOver = false

    init(timeout: TimeAmount) { self.timeout = timeout }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let order = unwrapOutboundIn(data)
        guard !isOver else {
            order.promise.fail(MLLPClient.Failure.lost)
            promise?.succeed()
            return
        }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let deadline = context.eventLoop.scheduleTask(in: timeout) { bound.value.close(promise: nil) }
        waiting.append((order.promise, deadline))
        context.write(wrapOutboundOut(ByteBuffer(bytes: order.bytes)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        framer.append(unwrapInboundIn(data).readableBytesView)
        do throws(BlockFramer.Failure) {
            while let block = try framer.next() {
                guard !waiting.isEmpty else { return context.close(promise: nil) }
                let first = waiting.removeFirst()
                first.deadline.cancel()
                first.promise.succeed(block)
            }
        } catch {
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { end() }
    func handlerRemoved(context: ChannelHandlerContext) { end() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func end() {
        isOver = true
        let left = waiting
        waiting = []
        for one in left {
            one.deadline.cancel()
            one.promise.fail(MLLPClient.Failure.lost)
        }
    }
}
