/// Why an association ended before its work was done.
public enum AssociationError: Error, Hashable, Sendable, CustomStringConvertible {
    case refused(AssociateReject)
    case aborted(Abort)
    /// The connection ended, failed or timed out without a word of the protocol.
    case lost
    /// The peer released it while something was still open.
    case released
    /// An operation ended with a failure: what the peer answered. Its comment is the peer's and may name a patient.
    case failed(Outcome)
    /// C-CANCEL came, or the task was cancelled.
    case cancelled
    /// No presentation context was accepted for what was to be sent.
    case noContext(sopClass: String)
    /// The peer sent a message that does not belong here.
    case unexpectedMessage
    /// The request does not fit in the fields of its items.
    case cannotBeWritten

    public var description: String {
        switch self {
        case .refused(let reject):
            "the peer refused the association: "
                + "\(reject.isTransient ? "for now" : "for good"), source \(reject.source), reason \(reject.reason)"
        case .aborted(let abort): "the association was aborted: source \(abort.source), reason \(abort.reason)"
        case .lost: "the connection was lost"
        case .released: "the peer released the association"
        case .failed(let outcome): "the peer answered \(outcome.status)"
        case .cancelled: "the operation was cancelled"
        case .noContext(let sopClass): "the peer accepted no presentation context for SOP class \(sopClass)"
        case .unexpectedMessage: "the peer sent a message that does not belong here"
        case .cannotBeWritten: "the association request has values that are too long"
        }
    }
}
