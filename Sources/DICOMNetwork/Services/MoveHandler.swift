/// Sends objects to another machine: the SCP of C-MOVE (PS3.7 9.1.4, PS3.4 C.4.2).
public protocol MoveHandler: Sendable {
    /// Finds what the identifier asks for, opens an association to the machine that the title stands for (which only this
    /// handler knows: `.moveDestinationUnknown` when it knows none), stores the objects there with `request.originator`, and
    /// reports each. `progress.outcome` says what is then to be returned.
    ///
    /// When the asker cancels or goes, the task is cancelled and `progress.report` throws; `.cancel` is the answer then.
    func move(_ request: MoveRequest, _ progress: SubOperations) async -> Outcome
}

/// A C-MOVE-RQ.
public struct MoveRequest: Hashable, Sendable {
    public var sopClass: String
    public var identifier: EncodedDataSet
    public var priority: Priority
    /// An AE title.
    public var destination: String
    /// What the C-STOREs to the destination say of this request.
    public var originator: MoveOriginator
}
