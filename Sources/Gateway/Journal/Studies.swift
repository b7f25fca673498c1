internal import GRDB
package import Host

extension GatewayJournal {
    /// A study that is to be decided, and since when: what is decided bears that time, however often it is begun again.
    struct DueStudy: Sendable, Hashable {
        var study: String
        var due: Instant
        var attempts: Int
    }

    func dueStudies(at now: Instant, limit: Int) throws(GatewayError) -> [DueStudy] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT study, due, attempts FROM studies WHERE due <= ? ORDER BY due LIMIT ?",
                arguments: [now.milliseconds, limit]
            ).map { DueStudy(study: $0["study"], due: Instant(milliseconds: $0["due"]), attempts: $0["attempts"]) }
        }
    }

    /// When the next study is due; nil when none waits.
    func nextDue() throws(GatewayError) -> Instant? {
        try read { try Int64.fetchOne($0, sql: "SELECT MIN(due) FROM studies WHERE due IS NOT NULL") }
            .map { Instant(milliseconds: $0) }
    }

    /// Makes studies due that are known and wait for nothing; those that wait are decided sooner.
    /// - Returns: how many there are.
    @discardableResult
    package func raise(_ studies: Set<String>, at now: Instant) throws(GatewayError) -> Int {
        guard !studies.isEmpty else { return 0 }
        return try write { database in
            var count = 0
            for study in studies { count += try Self.raise(study, at: now, database) }
            return count
        }
    }

    /// Likewise one, within a transaction. One that settles is decided when it has settled, with what is known then. One that is
    /// being decided in this moment gets another time, so that it is decided once more.
    ///
    /// - Returns: 1 when it is due by this, else 0.
    @discardableResult
    static func raise(_ study: String, at now: Instant, _ database: Database) throws -> Int {
        // The time of the transaction: one that was taken before it may be earlier than the decision that is under way.
        try database.run(
            sql: """
                UPDATE studies SET due = MAX(:now, IFNULL(due, 0) + 1), first = :now, attempts = 0
                WHERE study = :study AND (due IS NULL OR due <= :now)
                """, arguments: ["now": max(now, .now).milliseconds, "study": study])
        return database.changesCount
    }

    /// Every study that was decided before, and those that are being decided, perhaps by the rules of before: after a change of
    /// the rules.
    package func raiseAll(at now: Instant) throws(GatewayError) -> Int {
        try write { database in
            // As for one.
            try database.run(
                sql: """
                    UPDATE studies SET due = MAX(:now, IFNULL(due, 0) + 1), first = :now, attempts = 0
                    WHERE due IS NULL OR due <= :now
                    """, arguments: ["now": max(now, .now).milliseconds])
            return database.changesCount
        }
    }

    /// The number of the last instance of a study that came; 0 when none did.
    func lastArrival(ofStudy study: String) throws(GatewayError) -> Int64 {
        try read { try Int64.fetchOne($0, sql: "SELECT MAX(id) FROM arrivals WHERE study = ?", arguments: [study]) }
            ?? 0
    }

    /// Decided, unless something came meanwhile: then it is due again at once.
    ///
    /// - Parameter last: the last instance that the decision knew of. Times alone would not do: what came may have been on its
    ///   way to the disk when the study was read, with a time before that.
    func settle(_ study: DueStudy, upTo last: Int64) throws(GatewayError) {
        try write { database in
            let newest = try Int64.fetchOne(
                database, sql: "SELECT MAX(id) FROM arrivals WHERE study = ?", arguments: [study.study])
            if newest ?? 0 > last { try Self.raise(study.study, at: study.due, database) }
            try database.run(
                sql: "UPDATE studies SET due = NULL, attempts = 0 WHERE study = ? AND due = ?",
                arguments: [study.study, study.due.milliseconds])
        }
    }

    /// It could not be decided: again later. Its time of decision stays that of the first attempt only as long as nobody has
    /// recorded anything, which is so: what fails records nothing.
    func postpone(_ study: DueStudy, until time: Instant) throws(GatewayError) {
        try write { database in
            try database.run(
                sql: "UPDATE studies SET due = ?, attempts = attempts + 1 WHERE study = ? AND due = ?",
                arguments: [time.milliseconds, study.study, study.due.milliseconds])
        }
    }

    func meta(_ name: String) throws(GatewayError) -> String? {
        try read { try String.fetchOne($0, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name]) }
    }

    func setMeta(_ name: String, _ value: String) throws(GatewayError) {
        try write { database in
            try database.run(
                sql: "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                arguments: [name, value])
        }
    }
}
