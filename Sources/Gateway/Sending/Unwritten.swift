internal import Host
internal import Synchronization

/// What a destination has taken and the journal could not be told of, because the disk is full, say. Until it is written down
/// nothing else goes there: it would go again. There is at most one for each association.
final class Unwritten: Sendable {
    private struct Taken {
        var delivery: Delivery
        var status: String
        var awaitsCommitment: Bool
        var time: Instant
    }

    private let taken = Mutex<[Taken]>([])

    /// Writes down that a delivery was taken; remembers it where that fails, and throws.
    func write(
        _ delivery: Delivery, status: String, awaitsCommitment: Bool, at time: Instant, to journal: GatewayJournal
    ) throws(GatewayError) {
        do throws(GatewayError) {
            try journal.delivered(delivery, status: status, awaitsCommitment: awaitsCommitment, at: time)
        } catch {
            taken.withLock {
                $0.append(
                    Taken(delivery: delivery, status: status, awaitsCommitment: awaitsCommitment, time: time))
            }
            throw error
        }
    }

    /// Writes down what is remembered. Throws when that still cannot be done. Nobody sends meanwhile.
    func writeAll(to journal: GatewayJournal) throws(GatewayError) {
        while let next = taken.withLock({ $0.first }) {
            try journal.delivered(
                next.delivery, status: next.status, awaitsCommitment: next.awaitsCommitment, at: next.time)
            taken.withLock { _ = $0.removeFirst() }
        }
    }
}
