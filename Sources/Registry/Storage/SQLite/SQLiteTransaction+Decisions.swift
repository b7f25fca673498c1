internal import GRDB
internal import Host

/// Lists, decisions, keys and rule sets.
extension SQLiteTransaction {
    func listColumns(_ name: String) throws -> [String]? {
        try row("SELECT columns FROM lists WHERE name = ?", [name]).map { CellsText.cells(try $0.text("columns")) }
    }

    func listNames() throws -> [String] {
        try rows("SELECT name FROM lists ORDER BY name").map { try $0.text("name") }
    }

    private func listRow(_ row: SQLiteRow) throws -> ListRow {
        var removed: Registry.Wish?
        if let time = try row.optionalInstant("removed") {
            removed = Registry.Wish(
                person: try row.person("removed_by"), reason: try row.text("removed_reason"), time: time)
        }
        return ListRow(
            id: try row.integer("id"), list: try row.text("list"), cells: CellsText.cells(try row.text("cells")),
            added: Registry.Wish(
                person: try row.person("added_by"), reason: try row.text("added_reason"),
                time: try row.instant("added")),
            removed: removed)
    }

    func listRows(_ name: String, removedToo: Bool) throws -> [ListRow] {
        let removed = removedToo ? "" : " AND removed IS NULL"
        return try rows("SELECT * FROM list_rows WHERE list = ?\(removed) ORDER BY id", [name]).map { try listRow($0) }
    }

    func listRow(_ name: String, cells: [String]) throws -> ListRow? {
        try row(
            "SELECT * FROM list_rows WHERE list = ? AND cells = ? AND removed IS NULL", [name, CellsText.text(cells)]
        ).map { try listRow($0) }
    }

    func listRows(ofLeaf leaf: Int) throws -> [ListRow] {
        try rows("SELECT * FROM list_rows WHERE leaf = ? OR removed_leaf = ? ORDER BY id", [leaf, leaf]).map {
            try listRow($0)
        }
    }

    func listRowCounts(ofLeaf leaf: Int) throws -> (added: Int, removed: Int) {
        let added = try row("SELECT count(*) AS n FROM list_rows WHERE leaf = ?", [leaf])?.integer("n")
        let removed = try row("SELECT count(*) AS n FROM list_rows WHERE removed_leaf = ?", [leaf])?.integer("n")
        return (Int(added ?? 0), Int(removed ?? 0))
    }

    func insertList(_ name: String, columns: [String]) throws {
        try execute("INSERT INTO lists (name, columns) VALUES (?, ?)", [name, CellsText.text(columns)])
    }

    func insert(_ row: ListRow, leaf: Int) throws {
        try execute(
            """
            INSERT INTO list_rows (id, list, cells, added_by, added_reason, added, leaf) VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                row.id, row.list, CellsText.text(row.cells), row.added.person.name, row.added.reason,
                row.added.time.milliseconds, leaf,
            ])
    }

    func setRemoved(_ wish: Registry.Wish, ofListRow id: Int64, leaf: Int) throws {
        try execute(
            """
            UPDATE list_rows SET removed_by = ?, removed_reason = ?, removed = ?, removed_leaf = ?
            WHERE id = ? AND removed IS NULL
            """, [wish.person.name, wish.reason, wish.time.milliseconds, leaf, id])
        try requireChange()
    }

    // MARK: - Decisions

    private func decision(_ row: SQLiteRow) throws -> DecisionEntry {
        DecisionEntry(
            id: try row.integer("id"), instance: try row.text("digest"), audience: try row.text("audience"),
            disposition: try row.text("disposition"), profile: try row.optionalText("profile"),
            ruleSet: try row.text("rule_set"), revision: try row.integer("revision"),
            ruleSetDigest: try row.text("rule_set_digest"), tier: Int(try row.integer("tier")),
            key: try row.optionalText("key"), explanation: try row.text("explanation"),
            output: try row.optionalText("output"), time: try row.instant("time"), author: try row.person("author"))
    }

    private static let decisions =
        "SELECT decisions.*, instances.digest FROM decisions JOIN instances ON instances.id = decisions.instance"

    func decision(_ id: Int64) throws -> DecisionEntry? {
        try row("\(Self.decisions) WHERE decisions.id = ?", [id]).map { try decision($0) }
    }

    func decisions(ofInstance digest: String) throws -> [DecisionEntry] {
        try rows("\(Self.decisions) WHERE instances.digest = ? ORDER BY decisions.id", [digest]).map {
            try decision($0)
        }
    }

    func lastDecisions(ofInstance digest: String, ruleSet: String?) throws -> [DecisionEntry] {
        try rows(
            """
            \(Self.decisions) WHERE instances.digest = ?1 AND decisions.id IN (
                SELECT max(id) FROM decisions WHERE instance = (SELECT id FROM instances WHERE digest = ?1)
                AND (?2 IS NULL OR rule_set = ?2) GROUP BY audience)
            ORDER BY decisions.id
            """, [digest, ruleSet]
        ).map { try decision($0) }
    }

    func isLast(_ decision: DecisionEntry) throws -> Bool {
        try row(
            """
            SELECT 1 FROM decisions WHERE instance = (SELECT id FROM instances WHERE digest = ?) AND id > ?
            AND audience = ? LIMIT 1
            """, [decision.instance, decision.id, decision.audience]) == nil
    }

    func decisions(before id: Int64, limit: Int) throws -> [DecisionEntry] {
        try rows(
            "\(Self.decisions) WHERE decisions.id < ? ORDER BY decisions.id DESC LIMIT ?", [id, Self.bounded(limit)]
        ).map { try decision($0) }
    }

    func keptBack(before id: Int64, looking limit: Int) throws -> (decisions: [DecisionEntry], next: Int64?) {
        let newest = "SELECT id FROM decisions WHERE id < ?1 ORDER BY id DESC LIMIT ?2"
        guard
            let page = try row(
                "SELECT count(*) AS n, min(id) AS last FROM (\(newest))", [id, Self.bounded(limit)]),
            let last = try page.optionalInteger("last")
        else { return ([], nil) }
        let decisions = try rows(
            """
            \(Self.decisions) WHERE decisions.id >= ?1 AND decisions.id < ?2 AND decisions.disposition = 'sequester'
            AND NOT EXISTS (SELECT 1 FROM decisions AS later WHERE later.instance = decisions.instance
                AND later.id > decisions.id AND later.audience = decisions.audience)
            ORDER BY decisions.id DESC
            """, [last, id]
        ).map { try decision($0) }
        return (decisions, try page.integer("n") == Int64(limit) ? last : nil)
    }

    func decisionCounts(since time: Instant, width: Int64, newest: Int64) throws -> [DecisionCount] {
        try rows(
            """
            SELECT time / ? AS span, count(*) AS count, sum(disposition = 'sequester') AS kept FROM decisions
            WHERE id > (SELECT coalesce(max(id), 0) FROM decisions) - ? AND time >= ? GROUP BY span ORDER BY span
            """, [width, newest, time.milliseconds]
        ).map { row in
            DecisionCount(
                start: Instant(milliseconds: try row.integer("span") * width), count: Int(try row.integer("count")),
                kept: Int(try row.integer("kept")))
        }
    }

    func insert(_ decision: DecisionEntry, leaf: Int) throws {
        try execute(
            """
            INSERT INTO decisions (id, instance, audience, disposition, profile, rule_set, revision, rule_set_digest,
                tier, key, explanation, output, time, author, leaf)
            VALUES (?, (SELECT id FROM instances WHERE digest = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                decision.id, decision.instance, decision.audience, decision.disposition, decision.profile,
                decision.ruleSet, decision.revision, decision.ruleSetDigest, decision.tier, decision.key,
                decision.explanation, decision.output, decision.time.milliseconds, decision.author.name, leaf,
            ])
    }

    // MARK: - Keys

    func key(_ fingerprint: String) throws -> KeyState? {
        try row("SELECT destroyed_leaf FROM keys WHERE fingerprint = ?", [fingerprint]).map {
            KeyState(isDestroyed: try $0.optionalInteger("destroyed_leaf") != nil)
        }
    }

    func isKey(_ fingerprint: String, usedIn study: String) throws -> Bool {
        try row("SELECT 1 FROM key_uses WHERE key = ? AND study = ?", [fingerprint, study]) != nil
    }

    func studies(ofKey fingerprint: String, after study: String?, limit: Int) throws -> [String] {
        try rows(
            "SELECT study FROM key_uses WHERE key = ?1 AND (?2 IS NULL OR study > ?2) ORDER BY study LIMIT ?3",
            [fingerprint, study, Self.bounded(limit)]
        ).map { try $0.text("study") }
    }

    func insertKeyUse(_ fingerprint: String, study: String) throws {
        try execute("INSERT INTO keys (fingerprint) VALUES (?) ON CONFLICT DO NOTHING", [fingerprint])
        try execute("INSERT INTO key_uses (key, study) VALUES (?, ?) ON CONFLICT DO NOTHING", [fingerprint, study])
    }

    func setDestroyed(key fingerprint: String, leaf: Int) throws {
        try execute(
            """
            INSERT INTO keys (fingerprint, destroyed_leaf) VALUES (?1, ?2)
            ON CONFLICT (fingerprint) DO UPDATE SET destroyed_leaf = ?2
            """, [fingerprint, leaf])
    }

    // MARK: - Rule sets

    private func activation(_ row: SQLiteRow) throws -> Activation {
        Activation(
            id: try row.integer("id"), ruleSet: try row.text("rule_set"), revision: try row.integer("revision"),
            digest: try row.text("digest"), tier: Int(try row.integer("tier")), author: try row.person("author"),
            reason: try row.text("reason"), time: try row.instant("time"))
    }

    func activations(ofRuleSet ruleSet: String) throws -> [Activation] {
        try rows("SELECT * FROM activations WHERE rule_set = ? ORDER BY id", [ruleSet]).map { try activation($0) }
    }

    func activation(_ id: Int64) throws -> Activation? {
        try row("SELECT * FROM activations WHERE id = ?", [id]).map { try activation($0) }
    }

    func activations(after id: Int64, limit: Int) throws -> [Activation] {
        try rows("SELECT * FROM activations WHERE id > ? ORDER BY id LIMIT ?", [id, Self.bounded(limit)]).map {
            try activation($0)
        }
    }

    func insert(_ activation: Activation, leaf: Int) throws {
        try execute(
            """
            INSERT INTO activations (id, rule_set, revision, digest, tier, author, reason, time, leaf)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                activation.id, activation.ruleSet, activation.revision, activation.digest, activation.tier,
                activation.author.name, activation.reason, activation.time.milliseconds, leaf,
            ])
    }
}
