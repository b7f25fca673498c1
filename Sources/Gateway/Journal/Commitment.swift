internal import GRDB
internal import Host

/// A request for storage commitment that we accepted and have not answered yet.
struct OwedCommitment: Sendable, Hashable {
    struct Instance: Sendable, Hashable {
        var sopClass: String
        var sop: String
    }

    var id: Int64
    /// The peer's id.
    var peer: String
    var transactionUID: String
    var instances: [Instance]
    var attempts: Int
}

extension GatewayJournal {
    /// Writes down that we owe an answer. The same transaction of the same peer is owed once. For a few seconds it is left to the
    /// association that asked.
    func owe(_ peer: String, transaction: String, _ instances: [OwedCommitment.Instance], at now: Instant)
        throws(GatewayError)
    {
        let text = instances.map { "\($0.sopClass) \($0.sop)" }.joined(separator: "\n")
        try write { database in
            try database.run(
                sql: """
                    INSERT INTO commitments (peer, transactionUID, instances, due, created) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (peer, transactionUID) DO UPDATE SET instances = excluded.instances, due = excluded.due
                    """,
                arguments: [peer, transaction, text, now.adding(seconds: 5).milliseconds, now.milliseconds])
        }
    }

    func owed(at now: Instant, limit: Int) throws(GatewayError) -> [OwedCommitment] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM commitments WHERE due <= ? ORDER BY due LIMIT ?",
                arguments: [now.milliseconds, limit]
            ).map(OwedCommitment.init)
        }
    }

    func owed(_ peer: String, transaction: String) throws(GatewayError) -> OwedCommitment? {
        try read { database in
            try Row.fetchOne(
                database, sql: "SELECT * FROM commitments WHERE peer = ? AND transactionUID = ?",
                arguments: [peer, transaction]
            ).map(OwedCommitment.init)
        }
    }

    func answered(_ commitment: OwedCommitment) throws(GatewayError) {
        try write { try $0.execute(sql: "DELETE FROM commitments WHERE id = ?", arguments: [commitment.id]) }
    }

    func postpone(_ commitment: OwedCommitment, until time: Instant) throws(GatewayError) {
        try write { database in
            try database.run(
                sql: "UPDATE commitments SET attempts = attempts + 1, due = ? WHERE id = ?",
                arguments: [time.milliseconds, commitment.id])
        }
    }

    // MARK: - What peers owe us

    /// What a peer got and has not committed to, as far as it has not been asked since a time.
    func uncommitted(of destination: String, notAskedSince time: Instant, limit: Int) throws(GatewayError) -> [Delivery]
    {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM deliveries WHERE destination = ? AND state = 'sent' AND (asked IS NULL OR asked < ?)
                    ORDER BY priority, id LIMIT ?
                    """, arguments: [destination, time.milliseconds, limit]
            ).map(Delivery.init)
        }
    }

    /// Whether a transaction has not been answered.
    func isAwaited(_ transaction: String, of destination: String) throws(GatewayError) -> Bool {
        try read { database in
            try Int.fetchOne(
                database,
                sql: "SELECT 1 FROM deliveries WHERE transactionUID = ? AND destination = ? AND state = 'sent' LIMIT 1",
                arguments: [transaction, destination]) != nil
        }
    }

    func asked(_ deliveries: [Delivery], transaction: String, at now: Instant) throws(GatewayError) {
        try write { database in
            for delivery in deliveries {
                try database.run(
                    sql: "UPDATE deliveries SET transactionUID = ?, asked = ? WHERE id = ? AND state = 'sent'",
                    arguments: [transaction, now.milliseconds, delivery.id])
            }
        }
    }

    /// What became of a transaction: what is committed is done; what is not, and what was not spoken of, is sent again.
    /// - Returns: how many are committed, and how many are not; nil when nobody asked.
    func committed(
        _ transaction: String, by destination: String, instances: Set<String>, failed: [String: String],
        mostAttempts: Int,
        at now: Instant
    ) throws(GatewayError) -> (committed: Int, failed: Int)? {
        try write { database -> (committed: Int, failed: Int)? in
            let rows = try Row.fetchAll(
                database,
                sql:
                    "SELECT id, sop, attempts FROM deliveries WHERE transactionUID = ? AND destination = ? AND state = 'sent'",
                arguments: [transaction, destination])
            guard !rows.isEmpty else { return nil }
            var counts = (committed: 0, failed: 0)
            for row in rows {
                let id: Int64 = row["id"], sop: String = row["sop"], attempts: Int = row["attempts"]
                if instances.contains(sop) {
                    counts.committed += 1
                    try database.run(
                        sql: "UPDATE deliveries SET state = 'done', transactionUID = NULL WHERE id = ?", arguments: [id]
                    )
                } else {
                    counts.failed += 1
                    try database.run(
                        sql: """
                            UPDATE deliveries SET state = ?, attempts = attempts + 1, due = ?, status = ?,
                                transactionUID = NULL, asked = NULL WHERE id = ?
                            """,
                        arguments: [
                            attempts + 1 >= mostAttempts ? "dead" : "waiting", now.milliseconds,
                            "not committed: \(failed[sop] ?? "not spoken of")", id,
                        ])
                }
            }
            return counts
        }
    }
}

extension OwedCommitment {
    fileprivate init(_ row: Row) {
        let text: String = row["instances"]
        self.init(
            id: row["id"], peer: row["peer"], transactionUID: row["transactionUID"],
            instances: text.split(separator: "\n").compactMap { line in
                let parts = line.split(separator: " ", omittingEmptySubsequences: false)
                guard parts.count == 2 else { return nil }
                return Instance(sopClass: String(parts[0]), sop: String(parts[1]))
            }, attempts: row["attempts"])
    }
}
