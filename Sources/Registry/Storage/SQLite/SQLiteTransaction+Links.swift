internal import GRDB
internal import Host

/// Links between patients, and what feeds said.
extension SQLiteTransaction {
    private func link(_ row: SQLiteRow) throws -> PatientLink {
        guard let kind = PatientLink.Kind(rawValue: try row.text("kind")) else { throw SQLiteRow.damaged }
        var ended: Registry.Wish?
        if let time = try row.optionalInstant("ended") {
            ended = Registry.Wish(person: try row.person("ended_by"), reason: try row.text("ended_reason"), time: time)
        }
        return PatientLink(
            id: try row.integer("id"), kind: kind,
            one: PatientIdentity(id: try row.text("one"), issuer: try row.optionalText("one_issuer")),
            other: PatientIdentity(id: try row.text("other"), issuer: try row.optionalText("other_issuer")),
            reason: try row.text("reason"), author: try row.person("author"), time: try row.instant("time"),
            ended: ended)
    }

    func link(_ id: Int64) throws -> PatientLink? {
        try row("SELECT * FROM links WHERE id = ?", [id]).map { try link($0) }
    }

    func links(after id: Int64, limit: Int) throws -> [PatientLink] {
        try rows("SELECT * FROM links WHERE id > ? ORDER BY id LIMIT ?", [id, Self.bounded(limit)]).map {
            try link($0)
        }
    }

    func links(ofPatientKeys keys: Set<String>) throws -> [PatientLink] {
        var found: [Int64: PatientLink] = [:]
        let sorted = keys.sorted()
        for start in stride(from: 0, to: sorted.count, by: 200) {
            let part = sorted[start..<min(sorted.count, start + 200)]
            let marks = Array(repeating: "?", count: part.count).joined(separator: ", ")
            let arguments = StatementArguments(Array(part) + Array(part))
            let query = """
                SELECT * FROM links WHERE one_key IN (\(marks)) UNION SELECT * FROM links WHERE other_key IN (\(marks))
                """
            for row in try rows(query, arguments) {
                let link = try link(row)
                found[link.id] = link
            }
        }
        return found.values.sorted { $0.id < $1.id }
    }

    func insert(_ link: PatientLink, leaf: Int) throws {
        try execute(
            """
            INSERT INTO links (id, kind, one, one_issuer, one_key, other, other_issuer, other_key, reason, author, time,
                leaf) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                link.id, link.kind.rawValue, link.one.id, link.one.issuer, FoldedText.key(link.one.id), link.other.id,
                link.other.issuer, FoldedText.key(link.other.id), link.reason, link.author.name,
                link.time.milliseconds, leaf,
            ])
    }

    func setEnd(_ wish: Registry.Wish, ofLink id: Int64, leaf: Int) throws {
        try execute(
            "UPDATE links SET ended_by = ?, ended_reason = ?, ended = ?, ended_leaf = ? WHERE id = ?",
            [wish.person.name, wish.reason, wish.time.milliseconds, leaf, id])
        try requireChange()
    }

    func setIdentities(_ one: PatientIdentity, _ other: PatientIdentity, ofLink id: Int64) throws {
        try execute(
            """
            UPDATE links SET one = ?, one_issuer = ?, one_key = ?, other = ?, other_issuer = ?, other_key = ?
            WHERE id = ?
            """,
            [
                one.id, one.issuer, FoldedText.key(one.id), other.id, other.issuer, FoldedText.key(other.id), id,
            ])
        try requireChange()
    }

    // MARK: - Feeds

    func isKnown(message control: String, digest: String, ofFeed feed: String) throws -> Bool {
        try row(
            "SELECT 1 FROM feed_messages WHERE feed = ? AND control = ? AND digest = ?", [feed, control, digest]) != nil
    }

    func lastSaid(feed: String, place: String, of patient: PatientIdentity) throws -> Instant? {
        try row(
            "SELECT said FROM feed_times WHERE feed = ? AND place = ? AND patient = ? AND issuer = ?",
            [feed, place, patient.id, patient.issuer ?? ""])?.instant("said")
    }

    func patients(feed: String, place: String) throws -> [PatientIdentity] {
        try rows(
            "SELECT patient, issuer FROM feed_times WHERE feed = ? AND place = ? ORDER BY patient, issuer",
            [feed, place]
        ).map {
            let issuer = try $0.text("issuer")
            return PatientIdentity(id: try $0.text("patient"), issuer: issuer.isEmpty ? nil : issuer)
        }
    }

    func insert(message control: String, digest: String, ofFeed feed: String, at time: Instant) throws {
        try execute(
            "INSERT INTO feed_messages (feed, control, digest, time) VALUES (?, ?, ?, ?)",
            [feed, control, digest, time.milliseconds])
    }

    func setLastSaid(_ said: Instant, feed: String, place: String, of patient: PatientIdentity) throws {
        try execute(
            """
            INSERT INTO feed_times (feed, place, patient, issuer, patient_key, said) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (feed, place, patient, issuer) DO UPDATE SET said = excluded.said
            """,
            [feed, place, patient.id, patient.issuer ?? "", FoldedText.key(patient.id), said.milliseconds])
    }

    func removeLastSaid(ofPatientKey key: String) throws {
        try execute("DELETE FROM feed_times WHERE patient_key = ?", [key])
    }
}
