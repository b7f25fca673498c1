internal import GRDB
internal import Host
internal import Registry

/// The rule set that may come into force, until it does, is discarded, or another takes its place.
extension DeskStore {
    /// What is kept of a candidate: what was found of it is found again.
    struct KeptCandidate: Hashable, Sendable {
        var number: Int
        var person: Person
        var time: Instant
        var bytes: [UInt8]
        var proposal: Candidate.Proposal?
        /// Who is bringing it into force: written down before its file is where rules are read.
        var activation: Activating?
    }

    struct Activating: Hashable, Sendable {
        var person: Person
        var reason: String
    }

    /// Puts a candidate in the place of the one before.
    ///
    /// - Parameter recording: writes it down elsewhere; when it throws, the one before stays.
    /// - Returns: its number.
    func put(
        _ bytes: [UInt8], by person: Person, at time: Instant, recording: (_ number: Int) throws -> Void
    ) throws -> Int {
        try Self.translated {
            try queue.write { database in
                // One that is on its way into force stays until it is there: the next start would have to bring it to its end.
                try database.execute(sql: "DELETE FROM candidates WHERE activated_by IS NULL")
                try database.execute(
                    sql: "INSERT INTO candidates (person, time, bytes) VALUES (?, ?, ?)",
                    arguments: [person.name, time.milliseconds, DatabaseBytes.data(bytes)])
                let number = Int(database.lastInsertedRowID)
                try recording(number)
                return number
            }
        }
    }

    /// The newest last. Earlier ones were on their way into force when the newest came.
    func candidates() throws -> [KeptCandidate] {
        try Self.translated {
            try queue.read { try Row.fetchAll($0, sql: "SELECT * FROM candidates ORDER BY number") }
                .compactMap(Self.candidate)
        }
    }

    func setProposal(_ proposal: Candidate.Proposal?, ofCandidate number: Int) throws {
        try change(
            "proposed_by = ?, proposal_reason = ?, proposed = ?",
            [proposal?.person.name, proposal?.reason, proposal?.time.milliseconds], number)
    }

    /// - Returns: whether it is there still: what is not is not brought into force.
    @discardableResult
    func setActivating(_ activating: Activating?, ofCandidate number: Int) throws -> Bool {
        try change(
            "activated_by = ?, activation_reason = ?", [activating?.person.name, activating?.reason], number)
    }

    /// Takes a candidate away, unless it is on its way into force.
    ///
    /// - Parameter recording: writes it down elsewhere; when it throws, the candidate stays.
    /// - Returns: whether it is gone.
    func discardCandidate(_ number: Int, recording: () throws -> Void) throws -> Bool {
        try Self.translated {
            try queue.write { database in
                let isOnItsWay = try Bool.fetchOne(
                    database, sql: "SELECT activated_by IS NOT NULL FROM candidates WHERE number = ?",
                    arguments: [number])
                guard isOnItsWay != true else { return false }
                try recording()
                try database.execute(sql: "DELETE FROM candidates WHERE number = ?", arguments: [number])
                return true
            }
        }
    }

    /// Takes away what is in force and on record, and those before: it came after them.
    func removeCandidates(upTo number: Int) throws {
        try Self.translated {
            try queue.write { try $0.execute(sql: "DELETE FROM candidates WHERE number <= ?", arguments: [number]) }
        }
    }

    @discardableResult
    private func change(_ columns: String, _ values: StatementArguments, _ number: Int) throws -> Bool {
        try Self.translated {
            try queue.write { database in
                try database.execute(
                    sql: "UPDATE candidates SET \(columns) WHERE number = ?", arguments: values + [number])
                return database.changesCount == 1
            }
        }
    }

    private static func candidate(_ row: Row) -> KeptCandidate? {
        guard let person = Person(row["person"]) else { return nil }
        var proposal: Candidate.Proposal?
        if let by = (row["proposed_by"] as String?).flatMap({ Person($0) }) {
            proposal = Candidate.Proposal(
                person: by, reason: row["proposal_reason"] ?? "", time: Instant(milliseconds: row["proposed"] ?? 0))
        }
        let activation = (row["activated_by"] as String?).flatMap { Person($0) }.map {
            Activating(person: $0, reason: row["activation_reason"] ?? "")
        }
        return KeptCandidate(
            number: row["number"], person: person, time: Instant(milliseconds: row["time"]),
            bytes: DatabaseBytes.bytes(row["bytes"]), proposal: proposal, activation: activation)
    }
}
