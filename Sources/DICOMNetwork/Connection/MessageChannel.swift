import NIOCore

/// Messages over an established association: commands, and data sets in pieces (PS3.7 6.3).
final class MessageChannel {
    private let connection: PDUConnection
    private var assembler: MessageAssembler
    private var pending: [PresentationDataValue] = []
    private let idle: TimeAmount
    /// Bytes of a fragment that the peer takes: its maximum without the header of the value (PS3.8 D.1).
    let fragmentLength: Int

    init(_ connection: PDUConnection, contexts: Set<UInt8>, peerMaximum: UInt32, settings: ConnectionSettings) {
        self.connection = connection
        assembler = MessageAssembler(contexts: contexts, limits: settings.limits)
        idle = settings.idle
        let largest = UInt32(131_072)
        fragmentLength = Int(max(2, (peerMaximum == 0 ? largest : min(peerMaximum, largest)) &- 6)) & ~1
    }

    /// The next event; nil when the peer asked for release.
    func next() async throws(AssociationError) -> MessageAssembler.Event? {
        while true {
            while !pending.isEmpty {
                let value = pending.removeFirst()
                do throws(PDUError) {
                    if let event = try assembler.take(value) { return event }
                } catch {
                    await connection.handle(.abort(.invalidParameter))
                    throw .aborted(.invalidParameter)
                }
            }
            switch await connection.next(within: idle) {
            case .data(let values): pending = values
            case .releaseRequested:
                guard assembler.isIdle else {
                    await connection.handle(.abort(.unexpectedPDU))
                    throw .aborted(.unexpectedPDU)
                }
                return nil
            case .aborted(let abort): throw .aborted(abort)
            case .request, .accepted, .rejected, .released, .lost: throw .lost
            }
        }
    }

    /// Sends a command, in fragments that the peer takes.
    func send(_ command: Command, contextID: UInt8) async throws(AssociationError) {
        let bytes = command.encoded
        for start in stride(from: 0, to: bytes.count, by: fragmentLength) {
            let end = min(start + fragmentLength, bytes.count)
            try await send(bytes[start..<end], contextID, isCommand: true, isLast: end == bytes.count)
        }
    }

    /// Sends one piece of a data set, of `fragmentLength` bytes at most.
    func send(
        _ bytes: ArraySlice<UInt8>, _ contextID: UInt8, isCommand: Bool, isLast: Bool
    ) async throws(AssociationError) {
        var buffer = ByteBufferAllocator().buffer(capacity: bytes.count + 12)
        buffer.writeInteger(UInt16(0x0400))
        buffer.writeInteger(UInt32(bytes.count + 6))
        buffer.writeInteger(UInt32(bytes.count + 2))
        buffer.writeInteger(contextID)
        buffer.writeInteger(UInt8((isCommand ? 1 : 0) | (isLast ? 2 : 0)))
        buffer.writeBytes(bytes)
        guard await connection.sendData(buffer) else { throw .lost }
    }
}
