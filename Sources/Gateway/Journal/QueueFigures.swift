internal import GRDB
package import Host

/// How a gateway's work stands, for health, metrics and people.
package struct QueueFigures: Sendable, Hashable {
    package struct Destination: Sendable, Hashable {
        package var name: String
        /// By state.
        package var counts: [Delivery.State: Int]
        /// When the oldest of those that wait was put there.
        package var oldest: Instant?
    }

    package var arrivals: Int
    /// That settle, or wait to be decided.
    package var openStudies: Int
    package var sequestered: Int
    /// By name.
    package var destinations: [Destination]
    /// Commitments that we owe.
    package var commitments: Int
}

extension GatewayJournal {
    package func figures() throws(GatewayError) -> QueueFigures {
        try read { database in
            func count(_ sql: String) throws -> Int { try Int.fetchOne(database, sql: sql) ?? 0 }
            var destinations: [String: QueueFigures.Destination] = [:]
            let rows = try Row.fetchAll(
                database,
                sql:
                    "SELECT destination, state, COUNT(*) AS number, MIN(created) AS oldest FROM deliveries GROUP BY destination, state"
            )
            for row in rows {
                let name: String = row["destination"]
                guard let state = Delivery.State(rawValue: row["state"]) else { continue }
                var entry = destinations[name] ?? QueueFigures.Destination(name: name, counts: [:], oldest: nil)
                entry.counts[state] = row["number"]
                if state == .waiting { entry.oldest = (row["oldest"] as Int64?).map { Instant(milliseconds: $0) } }
                destinations[name] = entry
            }
            return QueueFigures(
                arrivals: try count("SELECT COUNT(*) FROM arrivals"),
                openStudies: try count("SELECT COUNT(*) FROM studies WHERE due IS NOT NULL"),
                sequestered: try count("SELECT COUNT(*) FROM outcomes WHERE disposition = 'sequester'"),
                destinations: destinations.values.sorted { $0.name < $1.name },
                commitments: try count("SELECT COUNT(*) FROM commitments"))
        }
    }
}
