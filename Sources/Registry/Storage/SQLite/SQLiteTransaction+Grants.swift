internal import GRDB
internal import Host

/// Broken glass.
extension SQLiteTransaction {
    private func grant(_ row: SQLiteRow) throws -> Grant {
        let id = try row.integer("id")
        var end: Registry.Wish?
        if let time = try row.optionalInstant("ended") {
            end = Registry.Wish(person: try row.person("ended_by"), reason: try row.text("ended_reason"), time: time)
        }
        let reviews = try rows("SELECT * FROM grant_reviews WHERE grant_id = ? ORDER BY place", [id]).map {
            Grant.Review(
                person: try $0.person("person"), isJustified: try $0.integer("justified") == 1,
                remark: try $0.text("remark"), time: try $0.instant("time"))
        }
        return Grant(
            id: id, scope: try row.scope(), person: try row.person("person"), proof: try row.text("proof"),
            reason: try row.text("reason"), started: try row.instant("started"), until: try row.instant("until"),
            audience: try row.optionalText("audience"), grantedBy: try row.optionalPerson("granted_by"), end: end,
            reviews: reviews)
    }

    func grant(_ id: Int64) throws -> Grant? {
        try row("SELECT * FROM grants WHERE id = ?", [id]).map { try grant($0) }
    }

    func grants(after id: Int64, limit: Int) throws -> [Grant] {
        try rows("SELECT * FROM grants WHERE id > ? ORDER BY id LIMIT ?", [id, Self.bounded(limit)]).map {
            try grant($0)
        }
    }

    func openGrants() throws -> [Grant] {
        try rows("SELECT * FROM grants WHERE ended IS NULL ORDER BY id").map { try grant($0) }
    }

    func grants(runningFor proof: String, at time: Instant) throws -> [Grant] {
        try rows(
            "SELECT * FROM grants WHERE ended IS NULL AND proof = ?1 AND started <= ?2 AND until > ?2 ORDER BY id",
            [proof, time.milliseconds]
        ).map { try grant($0) }
    }

    func grantsWaiting(after id: Int64, at time: Instant, limit: Int) throws -> [Grant] {
        let limit = Self.bounded(limit)
        // By an index each: one of them has few, whichever a site has many of.
        let ids = try rows(
            """
            SELECT id FROM (SELECT id FROM grants WHERE reviewed = 0 AND id > ?1 ORDER BY id LIMIT ?3)
            UNION SELECT id FROM (SELECT id FROM grants
                WHERE ended IS NULL AND id > ?1 AND started <= ?2 AND until > ?2 ORDER BY id LIMIT ?3)
            ORDER BY id LIMIT ?3
            """, [id, time.milliseconds, limit]
        ).map { try $0.integer("id") }
        return try ids.compactMap { try grant($0) }
    }

    func grantCounts(at time: Instant) throws -> (running: Int, unreviewed: Int) {
        let running = try row(
            """
            SELECT count(*) AS n, coalesce(sum(reviewed = 0), 0) AS open FROM grants
            WHERE ended IS NULL AND started <= ?1 AND until > ?1
            """, [time.milliseconds])
        let unreviewed = try row("SELECT count(*) AS n FROM grants WHERE reviewed = 0")?.integer("n") ?? 0
        return (
            Int(try running?.integer("n") ?? 0), Int(unreviewed - (try running?.integer("open") ?? 0))
        )
    }

    func insert(_ grant: Grant, leaf: Int) throws {
        try execute(
            """
            INSERT INTO grants (id, scope, scope_value, scope_issuer, person, proof, reason, started, until, audience,
                granted_by, leaf) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                grant.id, ScopeText.kind(grant.scope), ScopeText.value(grant.scope), ScopeText.issuer(grant.scope),
                grant.person.name, grant.proof, grant.reason, grant.started.milliseconds, grant.until.milliseconds,
                grant.audience, grant.grantedBy?.name, leaf,
            ])
    }

    func setEnd(_ wish: Registry.Wish, ofGrant id: Int64, leaf: Int) throws {
        try execute(
            """
            UPDATE grants SET ended_by = ?, ended_reason = ?, ended = ?, ended_leaf = ? WHERE id = ? AND ended IS NULL
            """, [wish.person.name, wish.reason, wish.time.milliseconds, leaf, id])
        try requireChange()
    }

    func append(_ review: Grant.Review, toGrant id: Int64, leaf: Int) throws {
        try execute(
            """
            INSERT INTO grant_reviews (grant_id, place, person, justified, remark, time, leaf)
            VALUES (?1, (SELECT count(*) FROM grant_reviews WHERE grant_id = ?1), ?2, ?3, ?4, ?5, ?6)
            """,
            [
                id, review.person.name, review.isJustified ? 1 : 0, review.remark, review.time.milliseconds, leaf,
            ])
        try execute("UPDATE grants SET reviewed = 1 WHERE id = ?", [id])
        try requireChange()
    }

    func setScope(_ scope: Scope, ofGrant id: Int64) throws {
        try execute(
            "UPDATE grants SET scope = ?, scope_value = ?, scope_issuer = ? WHERE id = ?",
            [ScopeText.kind(scope), ScopeText.value(scope), ScopeText.issuer(scope), id])
        try requireChange()
    }

    // MARK: - What was decided of a study

    func decided(ofStudy study: String, ruleSet: String) throws -> [DecidedInstance] {
        guard let key = InstanceSelection.study(study).key else { return [] }
        return try rows(
            """
            SELECT instances.digest, decisions.audience, decisions.disposition, decisions.rule_set, decisions.revision,
                decisions.rule_set_digest, decisions.id,
                CASE WHEN json_valid(decisions.explanation) THEN json_extract(decisions.explanation, '$.decided') END
                    AS decided
            FROM instance_keys JOIN instances ON instances.id = instance_keys.instance
                JOIN decisions ON decisions.instance = instances.id
            WHERE instance_keys.key = ? AND decisions.rule_set = ? ORDER BY decisions.id
            """, [key, ruleSet]
        ).map {
            DecidedInstance(
                digest: try $0.text("digest"), audience: try $0.text("audience"),
                disposition: try $0.text("disposition"), ruleSet: try $0.text("rule_set"),
                revision: try $0.integer("revision"), ruleSetDigest: try $0.text("rule_set_digest"),
                decision: try $0.integer("id"), byRules: try? $0.text("decided"))
        }
    }

    func explanations(ofStudy study: String, ruleSet: String) throws -> [String] {
        guard let key = InstanceSelection.study(study).key else { return [] }
        return try rows(
            """
            SELECT DISTINCT explanation FROM decisions WHERE id IN (
                SELECT max(decisions.id) FROM instance_keys JOIN decisions ON decisions.instance = instance_keys.instance
                WHERE instance_keys.key = ? AND decisions.rule_set = ? GROUP BY decisions.instance)
            ORDER BY explanation
            """, [key, ruleSet]
        ).map { try $0.text("explanation") }
    }
}
