internal import Host
internal import Registry
internal import Synchronization

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

/// Wishes that wait, in memory: an emergency that outlasts a restart asks again.
final class EmergencyDesk: Sendable {
    private let state = Mutex<(wishes: [EmergencyWish], last: Int64)>(([], 0))

    /// A wish that nobody has answered for so long is over. Seconds.
    static let lasts: Int64 = 60 * 60
    /// Of one person at once, and of all.
    static let mostOwn = 3
    static let most = 200

    /// - Throws: `ConsoleProblem` where too many wait.
    func ask(
        _ scope: Scope, reason: String, minutes: Int64, by person: Person, proof: String, at time: Instant
    ) throws(ConsoleProblem) -> EmergencyWish {
        let wish = state.withLock { state -> EmergencyWish? in
            state.wishes.removeAll { Self.isOver($0, time) }
            guard state.wishes.count < Self.most, state.wishes.count(where: { $0.proof == proof }) < Self.mostOwn else {
                return nil
            }
            state.last += 1
            let wish = EmergencyWish(
                id: state.last, person: person, proof: proof, scope: scope, reason: reason, minutes: minutes, time: time
            )
            state.wishes.append(wish)
            return wish
        }
        guard let wish else {
            throw ConsoleProblem(
                429, "That was not done", "\(Self.mostOwn) of your wishes wait already. Call somebody.")
        }
        return wish
    }

    func waiting(at time: Instant) -> [EmergencyWish] {
        state.withLock { $0.wishes.filter { !Self.isOver($0, time) } }
    }

    /// Takes a wish out: once, whoever is first.
    func take(_ id: Int64, at time: Instant) -> EmergencyWish? {
        state.withLock { state in
            guard let place = state.wishes.firstIndex(where: { $0.id == id && !Self.isOver($0, time) }) else {
                return nil
            }
            return state.wishes.remove(at: place)
        }
    }

    /// Puts back what was taken and could not be answered.
    func putBack(_ wish: EmergencyWish) { state.withLock { $0.wishes.append(wish) } }

    private static func isOver(_ wish: EmergencyWish, _ time: Instant) -> Bool {
        time >= wish.time.adding(seconds: lasts)
    }
}
