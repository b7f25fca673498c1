/// Messages as they come: commands, and data sets in pieces (PS3.7 6.3).
///
/// INVARIANT: one task at a time uses it. That is the task which runs `Association.serve`, or, from a C-STORE-RQ to the last piece
/// of its data set, the task of that operation, for which the other waits meanwhile.
final class MessageReader: @unchecked Sendable {
    private let connection: PDUConnection
    private var assembler: MessageAssembler
    private var pending: [PresentationDataValue] = []
    private var first = 0
    private let limit: Int

    init(_ connection: PDUConnection, contexts: Set<UInt8>) {
        self.connection = connection
        assembler = MessageAssembler(contexts: contexts, limits: connection.settings.limits)
        limit = connection.settings.limits.identifierLength
    }

    /// Between messages.
    var isIdle: Bool { assembler.isIdle }

    /// The next event; nil when the peer asked for release, or answered that we did.
    func next() async throws(AssociationError) -> MessageAssembler.Event? {
        while true {
            while first < pending.count {
                let value = pending[first]
                first += 1
                do throws(PDUError) {
                    if let event = try assembler.take(value) { return event }
                } catch {
                    throw await abort(.invalidParameter)
                }
            }
            // What has been handed on is nobody's here any more: the framer would have to copy around it.
            pending = []
            first = 0
            switch await connection.next() {
            case .data(let values): (pending, first) = (values, 0)
            case .releaseRequested:
                guard assembler.isIdle else { throw await abort(.unexpectedPDU) }
                return nil
            case .released: return nil
            case .aborted(let abort): throw .aborted(abort)
            case .request, .accepted, .rejected, .lost: throw .lost
            }
        }
    }

    /// The data set of the last command whole, where it is no object: of limited length.
    func dataSet() async throws(AssociationError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            guard case .data(let piece, let isLast)? = try await next() else { throw .unexpectedMessage }
            guard bytes.count + piece.count <= limit else { throw await abort(.invalidParameter) }
            bytes += piece
            if isLast { return bytes }
        }
    }

    private func abort(_ reason: Abort) async -> AssociationError {
        await connection.handle(.abort(reason))
        return .aborted(reason)
    }
}
