package import Host

/// What a gateway tells of its work. Whoever knows a gateway conforms; the console itself knows none.
package protocol OperationsSource: Sendable {
    func picture(at time: Instant) throws -> OperationsPicture

    /// Has a dead letter sent again.
    /// - Returns: whether there was one with this number.
    func release(deadLetter id: Int64, at time: Instant) throws -> Bool
}

/// How the work of a gateway stands, without patient data.
package struct OperationsPicture: Hashable, Sendable {
    package struct Destination: Hashable, Sendable {
        package var name: String
        package var waiting: Int
        /// The peer has them and has not committed to them yet.
        package var sent: Int
        package var done: Int
        package var dead: Int
        /// When the oldest that waits was put there.
        package var oldest: Instant?

        package init(name: String, waiting: Int, sent: Int, done: Int, dead: Int, oldest: Instant?) {
            self.name = name
            self.waiting = waiting
            self.sent = sent
            self.done = done
            self.dead = dead
            self.oldest = oldest
        }
    }

    /// What a destination has refused too often.
    package struct Letter: Hashable, Sendable {
        package var id: Int64
        package var destination: String
        package var audience: String
        package var attempts: Int
        package var answer: String?
        package var since: Instant

        package init(
            id: Int64, destination: String, audience: String, attempts: Int, answer: String?, since: Instant
        ) {
            self.id = id
            self.destination = destination
            self.audience = audience
            self.attempts = attempts
            self.answer = answer
            self.since = since
        }
    }

    /// An item of the administrators' check list.
    package struct Check: Hashable, Sendable {
        package enum State: String, Hashable, Sendable {
            case fine, note, warning, problem

            static let all: [State] = [.problem, .warning, .note, .fine]
        }

        package var area: String
        package var state: State
        package var text: String
        package var advice: String

        package init(area: String, state: State, text: String, advice: String) {
            self.area = area
            self.state = state
            self.text = text
            self.advice = advice
        }
    }

    package var gateway: String
    /// Instances that came.
    package var arrivals: Int
    /// That settle, or wait to be decided.
    package var openStudies: Int
    /// Decisions that keep something back.
    package var keptBack: Int
    /// Storage commitments that are owed.
    package var commitments: Int
    package var destinations: [Destination]
    package var deadLetters: [Letter]
    package var checks: [Check]

    package init(
        gateway: String, arrivals: Int, openStudies: Int, keptBack: Int, commitments: Int,
        destinations: [Destination], deadLetters: [Letter], checks: [Check]
    ) {
        self.gateway = gateway
        self.arrivals = arrivals
        self.openStudies = openStudies
        self.keptBack = keptBack
        self.commitments = commitments
        self.destinations = destinations
        self.deadLetters = deadLetters
        self.checks = checks
    }
}
