/// Sends objects back on the association that asks for them: the SCP of C-GET (PS3.7 9.1.3, PS3.4 C.4.3).
public protocol GetHandler: Sendable {
    /// Finds what the identifier asks for, announces how many there are, and stores each at `asker`; `asker.progress.outcome`
    /// says what is then to be returned.
    ///
    /// When the asker cancels or goes, the task is cancelled and `asker.store` throws; `.cancel` is the answer then.
    func get(_ request: GetRequest, _ asker: GetDestination) async -> Outcome
}

/// A C-GET-RQ.
public struct GetRequest: Hashable, Sendable {
    public var sopClass: String
    public var identifier: EncodedDataSet
    public var priority: Priority
}

/// The asker of a C-GET as a place to store.
public struct GetDestination: Sendable {
    public let progress: SubOperations
    let association: Association

    /// The transfer syntaxes in which the asker takes objects of a SOP class: those of contexts for which it has the SCP role
    /// (PS3.7 D.3.3.4). Empty when it takes none.
    public func transferSyntaxes(sopClass: String) -> [String] {
        association.invokable(sopClass: sopClass).map(\.transferSyntax)
    }

    /// Stores one object, counts how that went, and sends a pending response. An object for which the asker has no context
    /// counts as failed, and nothing is sent of it.
    ///
    /// - Parameter piece: as for `Association.store`.
    /// - Returns: what the asker answered, or 0122H without a context.
    /// - Throws: `cancelled` before the object when the asker said C-CANCEL; how the association ended; what `piece` threw, after
    ///   which the association is over if something had been sent.
    @discardableResult public func store(
        sopClass: String, sopInstance: String, transferSyntax: String,
        piece: (_ maximum: Int) async throws -> ArraySlice<UInt8>?
    ) async throws -> Status {
        guard !progress.isCancelled else { throw AssociationError.cancelled }
        guard transferSyntaxes(sopClass: sopClass).contains(transferSyntax) else {
            try await progress.report(.sopClassNotSupported, sopInstance: sopInstance)
            return .sopClassNotSupported
        }
        let status = try await association.store(
            sopClass: sopClass, sopInstance: sopInstance, transferSyntax: transferSyntax, piece: piece)
        try await progress.report(status, sopInstance: sopInstance)
        return status
    }
}
