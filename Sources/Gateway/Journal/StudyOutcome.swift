internal import GRDB
package import Host

/// What was decided last for an instance and an audience.
package struct StudyOutcome: Sendable, Hashable {
    /// Of the original.
    package var digest: String
    package var audience: String
    package var study: String
    /// `release`, `flag`, `deidentify`, `sequester`.
    package var disposition: String
    /// Why it was sequestered though no rule said so.
    package var reason: String?
    /// Of all that the output depends on besides the original.
    package var basis: String
    /// Of the bytes that leave; nil when none do.
    package var output: String?
    package var time: Instant

    init(
        digest: String, audience: String, study: String, disposition: String, reason: String?, basis: String,
        output: String?, time: Instant
    ) {
        self.digest = digest
        self.audience = audience
        self.study = study
        self.disposition = disposition
        self.reason = reason
        self.basis = basis
        self.output = output
        self.time = time
    }

    init(_ row: Row) {
        self.init(
            digest: row["digest"], audience: row["audience"], study: row["study"], disposition: row["disposition"],
            reason: row["reason"], basis: row["basis"], output: row["output"], time: Instant(milliseconds: row["time"]))
    }

    func save(_ database: Database) throws {
        try database.run(
            sql: "INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [digest, audience, study, disposition, reason, basis, output, time.milliseconds])
    }
}

extension GatewayJournal {
    func outcomes(ofStudy study: String) throws(GatewayError) -> [StudyOutcome] {
        try read {
            try Row.fetchAll($0, sql: "SELECT * FROM outcomes WHERE study = ?", arguments: [study]).map(
                StudyOutcome.init)
        }
    }

    /// What is kept back, the oldest first.
    package func sequestered(limit: Int = .max, after: Int64 = 0) throws(GatewayError) -> [StudyOutcome] {
        try read {
            try Row.fetchAll(
                $0,
                sql: """
                    SELECT * FROM outcomes WHERE disposition = 'sequester' AND time >= ? ORDER BY time, digest, audience
                    LIMIT ?
                    """, arguments: [after, limit]
            ).map(StudyOutcome.init)
        }
    }
}
