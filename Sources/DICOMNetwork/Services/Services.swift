/// What we do for the peer of one association, whoever opened it. A service that is nil is answered 0211H (unrecognized
/// operation). C-ECHO is always answered.
///
/// Handlers run on threads of `DICOMNetwork` and may block: see `TaskThreads`.
public struct Services: Sendable {
    public var storage: (any StorageHandler)?
    public var query: (any QueryHandler)?
    public var move: (any MoveHandler)?
    public var get: (any GetHandler)?
    public var commitment: (any CommitmentHandler)?
    public var events: (any EventReportHandler)?

    public init(
        storage: (any StorageHandler)? = nil, query: (any QueryHandler)? = nil, move: (any MoveHandler)? = nil,
        get: (any GetHandler)? = nil, commitment: (any CommitmentHandler)? = nil,
        events: (any EventReportHandler)? = nil
    ) {
        self.storage = storage
        self.query = query
        self.move = move
        self.get = get
        self.commitment = commitment
        self.events = events
    }
}
