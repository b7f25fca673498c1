/// Answers queries: the SCP of C-FIND (PS3.7 9.1.2, PS3.4 C and K).
public protocol QueryHandler: Sendable {
    /// Sends what matches, one identifier after the other, and says how it ended: `.success` after the last match.
    ///
    /// When the asker cancels, or goes, the task of this call is cancelled and `matches.send` throws; `.cancel` is the answer
    /// then. What a handler asks of others by `Association.find` is cancelled with its task.
    func find(_ request: QueryRequest, _ matches: MatchSender) async -> Outcome
}

/// A C-FIND-RQ.
public struct QueryRequest: Hashable, Sendable {
    /// The information model: one of `ServiceClasses.find`, or whatever the context policy accepted.
    public var sopClass: String
    public var identifier: EncodedDataSet
    public var priority: Priority
}

/// Where matches go: pending responses to one C-FIND.
public struct MatchSender: Sendable {
    /// In which every identifier must be encoded.
    public let transferSyntax: String
    let association: Association
    let request: Command
    let contextID: UInt8
    let operation: PerformedOperation

    /// Sends one match and returns when the socket has taken it, so that a slow asker slows this and nobody else.
    ///
    /// - Parameter supportsAllKeys: false for status FF01H: some optional keys were not looked at (PS3.4 C.4.1.1.4).
    /// - Throws: `cancelled` when the asker said C-CANCEL, or how the association ended.
    public func send(_ identifier: [UInt8], supportsAllKeys: Bool = true) async throws(AssociationError) {
        guard !operation.isCancelled else { throw .cancelled }
        guard var response = request.response(supportsAllKeys ? .pending : .pendingWithoutOptionalKeys) else { return }
        response.hasDataSet = true
        try await association.send(response, contextID: contextID, dataSet: identifier)
    }

    /// Whether the asker wants no more.
    public var isCancelled: Bool { operation.isCancelled }
}
