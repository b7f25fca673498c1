import NIOCore
import Synchronization

/// The upper layer on a socket. One task at a time reads; what is not asked for is not read: that is the back-pressure. Any task
/// writes, whole PDUs.
final class PDUConnection: Sendable {
    typealias Socket = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private struct State {
        var layer = UpperLayer()
        var indications: [UpperLayer.Indication] = []
        var isClosed = false
        var isReading = false
        /// What the peer has for its next PDU; nil while it owes none.
        var expectation: TimeAmount?
        /// When the answer to our release must be there.
        var releaseEnds: NIODeadline?
    }

    /// INVARIANT: only the task that reads touches it (`MessageReader` says which that is).
    private final class Input: @unchecked Sendable {
        var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        var framer: PDUFramer

        init(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ limits: PDULimits) {
            iterator = inbound.makeAsyncIterator()
            framer = PDUFramer(limits: limits)
        }
    }

    private let state = Mutex(State())
    private let input: Input
    private let channel: any Channel
    private let reading: Watchdog
    private let writing: Watchdog
    let settings: ConnectionSettings

    init(
        _ channel: any Channel, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ settings: ConnectionSettings
    ) {
        self.channel = channel
        self.settings = settings
        input = Input(inbound, settings.limits)
        reading = Watchdog(channel)
        writing = Watchdog(channel)
    }

    deinit { end() }

    /// Options and handlers of every connection.
    static func prepare(_ channel: any Channel) throws -> Socket {
        try channel.pipeline.syncOperations.addHandler(QuickAcknowledgement(), position: .first)
        // Counted in reads of at most 64 kB: while one PDU is written, the next is read.
        return try Socket(
            wrappingChannelSynchronously: channel,
            configuration: .init(backPressureStrategy: .init(lowWatermark: 2, highWatermark: 4)))
    }

    static let readSize = AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 16384, maximum: 65_536)

    /// Something the user, the transport or the clock says; an event that has become impossible since is passed over.
    func handle(_ input: UpperLayer.Input) async {
        let effects = state.withLock { state in
            let effects = (try? state.layer.handle(input)) ?? []
            if case .release = input, !effects.isEmpty { state.releaseEnds = NIODeadline.now() + settings.artim }
            for case .tell(let indication) in effects { state.indications.append(indication) }
            if effects.contains(.close) { state.isClosed = true }
            return effects
        }
        for effect in effects {
            switch effect {
            case .send(let pdu): _ = await write(ByteBuffer(bytes: pdu.encoded))
            // ARTIM is for the end here; of the beginning `expect` is told.
            case .startARTIM: expect(within: settings.artim)
            case .connect, .stopARTIM, .tell, .close: break
            }
        }
    }

    /// What the peer has for its next PDU. Where it owes the answer to a release, in state 7, all of them together have the time of
    /// one: data may still come there (AR-6), and gains it none.
    private static func time(_ state: State) -> TimeAmount? {
        guard let ends = state.releaseEnds, state.layer.state == .awaitingReleaseResponse else {
            return state.expectation
        }
        let rest = max(TimeAmount.zero, ends - NIODeadline.now())
        return min(rest, state.expectation ?? rest)
    }

    /// How long the peer has for its next PDU, from now or from when it is next waited for; nil while it owes none.
    func expect(within time: TimeAmount?) {
        state.withLock { state in
            // After the last word of an association only the end of the connection is waited for.
            state.expectation = state.layer.state == .awaitingTransportClose ? settings.artim : time
            if state.isReading { watch(Self.time(state)) }
        }
    }

    /// Called with the state locked: a time that is set after a later one, or when nobody reads any more, would end a connection
    /// whose peer owes nothing.
    private func watch(_ time: TimeAmount?) {
        if let time { reading.set(time) } else { reading.clear() }
    }

    /// Whether data may be sent.
    var maySend: Bool {
        state.withLock { $0.layer.state == .established || $0.layer.state == .awaitingLocalReleaseResponse }
    }

    /// Sends bytes of P-DATA-TF PDUs that are written already, and returns when the socket has taken them. It is not ended by
    /// cancellation. False when the association is over.
    func sendData(_ buffer: ByteBuffer) async -> Bool {
        guard maySend else { return false }
        return await write(buffer) && maySend
    }

    private func write(_ buffer: ByteBuffer) async -> Bool {
        writing.set(settings.idle)
        defer { writing.clear() }
        do {
            try await channel.writeAndFlush(buffer).get()
            return true
        } catch {
            // What came before the end is still read: an abort says more than a broken pipe.
            return false
        }
    }

    /// What happens next. Waits for a whole PDU as long as `expect` says, then closes the connection.
    func next() async -> UpperLayer.Indication {
        state.withLock { state in
            state.isReading = true
            watch(Self.time(state))
        }
        defer {
            state.withLock { state in
                state.isReading = false
                watch(nil)
            }
        }
        while true {
            let (indication, isOver) = state.withLock { state in
                guard state.indications.isEmpty else {
                    return (UpperLayer.Indication?.some(state.indications.removeFirst()), false)
                }
                return (nil, state.layer.state == .idle || state.layer.state == .awaitingTransportClose)
            }
            if let indication { return indication }
            if isOver { return .lost }
            await step()
        }
    }

    private func step() async {
        do throws(PDUError) {
            if let pdu = try input.framer.next() { return await handle(.received(pdu)) }
        } catch {
            return await handle(.malformed(error))
        }
        guard let bytes = try? await input.iterator.next() else { return await handle(.transportClosed) }
        bytes.withUnsafeReadableBytes { input.framer.append($0) }
    }

    /// After the last word, waits for the peer to close, as ARTIM allows; what still comes is not looked at.
    func finish() async {
        let waits = state.withLock { !$0.isClosed && $0.layer.state == .awaitingTransportClose }
        if waits {
            reading.set(settings.artim)
            while let bytes = try? await input.iterator.next(), bytes.readableBytes > 0 {}
        }
        end()
    }

    /// Does something when the connection is closed, by whomever, also while nobody reads from it.
    func onClose(_ body: @escaping @Sendable () -> Void) { channel.closeFuture.whenComplete { _ in body() } }

    /// Nothing more is waited for.
    func end() {
        reading.end()
        writing.end()
    }

    /// Says A-ABORT, as far as the socket takes it at once, and closes: nothing is waited for.
    func abortNow() {
        let effects = state.withLock { (try? $0.layer.handle(.abort(.byUser))) ?? [] }
        for case .send(let pdu) in effects { channel.writeAndFlush(ByteBuffer(bytes: pdu.encoded), promise: nil) }
        channel.close(promise: nil)
    }
}
