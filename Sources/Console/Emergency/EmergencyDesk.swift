internal import Host
internal import Registry

/// A wish for a look in an emergency, until somebody else grants or declines it.
struct EmergencyWish: Hashable, Sendable {
    var id: Int64
    var person: Person
    /// What makes the asker that person.
    var proof: String
    var scope: Scope
    var reason: String
    var minutes: Int64
    var time: Instant
}

/// Wishes that wait, also when the console is started again meanwhile.
final class EmergencyDesk: Sendable {
    private let store: DeskStore

    /// A wish that nobody has answered for so long is over. Seconds.
    static let lasts: Int64 = 60 * 60
    /// Of one person at once, and of all.
    static let mostOwn = 3
    static let most = 200

    init(_ store: DeskStore) { self.store = store }

    private func start(_ time: Instant) -> Instant { time.adding(seconds: -Self.lasts) }

    /// - Parameter recording: writes it down; when it throws, nothing was asked for.
    /// - Throws: `ConsoleProblem` where too many wait.
    func ask(
        _ scope: Scope, reason: String, minutes: Int64, by person: Person, proof: String, at time: Instant,
        recording: (EmergencyWish) throws -> Void
    ) throws -> EmergencyWish {
        let wish = EmergencyWish(
            id: 0, person: person, proof: proof, scope: scope, reason: reason, minutes: minutes, time: time)
        let kept = try store.add(
            wish, mostOwn: Self.mostOwn, most: Self.most, since: start(time), recording: recording)
        guard let kept else {
            throw ConsoleProblem(
                429, "That was not done", "\(Self.mostOwn) of your wishes wait already. Call somebody.",
                headers: [ConsoleProblem.Header("Retry-After", "600")])
        }
        return kept
    }

    /// The oldest first.
    func waiting(at time: Instant) throws -> [EmergencyWish] { try store.wishes(since: start(time)) }

    /// Grants or declines a wish: once, whoever is first. It waits on where that cannot be recorded.
    ///
    /// - Returns: nil where nobody waits for it any more.
    func answer<Answer>(_ id: Int64, at time: Instant, _ act: (EmergencyWish) throws -> Answer) throws -> Answer? {
        try store.answer(id, since: start(time), act)
    }
}
