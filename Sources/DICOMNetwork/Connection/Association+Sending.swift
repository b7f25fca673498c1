import NIOCore
import Synchronization

extension Association {
    /// Sends a message whose data set, if it has one, is at hand.
    func send(_ command: Command, contextID: UInt8, dataSet: [UInt8]? = nil) async throws(AssociationError) {
        await sending.take()
        defer { sending.give() }
        var buffer = commandBuffer(command, contextID)
        guard let dataSet else { return try await write(buffer) }
        var start = 0
        repeat {
            let end = min(start + fragmentLength, dataSet.count)
            append(dataSet[start..<end], contextID, isCommand: false, isLast: end == dataSet.count, to: &buffer)
            try await write(buffer)
            buffer.clear()
            start = end
        } while start < dataSet.count
    }

    /// Sends a message whose data set comes in pieces. When a piece fails, the association is aborted: half a message cannot be
    /// taken back.
    func send(
        _ command: Command, contextID: UInt8, piece: (_ maximum: Int) async throws -> ArraySlice<UInt8>?
    ) async throws {
        await sending.take()
        defer { sending.give() }
        // What fails before anything is sent harms nobody.
        var current = try await piece(fragmentLength) ?? []
        var buffer = commandBuffer(command, contextID)
        do {
            while true {
                let following = try await piece(fragmentLength)
                append(current, contextID, isCommand: false, isLast: following == nil, to: &buffer)
                try await write(buffer)
                guard let following else { return }
                buffer.clear()
                current = following
            }
        } catch {
            await abort()
            throw error
        }
    }

    private func commandBuffer(_ command: Command, _ id: UInt8) -> ByteBuffer {
        let bytes = command.encoded
        var buffer = ByteBuffer()
        for start in stride(from: 0, to: bytes.count, by: fragmentLength) {
            let end = min(start + fragmentLength, bytes.count)
            append(bytes[start..<end], id, isCommand: true, isLast: end == bytes.count, to: &buffer)
        }
        return buffer
    }

    /// One P-DATA-TF with one value; a piece that is longer than the peer takes, in several.
    private func append(
        _ bytes: ArraySlice<UInt8>, _ id: UInt8, isCommand: Bool, isLast: Bool, to buffer: inout ByteBuffer
    ) {
        var rest = bytes
        repeat {
            let part = rest.prefix(fragmentLength)
            rest = rest.dropFirst(fragmentLength)
            buffer.writeInteger(UInt16(0x0400))
            buffer.writeInteger(UInt32(part.count + 6))
            buffer.writeInteger(UInt32(part.count + 2))
            buffer.writeInteger(id)
            buffer.writeInteger(UInt8((isCommand ? 1 : 0) | (isLast && rest.isEmpty ? 2 : 0)))
            buffer.writeBytes(part)
        } while !rest.isEmpty
    }

    private func write(_ buffer: ByteBuffer) async throws(AssociationError) {
        guard await connection.sendData(buffer) else { throw state.withLock { $0.end } ?? .lost }
    }
}
