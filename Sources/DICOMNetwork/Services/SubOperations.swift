import Synchronization

/// The sub-operations of one C-MOVE or C-GET: counted, and told to the asker as pending responses.
public final class SubOperations: Sendable {
    private struct State {
        var counts = SubOperationCounts()
        var failed: [String] = []
    }

    private let state = Mutex(State())
    private let association: Association
    private let request: Command
    private let contextID: UInt8
    private let operation: PerformedOperation

    init(_ association: Association, _ request: Command, contextID: UInt8, _ operation: PerformedOperation) {
        self.association = association
        self.request = request
        self.contextID = contextID
        self.operation = operation
    }

    /// Says how many there will be. Numbers of 0 to 65535 travel; more is told as 65535.
    public func announce(_ count: Int) { state.withLock { $0.counts.remaining = max(0, count) } }

    public var counts: SubOperationCounts { state.withLock { $0.counts } }
    /// Whether the asker wants no more.
    public var isCancelled: Bool { operation.isCancelled }

    /// Counts one as done with this status (that of its C-STORE, or a failure when it came to none) and tells the asker.
    ///
    /// - Throws: `cancelled` when the asker said C-CANCEL, or how the association ended. It is counted all the same.
    public func report(_ status: Status, sopInstance: String) async throws(AssociationError) {
        let counts = state.withLock { state in
            state.counts.remaining = max(0, state.counts.remaining - 1)
            switch status.category {
            case .success: state.counts.completed += 1
            case .warning: state.counts.warning += 1
            default:
                state.counts.failed += 1
                state.failed.append(sopInstance)
            }
            return state.counts
        }
        guard !operation.isCancelled else { throw .cancelled }
        guard var response = request.response(.pending) else { return }
        response.counts = counts
        try await association.send(response, contextID: contextID)
    }

    /// What the counts come to (PS3.4 C.4.2.1.5, C.4.3.1.4): cancelled, success, B000H when some failed or warned, A702H when all
    /// failed.
    public var outcome: Outcome {
        let counts = counts
        if operation.isCancelled { return .cancel }
        if counts.failed > 0, counts.completed == 0, counts.warning == 0 { return Outcome(.cannotPerformSubOperations) }
        return counts.failed > 0 || counts.warning > 0 ? Outcome(.subOperationsWithFailures) : .success
    }

    /// The last response: counts, and Failed SOP Instance UID List (0008,0058) where some failed (PS3.4 C.4.2.1.4.2).
    func finalResponse(_ outcome: Outcome, transferSyntax: String) -> (Command, [UInt8]?)? {
        guard var response = request.response(outcome.status) else { return nil }
        response[text: .errorComment] = outcome.shortComment
        let (counts, failed) = state.withLock { ($0.counts, $0.failed) }
        var final = counts
        // Remaining is there only when pending or cancelled (PS3.7 9.1.4.1.7).
        if outcome.status.category != .cancel { final.remaining = 0 }
        response.counts = final
        if outcome.status.category != .cancel { response[.remaining] = nil }
        guard outcome.status.category != .success, !failed.isEmpty else { return (response, nil) }
        let list = FailedInstances.encoded(failed, transferSyntax: transferSyntax)
        response.hasDataSet = list != nil
        return (response, list)
    }
}
