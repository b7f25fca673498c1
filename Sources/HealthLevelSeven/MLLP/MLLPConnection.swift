internal import Host
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS
internal import Synchronization

/// One connection of a listener: one message after the other, and no byte is read before the last one is answered. That is the
/// back-pressure. It lives on its event loop; work is done on the threads of the pool.
final class MLLPConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var framer: BlockFramer
    private let settings: MLLPSettings
    private let receiver: any MessageReceiver
    private let pool: NIOThreadPool
    private let stopping: StopFlag
    private var sender = MessageSender(address: "")
    private var isBusy = false
    private var isOver = false
    private var deadline: Scheduled<Void>?

    init(_ settings: MLLPSettings, _ receiver: any MessageReceiver, _ pool: NIOThreadPool, _ stopping: StopFlag) {
        self.settings = settings
        self.receiver = receiver
        self.pool = pool
        self.stopping = stopping
        framer = BlockFramer(limit: settings.limits.bytes)
    }

    func channelActive(context: ChannelHandlerContext) {
        sender.address = context.channel.remoteAddress?.ipAddress ?? "unknown"
        arm(context, settings.tls == nil ? settings.idle : settings.handshake)
        context.read()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            if let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self) {
                sender.certificate = (try? handler.peerCertificate?.toDERBytes()).flatMap { bytes in
                    bytes.map { ContentDigest(of: $0).hexadecimal }
                }
            }
            arm(context, settings.idle)
        }
        if event is StopFlag.Raised, !isBusy { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let wasWithin = framer.isWithinBlock
        framer.append(unwrapInboundIn(data).readableBytesView)
        if !wasWithin, !isBusy { arm(context, settings.message) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !isBusy { proceed(context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        isOver = true
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A handshake that failed, a connection that broke: nothing can be said to it any more.
        context.close(promise: nil)
    }

    private func arm(_ context: ChannelHandlerContext, _ time: TimeAmount) {
        deadline?.cancel()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: time) { bound.value.close(promise: nil) }
    }

    /// The next message, if it is whole; else more bytes.
    private func proceed(_ context: ChannelHandlerContext) {
        guard !isOver else { return }
        guard !stopping.isRaised else { return context.close(promise: nil) }
        let wasWithin = framer.isWithinBlock
        do throws(BlockFramer.Failure) {
            guard let block = try framer.next() else {
                // Of a message that goes on the time runs already, from its first byte.
                if !wasWithin || !framer.isWithinBlock {
                    arm(context, framer.isWithinBlock ? settings.message : settings.idle)
                }
                context.read()
                return
            }
            work(block, context)
        } catch {
            let refusal = MessageError(
                .dataType, "",
                error == .tooLong
                    ? "the message is longer than \(settings.limits.bytes) bytes" : "what was sent is not MLLP")
            receiver.refused(refusal, from: sender)
            guard error == .tooLong else { return context.close(promise: nil) }
            // What it is about may stand in its first segment; where the message ends cannot be found any more.
            let beginning = framer.beginning.split(separator: 0x0D).first.flatMap { try? Message($0) }
            let answer = Acknowledgement(.reject, [refusal]).message(
                answering: beginning, controlID: ControlID.next(), at: .now)
            send(answer, context, thenCloses: true)
        }
    }

    private func work(_ block: [UInt8], _ context: ChannelHandlerContext) {
        isBusy = true
        deadline?.cancel()
        let receiver = receiver, sender = sender, limits = settings.limits
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        pool.runIfActive(eventLoop: context.eventLoop) { Self.answer(block, receiver, sender, limits) }
            .whenComplete { result in
                let (connection, context) = bound.value
                connection.isBusy = false
                guard !connection.isOver else { return }
                switch result {
                case .success(let answer?): connection.send(answer, context, thenCloses: connection.stopping.isRaised)
                case .success(nil): connection.proceed(context)
                // The pool has been shut down: not answered, so the sender keeps it.
                case .failure: context.close(promise: nil)
                }
            }
    }

    private static func answer(
        _ block: [UInt8], _ receiver: any MessageReceiver, _ sender: MessageSender, _ limits: MessageLimits
    ) -> Message? {
        do throws(MessageError) {
            let message = try Message(block, limits: limits)
            let acknowledgement = receiver.take(message, content: block, from: sender)
            let wish = message.wantsAnswer(acknowledgement.code)
            guard wish.wanted else { return nil }
            return acknowledgement.message(
                answering: message, controlID: ControlID.next(), at: .now, isCommit: wish.isCommit)
        } catch {
            receiver.refused(error, from: sender)
            let beginning = block.split(separator: 0x0D, maxSplits: 1).first.flatMap { try? Message($0) }
            return Acknowledgement(.reject, [error]).message(
                answering: beginning, controlID: ControlID.next(), at: .now)
        }
    }

    private func send(_ answer: Message, _ context: ChannelHandlerContext, thenCloses: Bool) {
        arm(context, settings.message)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: BlockFramer.framed(answer.bytes))))
            .whenComplete { result in
                let (connection, context) = bound.value
                if case .success = result, !thenCloses {
                    connection.proceed(context)
                } else {
                    context.close(promise: nil)
                }
            }
    }
}

/// Control IDs of answers, which no two have in common.
enum ControlID {
    private static let count = Atomic<UInt64>(0)
    private static let beginning = Instant.now.milliseconds

    static func next() -> String {
        let number = count.wrappingAdd(1, ordering: .relaxed).newValue
        return String(beginning, radix: 36).uppercased() + "-" + String(number, radix: 36).uppercased()
    }
}

/// Says that no further message is taken.
final class StopFlag: Sendable {
    struct Raised: Sendable {}
    private let flag = Atomic<Bool>(false)
    var isRaised: Bool { flag.load(ordering: .acquiring) }
    func raise() { flag.store(true, ordering: .releasing) }
}
