internal import Glibc
internal import Host
package import Inputs
internal import Synchronization

/// What a gateway does, one JSON object on a line, for whoever collects logs. Names peers, digests and numbers; never a patient,
/// and a study by a mark that only tells it from others.
package final class GatewayLog: Sendable {
    package enum Event: String, Sendable {
        case started, stopping, stopped, reloaded, notReloaded = "not-reloaded", needsRestart = "needs-restart"
        case associated, refusedAssociation = "refused-association"
        case stored, notStored = "not-stored"
        case decided, notDecided = "not-decided", sequestered, raised
        case sent, notSent = "not-sent", unreachable, reachable, deadLetter = "dead-letter"
        case recalled, cannotRecall = "cannot-recall"
        case commitmentAsked = "commitment-asked", committed, commitmentOwed = "commitment-owed",
            commitmentAnswered = "commitment-answered"
        /// What another system said of patients.
        case learned, notLearned = "not-learned"
        case auditWaits = "audit-waits"
        /// Emergency access began, or is over.
        case glassBroken = "glass-broken", glassMended = "glass-mended"
        case damaged, failed

        /// Syslog's levels, as words.
        var level: String {
            switch self {
            case .failed, .damaged: "error"
            case .cannotRecall, .deadLetter, .glassBroken: "alert"
            case .notStored, .notDecided, .notReloaded, .needsRestart, .auditWaits, .unreachable, .refusedAssociation,
                .notSent, .notLearned:
                "warning"
            case .sequestered, .recalled, .raised, .glassMended: "notice"
            default: "info"
            }
        }
    }

    private let gateway: String
    /// Nil for silence.
    private let descriptor: Int32?
    private let turn = Mutex(())

    /// - Parameter descriptor: of the file that lines are written to.
    package init(gateway: String, descriptor: Int32?) {
        self.gateway = gateway
        self.descriptor = descriptor
    }

    package func write(_ event: Event, _ members: KeyValuePairs<String, JSON?> = [:]) {
        guard let descriptor else { return }
        let head: [JSON.Member] = [
            JSON.Member(key: "time", value: .string("\(Instant.now)")),
            JSON.Member(key: "level", value: .string(event.level)),
            JSON.Member(key: "gateway", value: .string(gateway)),
            JSON.Member(key: "event", value: .string(event.rawValue)),
        ]
        let rest = members.compactMap { key, value in value.map { JSON.Member(key: key, value: $0) } }
        let line = Array((JSON.object(head + rest).text + "\n").utf8)
        turn.withLock { _ in
            line.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let written = Glibc.write(
                        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                    // A log that cannot be written must not stop what it tells of.
                    guard written > 0 || errno == EINTR else { return }
                    rest = rest.dropFirst(max(0, written))
                }
            }
        }
    }

    /// Tells a study from others, and says nothing of it: 12 digits of a digest of its UID.
    package static func mark(of study: String) -> String {
        String(ContentDigest(of: ("study " + study).utf8).hexadecimal.prefix(12))
    }
}
