internal import GRDB
package import Host

/// Something that leaves, for one destination.
package struct Delivery: Sendable, Hashable {
    package enum State: String, Sendable, Hashable, CaseIterable {
        case waiting
        /// The peer has it, and has not committed to it yet.
        case sent
        /// The peer has it, and has committed to it where that is asked for.
        case done
        /// The peer has refused it so often that a person is to look.
        case dead
        /// It is not to be sent any more, and was not.
        case withdrawn
        /// The peer had it, and was told to reject it.
        case recalled
        /// The peer had it, and nobody can tell it: people have to.
        case stands
        /// The peer has it, and gets another form of it in its place.
        case superseded

        /// Whether the peer has it and may have it, as far as we know.
        var isThere: Bool { self == .sent || self == .done }

        /// Whether something is still to be done when it may not be there: take it back, or call it back.
        var isOpen: Bool { isThere || self == .waiting || self == .dead }

        /// Whether it is open, or another form of it is that may never have taken its place.
        var mayBeThere: Bool { isOpen || self == .superseded }
    }

    package var id: Int64 = 0
    /// The peer's id.
    package var destination: String
    package var audience: String
    /// Of the original.
    package var digest: String
    package var study: String
    /// As it leaves; likewise below.
    package var sop: String
    package var sopClass: String
    package var syntax: String
    package var sentStudy: String
    package var sentSeries: String
    /// Of the bytes that leave.
    package var output: String
    /// In the spool; nil when the original itself leaves.
    package var file: String?
    package var size: Int64
    /// A rejection note of ours.
    package var isNote = false
    package var priority: GatewayConfiguration.Priority
    package var state = State.waiting
    package var attempts = 0
    package var due: Instant
    /// What the peer answered last: `0000H`.
    package var status: String?
    package var created: Instant
    package var sent: Instant?

    init(
        destination: String, audience: String, digest: String, study: String, sop: String, sopClass: String,
        syntax: String, sentStudy: String, sentSeries: String, output: String, file: String?, size: Int64,
        priority: GatewayConfiguration.Priority, created: Instant
    ) {
        self.destination = destination
        self.audience = audience
        self.digest = digest
        self.study = study
        self.sop = sop
        self.sopClass = sopClass
        self.syntax = syntax
        self.sentStudy = sentStudy
        self.sentSeries = sentSeries
        self.output = output
        self.file = file
        self.size = size
        self.priority = priority
        self.created = created
        due = created
    }

    init(_ row: Row) {
        self.init(
            destination: row["destination"], audience: row["audience"], digest: row["digest"], study: row["study"],
            sop: row["sop"], sopClass: row["class"], syntax: row["syntax"], sentStudy: row["sentStudy"],
            sentSeries: row["sentSeries"], output: row["output"], file: row["file"], size: row["size"],
            priority: GatewayConfiguration.Priority(rawValue: row["priority"]) ?? .high,
            created: Instant(milliseconds: row["created"]))
        id = row["id"]
        isNote = row["isNote"]
        state = State(rawValue: row["state"]) ?? .dead
        attempts = row["attempts"]
        due = Instant(milliseconds: row["due"])
        status = row["status"]
        sent = (row["sent"] as Int64?).map { Instant(milliseconds: $0) }
    }

    /// Before all others: what a note rejects may wait to be sent again, with a number that is smaller than the note's.
    private static let rankOfNotes = -1

    /// Gives a row the state that a decision wants for it, as long as it has the one by which that was decided.
    ///
    /// - Returns: false when it has another by now: it was sent meanwhile, or released by a person. What has to be done about
    ///   that is for another decision to say.
    static func change(_ id: Int64, from seen: State, to state: State, _ database: Database) throws -> Bool {
        try database.run(
            sql: "UPDATE deliveries SET state = ? WHERE id = ? AND state = ?",
            arguments: [state.rawValue, id, seen.rawValue])
        return database.changesCount > 0
    }

    /// What a receiver has is another audience's from now on, as long as it is as it was read; the custody log is told of that, too.
    ///
    /// - Returns: false when it is not.
    static func give(_ row: Delivery, to heir: Delivery, _ database: Database) throws -> Bool {
        try database.run(
            sql: """
                UPDATE deliveries SET audience = ?, digest = ?, study = ?, isRecorded = 0 WHERE id = ? AND state = ?
                """, arguments: [heir.audience, heir.digest, heir.study, row.id, row.state.rawValue])
        return database.changesCount > 0
    }

    /// Puts it into the queue, unless it is there or has been sent. What was withdrawn, recalled or superseded waits again. The
    /// same bytes that wait there for another audience wait for this one: routes may not lead there for the other any more.
    func enqueue(_ database: Database) throws {
        let rank = isNote ? Self.rankOfNotes : priority.rawValue
        try database.run(
            sql: """
                INSERT INTO deliveries (destination, audience, digest, study, sop, class, syntax, sentStudy, sentSeries, output,
                    file, size, isNote, priority, state, due, created)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)
                ON CONFLICT (destination, sop, output) DO UPDATE SET
                    state = 'waiting', file = excluded.file, audience = excluded.audience, digest = excluded.digest,
                    study = excluded.study, due = excluded.due, attempts = 0, created = excluded.created,
                    transactionUID = NULL, asked = NULL
                WHERE state IN ('withdrawn', 'recalled', 'stands', 'superseded')
                    OR (state = 'waiting' AND audience <> excluded.audience)
                """,
            arguments: [
                destination, audience, digest, study, sop, sopClass, syntax, sentStudy, sentSeries, output, file, size,
                isNote, rank, due.milliseconds, created.milliseconds,
            ])
    }
}

extension GatewayJournal {
    /// What a destination gets next: notes of ours first, then by priority, then by age.
    ///
    /// - Parameter audiences: for which something may go there now. What was decided for another waits until a route leads there
    ///   again; a note of what it got goes whatever routes say.
    func next(
        for destination: String, audiences: Set<String>, at now: Instant, limit: Int
    ) throws(GatewayError) -> [Delivery] {
        try read { database -> [Delivery] in
            var arguments: StatementArguments = [destination, now.milliseconds]
            arguments += StatementArguments(audiences.sorted())
            arguments += [limit]
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM deliveries WHERE destination = ? AND state = 'waiting' AND due <= ?
                        AND \(Self.mayGo(to: audiences))
                    ORDER BY priority, id LIMIT ?
                    """, arguments: arguments
            ).map(Delivery.init)
        }
    }

    /// When that is.
    func nextDelivery(for destination: String, audiences: Set<String>) throws(GatewayError) -> Instant? {
        try read { database -> Int64? in
            var arguments: StatementArguments = [destination]
            arguments += StatementArguments(audiences.sorted())
            return try Int64.fetchOne(
                database,
                sql: """
                    SELECT MIN(due) FROM deliveries WHERE destination = ? AND state = 'waiting'
                        AND \(Self.mayGo(to: audiences))
                    """, arguments: arguments)
        }.map { Instant(milliseconds: $0) }
    }

    private static func mayGo(to audiences: Set<String>) -> String {
        "(isNote = 1 OR audience IN (\(audiences.map { _ in "?" }.joined(separator: ", "))))"
    }

    /// Whether it is still to be sent: a decision may have taken it back since it was read.
    func isWaiting(_ id: Int64) throws(GatewayError) -> Bool {
        try read { try String.fetchOne($0, sql: "SELECT state FROM deliveries WHERE id = ?", arguments: [id]) }
            == "waiting"
    }

    /// The peer has it. When it was taken back in the very moment, its study is decided anew, so that it is recalled.
    func delivered(_ delivery: Delivery, status: String, awaitsCommitment: Bool, at now: Instant) throws(GatewayError) {
        try write { database in
            let state = try String.fetchOne(
                database, sql: "SELECT state FROM deliveries WHERE id = ?", arguments: [delivery.id])
            try database.run(
                sql: "UPDATE deliveries SET state = ?, status = ?, sent = ?, isRecorded = 0 WHERE id = ?",
                arguments: [awaitsCommitment ? "sent" : "done", status, now.milliseconds, delivery.id])
            guard state != "waiting" else { return }
            try Self.raise(delivery.study, at: now, database)
        }
    }

    /// The peer has refused it, or the association broke over it.
    func failed(_ delivery: Delivery, status: String, isDead: Bool, due: Instant) throws(GatewayError) {
        try write { database in
            try database.run(
                sql: """
                    UPDATE deliveries SET attempts = attempts + 1, status = ?, due = ?,
                        state = CASE WHEN ? THEN 'dead' ELSE state END WHERE id = ? AND state = 'waiting'
                    """, arguments: [status, due.milliseconds, isDead, delivery.id])
        }
    }

    func deliveries(ofStudy study: String) throws(GatewayError) -> [Delivery] {
        try read {
            try Row.fetchAll($0, sql: "SELECT * FROM deliveries WHERE study = ? ORDER BY id", arguments: [study]).map(
                Delivery.init)
        }
    }

    /// Deliveries in a state, of a destination or of all, by number.
    package func deliveries(
        _ states: Set<Delivery.State>, destination: String? = nil, after id: Int64 = 0, limit: Int = 1000
    ) throws(GatewayError) -> [Delivery] {
        let names = states.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
        return try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM deliveries WHERE state IN (\(names)) AND (destination = :to OR :to IS NULL) AND id > :id
                    ORDER BY id LIMIT :limit
                    """, arguments: ["to": destination, "id": id, "limit": limit]
            ).map(Delivery.init)
        }
    }

    /// A person has looked at dead letters: they wait again.
    /// - Returns: how many there were.
    package func releaseDead(_ ids: [Int64]?, destination: String?, at now: Instant) throws(GatewayError) -> Int {
        try write { database in
            var count = 0
            for id in ids.map({ $0.map(Optional.some) }) ?? [nil] {
                try database.run(
                    sql: """
                        UPDATE deliveries SET state = 'waiting', attempts = 0, due = :now
                        WHERE state = 'dead' AND (id = :id OR :id IS NULL) AND (destination = :to OR :to IS NULL)
                        """, arguments: ["now": now.milliseconds, "id": id, "to": destination])
                count += database.changesCount
            }
            return count
        }
    }

    /// What cannot be sent because its file is gone or damaged: its study is decided anew, which makes the same bytes again.
    func lost(_ delivery: Delivery, at now: Instant) throws(GatewayError) {
        try write { database in
            try database.run(
                sql: "UPDATE deliveries SET state = 'withdrawn' WHERE id = ? AND state = 'waiting'",
                arguments: [delivery.id])
            try Self.raise(delivery.study, at: now, database)
        }
    }

    /// What a destination got and the custody log does not know yet.
    func unrecorded(of destination: String, limit: Int) throws(GatewayError) -> [Delivery] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM deliveries WHERE destination = ? AND sent IS NOT NULL AND isRecorded = 0
                    ORDER BY audience, id LIMIT ?
                    """, arguments: [destination, limit]
            ).map(Delivery.init)
        }
    }

    func recorded(_ deliveries: [Delivery]) throws(GatewayError) {
        try write { database in
            for delivery in deliveries {
                try database.run(sql: "UPDATE deliveries SET isRecorded = 1 WHERE id = ?", arguments: [delivery.id])
            }
        }
    }

    /// Files of the spool that something still needs.
    func neededFiles() throws(GatewayError) -> Set<String> {
        try read { database in
            Set(
                try String.fetchAll(
                    database,
                    sql: """
                        SELECT DISTINCT file FROM deliveries WHERE file IS NOT NULL AND state IN ('waiting', 'sent', 'dead')
                        """))
        }
    }

    /// Files of what a destination has, which nobody needs any more, as far as they may still be there.
    func unneededFiles(of destination: String) throws(GatewayError) -> [String] {
        try read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT DISTINCT file FROM deliveries own WHERE destination = ? AND file IS NOT NULL AND state = 'done'
                        AND NOT EXISTS (SELECT 1 FROM deliveries other WHERE other.file = own.file
                                        AND other.state IN ('waiting', 'sent', 'dead'))
                    """, arguments: [destination])
        }
    }

    func isNeeded(file: String) throws(GatewayError) -> Bool {
        try read { database in
            try Int.fetchOne(
                database,
                sql: """
                    SELECT 1 FROM deliveries WHERE file = ? AND state IN ('waiting', 'sent', 'dead') LIMIT 1
                    """, arguments: [file]) != nil
        }
    }
}
