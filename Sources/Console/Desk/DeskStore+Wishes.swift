internal import GRDB
internal import Host
internal import Registry

/// Wishes for a look in an emergency.
extension DeskStore {
    /// Keeps a wish, unless too many wait.
    ///
    /// - Parameter recording: writes it down elsewhere; when it throws, there is no wish.
    /// - Returns: nil where too many wait.
    func add(
        _ wish: EmergencyWish, mostOwn: Int, most: Int, since start: Instant, recording: (EmergencyWish) throws -> Void
    ) throws -> EmergencyWish? {
        let (kind, value, issuer): (String, String, String?) =
            switch wish.scope {
            case .patient(let patient): ("patient", patient.id, patient.issuer)
            case .study(let uid): ("study", uid, nil)
            case .instance, .query:
                throw RegistryError(
                    .invalid, "the glass is broken for a patient or a study", advice: "name one of them")
            }
        return try Self.translated {
            try queue.write { database -> EmergencyWish? in
                try Self.forget(before: start, database)
                let own = try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM wishes WHERE proof = ?", arguments: [wish.proof])
                let all = try Int.fetchOne(database, sql: "SELECT count(*) FROM wishes")
                guard (own ?? 0) < mostOwn, (all ?? 0) < most else { return nil }
                try database.execute(
                    sql: """
                        INSERT INTO wishes (person, proof, scope, value, issuer, reason, minutes, time)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        wish.person.name, wish.proof, kind, value, issuer, wish.reason, wish.minutes,
                        wish.time.milliseconds,
                    ])
                var kept = wish
                kept.id = database.lastInsertedRowID
                try recording(kept)
                return kept
            }
        }
    }

    /// Those that were asked for since then, the oldest first; older ones are forgotten.
    func wishes(since start: Instant) throws -> [EmergencyWish] {
        try Self.translated {
            let (found, isOver) = try queue.read { database in
                let rows = try Row.fetchAll(
                    database, sql: "SELECT * FROM wishes WHERE time > ? ORDER BY id", arguments: [start.milliseconds])
                let over = try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM wishes WHERE time <= ?", arguments: [start.milliseconds])
                return (rows.compactMap(Self.wish), (over ?? 0) > 0)
            }
            if isOver { try queue.write { try Self.forget(before: start, $0) } }
            return found
        }
    }

    /// Answers a wish: once, whoever is first. It is gone when the answer is on record, and waits on when that fails: then nobody asks again
    /// for what was not answered.
    ///
    /// - Returns: nil where nobody waits for it any more.
    func answer<Answer>(_ id: Int64, since start: Instant, _ act: (EmergencyWish) throws -> Answer) throws -> Answer? {
        try Self.translated {
            try queue.write { database in
                guard
                    let row = try Row.fetchOne(
                        database, sql: "SELECT * FROM wishes WHERE id = ? AND time > ?",
                        arguments: [id, start.milliseconds]), let wish = Self.wish(row)
                else { return nil }
                let answer = try act(wish)
                try database.execute(sql: "DELETE FROM wishes WHERE id = ?", arguments: [id])
                return answer
            }
        }
    }

    private static func forget(before start: Instant, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM wishes WHERE time <= ?", arguments: [start.milliseconds])
    }

    private static func wish(_ row: Row) -> EmergencyWish? {
        guard let person = Person(row["person"]) else { return nil }
        let value: String = row["value"]
        let scope: Scope =
            row["scope"] == "patient" ? .patient(PatientIdentity(id: value, issuer: row["issuer"])) : .study(value)
        return EmergencyWish(
            id: row["id"], person: person, proof: row["proof"], scope: scope, reason: row["reason"],
            minutes: row["minutes"], time: Instant(milliseconds: row["time"]))
    }
}
