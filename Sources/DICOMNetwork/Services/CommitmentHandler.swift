/// Takes responsibility for objects: the SCP of storage commitment (PS3.4 J), by N-ACTION (PS3.7 10.1.4).
public protocol CommitmentHandler: Sendable {
    /// Takes a request for commitment, action type 1. `.success` says that it will be answered by an N-EVENT-REPORT, some time.
    func commit(_ request: ActionRequest, _ association: Association) async -> Outcome

    /// Called once that answer is out and was no failure. A result that is known already can go out on the same association
    /// now (`association.report`); others go out later on one that we open, with the SCP role proposed for storage commitment.
    func answered(_ request: ActionRequest, _ association: Association) async
}

extension CommitmentHandler {
    public func answered(_ request: ActionRequest, _ association: Association) async {}
}

/// Hears what became of what we asked to commit: the SCU of storage commitment, by N-EVENT-REPORT (PS3.7 10.1.1), on whichever
/// association it comes.
public protocol EventReportHandler: Sendable {
    func receive(_ event: EventReport, _ association: Association) async -> Outcome
}

/// An N-ACTION-RQ (PS3.7 10.3.5).
public struct ActionRequest: Hashable, Sendable {
    public var sopClass: String
    public var sopInstance: String
    public var actionType: UInt16
    public var information: EncodedDataSet?
}

/// An N-EVENT-REPORT-RQ (PS3.7 10.3.1). Of storage commitment: type 1 all are committed, type 2 some are not.
public struct EventReport: Hashable, Sendable {
    public var sopClass: String
    public var sopInstance: String
    public var eventType: UInt16
    public var information: EncodedDataSet?

    public init(sopClass: String, sopInstance: String, eventType: UInt16, information: EncodedDataSet?) {
        self.sopClass = sopClass
        self.sopInstance = sopInstance
        self.eventType = eventType
        self.information = information
    }

    /// The result of a storage commitment (PS3.4 J.3.3).
    public static func storageCommitment(isComplete: Bool, _ information: EncodedDataSet) -> EventReport {
        EventReport(
            sopClass: ServiceClasses.storageCommitment, sopInstance: ServiceClasses.storageCommitmentInstance,
            eventType: isComplete ? 1 : 2, information: information)
    }
}
