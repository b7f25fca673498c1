import NIOCore

/// The upper layer on a socket, for one task. What is not asked for is not read: that is the back-pressure.
final class PDUConnection {
    typealias Socket = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private var layer = UpperLayer()
    private var framer: PDUFramer
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let channel: any Channel
    private var indications: [UpperLayer.Indication] = []
    private let settings: ConnectionSettings
    private var isClosed = false

    init(
        _ channel: any Channel, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, _ settings: ConnectionSettings
    ) {
        self.channel = channel
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
        self.settings = settings
        framer = PDUFramer(limits: settings.limits)
    }

    /// Options and handlers of every connection.
    static func prepare(_ channel: any Channel) throws -> Socket {
        try channel.pipeline.syncOperations.addHandler(QuickAcknowledgement(), position: .first)
        // Counted in reads of at most 128 kB.
        return try Socket(
            wrappingChannelSynchronously: channel,
            configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2)))
    }

    static let readSize = AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 16384, maximum: 131_072)

    /// Something the user, the transport or the clock says; an event that has become impossible since is passed over.
    func handle(_ input: UpperLayer.Input) async {
        guard let effects = try? layer.handle(input) else { return }
        for effect in effects {
            switch effect {
            case .send(let pdu): await write(ByteBuffer(bytes: pdu.encoded))
            case .tell(let indication): indications.append(indication)
            case .close: isClosed = true
            case .connect, .startARTIM, .stopARTIM: break  // whoever opened the socket, `next` and `finish` see to them
            }
        }
    }

    /// Whether data may be sent.
    var isEstablished: Bool { layer.state == .established }

    /// Sends bytes of a P-DATA-TF PDU that is written already. False when the association is over.
    func sendData(_ buffer: ByteBuffer) async -> Bool {
        guard isEstablished else { return false }
        await write(buffer)
        return isEstablished
    }

    private func write(_ buffer: ByteBuffer) async {
        let deadline = closing(after: settings.idle)
        defer { deadline.cancel() }
        do { try await outbound.write(buffer) } catch { await handle(.transportClosed) }
    }

    /// What happens next. Waits at most the given time for a whole PDU, then closes the connection.
    func next(within time: TimeAmount) async -> UpperLayer.Indication {
        let deadline = closing(after: time)
        defer { deadline.cancel() }
        while indications.isEmpty {
            if layer.state == .idle || layer.state == .awaitingTransportClose { return .lost }
            await step()
        }
        return indications.removeFirst()
    }

    private func step() async {
        do throws(PDUError) {
            if let pdu = try framer.next() { return await handle(.received(pdu)) }
        } catch {
            return await handle(.malformed(error))
        }
        guard let bytes = try? await inbound.next() else { return await handle(.transportClosed) }
        bytes.withUnsafeReadableBytes { framer.append($0) }
    }

    /// After the last word, waits for the peer to close, as ARTIM allows; what still comes is not looked at.
    func finish() async {
        guard !isClosed, layer.state == .awaitingTransportClose else { return }
        let deadline = closing(after: settings.artim)
        defer { deadline.cancel() }
        while let bytes = try? await inbound.next(), bytes.readableBytes > 0 {}
    }

    private func closing(after time: TimeAmount) -> Scheduled<Void> {
        channel.eventLoop.scheduleTask(in: time) { [channel] in channel.close(promise: nil) }
    }
}
