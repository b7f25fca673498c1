internal import GRDB
internal import Host

/// Labels, holds and retentions.
extension SQLiteTransaction {
    func owners(
        _ kind: AnchoredKind, anchors: Set<String>, attributes: Set<InstanceAttribute>
    ) throws -> [Int64] {
        var owners = Set<Int64>()
        if !anchors.isEmpty {
            let marks = Array(repeating: "?", count: anchors.count).joined(separator: ", ")
            let arguments = StatementArguments([kind.rawValue] + anchors.sorted())
            for row in try rows("SELECT owner FROM anchors WHERE kind = ? AND anchor IN (\(marks))", arguments) {
                owners.insert(try row.integer("owner"))
            }
        }
        for attribute in attributes {
            let range = Anchor.range(of: attribute)
            let found = try rows(
                "SELECT owner FROM anchors WHERE kind = ? AND anchor >= ? AND anchor < ?",
                [kind.rawValue, range.lowerBound, range.upperBound])
            for row in found { owners.insert(try row.integer("owner")) }
        }
        return owners.sorted()
    }

    func anchors(of kind: AnchoredKind, _ id: Int64) throws -> Set<String> {
        let found = try rows("SELECT anchor FROM anchors WHERE kind = ? AND owner = ?", [kind.rawValue, id])
        return Set(try found.map { try $0.text("anchor") })
    }

    func insertAnchors(_ anchors: [String], of kind: AnchoredKind, _ id: Int64) throws {
        for anchor in Set(anchors).sorted() {
            try execute("INSERT INTO anchors (kind, anchor, owner) VALUES (?, ?, ?)", [kind.rawValue, anchor, id])
        }
    }

    func removeAnchors(of kind: AnchoredKind, _ id: Int64) throws {
        try execute("DELETE FROM anchors WHERE kind = ? AND owner = ?", [kind.rawValue, id])
    }

    func setScope(_ scope: Scope, of kind: AnchoredKind, _ id: Int64) throws {
        let table =
            switch kind {
            case .label: "labels"
            case .hold: "holds"
            case .retention: "retentions"
            }
        try execute(
            "UPDATE \(table) SET scope = ?, scope_value = ?, scope_issuer = ? WHERE id = ?",
            [ScopeText.kind(scope), ScopeText.value(scope), ScopeText.issuer(scope), id])
        try requireChange()
    }

    // MARK: - Wishes

    /// What a wish is for. Raw values stand in the file.
    private enum WishKind: String {
        case withdrawal, feedWithdrawal = "feed-withdrawal", releaseRequest = "release-request", release
    }

    private func wish(_ kind: WishKind, _ id: Int64) throws -> Registry.Wish? {
        try row("SELECT * FROM wishes WHERE what = ? AND owner = ?", [kind.rawValue, id])?.wish()
    }

    private func set(_ wish: Registry.Wish?, _ kind: WishKind, _ id: Int64, leaf: Int) throws {
        try execute("DELETE FROM wishes WHERE what = ? AND owner = ?", [kind.rawValue, id])
        guard let wish else { return }
        try execute(
            "INSERT INTO wishes (what, owner, person, reason, time, leaf) VALUES (?, ?, ?, ?, ?, ?)",
            [kind.rawValue, id, wish.person.name, wish.reason, wish.time.milliseconds, leaf])
    }

    // MARK: - Labels

    private func label(_ row: SQLiteRow) throws -> LabelRecord {
        let id = try row.integer("id")
        guard let source = LabelRecord.Source(rawValue: try row.text("source")) else { throw SQLiteRow.damaged }
        let withdrawal = try self.row("SELECT * FROM withdrawals WHERE label = ?", [id]).map {
            LabelRecord.Withdrawal(
                reason: try $0.text("reason"), author: try $0.person("author"),
                second: try $0.optionalText("second").flatMap(Person.init), time: try $0.instant("time"))
        }
        return LabelRecord(
            id: id, label: try row.text("label"), scope: try row.scope(), source: source,
            origin: try row.optionalText("origin"), reason: try row.text("reason"), author: try row.person("author"),
            time: try row.instant("time"),
            expires: try row.optionalInstant("expires"), tellsOfHold: try row.integer("tells_of_hold") == 1,
            withdrawalRequest: try wish(.withdrawal, id), feedWish: try wish(.feedWithdrawal, id),
            withdrawal: withdrawal)
    }

    func label(_ id: Int64) throws -> LabelRecord? {
        try row("SELECT * FROM labels WHERE id = ?", [id]).map { try label($0) }
    }

    func labels(after id: Int64, limit: Int) throws -> [LabelRecord] {
        try rows("SELECT * FROM labels WHERE id > ? ORDER BY id LIMIT ?", [id, Self.bounded(limit)]).map {
            try label($0)
        }
    }

    func insert(_ label: LabelRecord, leaf: Int) throws {
        try execute(
            """
            INSERT INTO labels (id, label, scope, scope_value, scope_issuer, source, reason, author, time, expires,
                tells_of_hold, leaf, origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                label.id, label.label, ScopeText.kind(label.scope), ScopeText.value(label.scope),
                ScopeText.issuer(label.scope), label.source.rawValue, label.reason, label.author.name,
                label.time.milliseconds, label.expires?.milliseconds, label.tellsOfHold ? 1 : 0, leaf, label.origin,
            ])
    }

    func setWithdrawalRequest(_ wish: Registry.Wish?, ofLabel id: Int64, leaf: Int) throws {
        try set(wish, .withdrawal, id, leaf: leaf)
    }

    func setFeedWish(_ wish: Registry.Wish, ofLabel id: Int64, leaf: Int) throws {
        try set(wish, .feedWithdrawal, id, leaf: leaf)
    }

    func setWithdrawal(_ withdrawal: LabelRecord.Withdrawal, ofLabel id: Int64, leaf: Int) throws {
        try execute(
            "INSERT INTO withdrawals (label, reason, author, second, time, leaf) VALUES (?, ?, ?, ?, ?, ?)",
            [
                id, withdrawal.reason, withdrawal.author.name, withdrawal.second?.name, withdrawal.time.milliseconds,
                leaf,
            ])
    }

    // MARK: - Holds

    private func hold(_ row: SQLiteRow) throws -> Hold {
        let id = try row.integer("id")
        let reviews = try rows("SELECT * FROM reviews WHERE hold = ? ORDER BY place", [id]).map {
            Hold.Review(
                person: try $0.person("person"), reason: try $0.text("reason"), time: try $0.instant("time"),
                next: try $0.optionalInstant("next"))
        }
        return Hold(
            id: id, matter: try row.text("matter"), custodian: try row.text("custodian"),
            reason: try row.text("reason"), authority: try row.text("authority"), scope: try row.scope(),
            placedBy: try row.person("placed_by"), rule: try row.optionalText("rule"),
            placed: try row.instant("placed"), start: try row.instant("start"),
            review: try row.optionalInstant("review"), reviews: reviews, releaseRequest: try wish(.releaseRequest, id),
            release: try wish(.release, id))
    }

    func hold(_ id: Int64) throws -> Hold? {
        try row("SELECT * FROM holds WHERE id = ?", [id]).map { try hold($0) }
    }

    func holds(matter: String, after id: Int64, unreleasedOnly: Bool, limit: Int) throws -> [Hold] {
        let released = unreleasedOnly ? "released = 0 AND " : ""
        return try rows(
            "SELECT * FROM holds WHERE matter = ? AND \(released)id > ? ORDER BY id LIMIT ?",
            [matter, id, Self.bounded(limit)]
        ).map { try hold($0) }
    }

    func holdCounts(at time: Instant) throws -> (inForce: Int, due: Int) {
        let inForce = try row("SELECT count(*) AS n FROM holds WHERE released = 0")?.integer("n") ?? 0
        let due = try row(
            "SELECT count(*) AS n FROM holds INDEXED BY holds_review WHERE released = 0 AND review IS NOT NULL AND review <= ?",
            [time.milliseconds])
        return (Int(inForce), Int(try due?.integer("n") ?? 0))
    }

    func holdsToRelease(after id: Int64, limit: Int) throws -> [Hold] {
        try rows(
            """
            SELECT holds.* FROM wishes JOIN holds ON holds.id = wishes.owner
            WHERE wishes.what = ? AND wishes.owner > ? AND holds.released = 0 ORDER BY wishes.owner LIMIT ?
            """, [WishKind.releaseRequest.rawValue, id, Self.bounded(limit)]
        ).map { try hold($0) }
    }

    func hold(ofRule rule: String, matter: String, scope: Scope) throws -> Hold? {
        try row(
            """
            SELECT * FROM holds WHERE rule = ? AND matter = ? AND scope = ? AND scope_value = ?
                AND ifnull(scope_issuer, '') = ?
            """, [rule, matter, ScopeText.kind(scope), ScopeText.value(scope), ScopeText.issuer(scope) ?? ""]
        ).map { try hold($0) }
    }

    func holds(after id: Int64, unreleasedOnly: Bool, limit: Int) throws -> [Hold] {
        let released = unreleasedOnly ? "released = 0 AND " : ""
        return try rows(
            "SELECT * FROM holds WHERE \(released)id > ? ORDER BY id LIMIT ?", [id, Self.bounded(limit)]
        ).map { try hold($0) }
    }

    func insert(_ hold: Hold, leaf: Int) throws {
        try execute(
            """
            INSERT INTO holds (id, matter, custodian, reason, authority, scope, scope_value, scope_issuer, placed_by,
                rule, placed, start, review, leaf) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                hold.id, hold.matter, hold.custodian, hold.reason, hold.authority, ScopeText.kind(hold.scope),
                ScopeText.value(hold.scope), ScopeText.issuer(hold.scope), hold.placedBy.name, hold.rule,
                hold.placed.milliseconds, hold.start.milliseconds, hold.review?.milliseconds, leaf,
            ])
    }

    func append(_ review: Hold.Review, toHold id: Int64, leaf: Int) throws {
        try execute(
            """
            INSERT INTO reviews (hold, place, person, reason, time, next, leaf)
            VALUES (?1, (SELECT count(*) FROM reviews WHERE hold = ?1), ?2, ?3, ?4, ?5, ?6)
            """,
            [id, review.person.name, review.reason, review.time.milliseconds, review.next?.milliseconds, leaf])
        try execute("UPDATE holds SET review = ? WHERE id = ?", [review.next?.milliseconds, id])
        try requireChange()
    }

    func setReleaseRequest(_ wish: Hold.Wish?, ofHold id: Int64, leaf: Int) throws {
        try set(wish, .releaseRequest, id, leaf: leaf)
    }

    func setRelease(_ wish: Hold.Wish, ofHold id: Int64, leaf: Int) throws {
        try set(wish, .release, id, leaf: leaf)
        try execute("UPDATE holds SET released = 1 WHERE id = ? AND released = 0", [id])
        try requireChange()
    }

    // MARK: - Retentions

    private func retention(_ row: SQLiteRow) throws -> Retention {
        guard let mode = Retention.Mode(rawValue: try row.text("mode")) else { throw SQLiteRow.damaged }
        return Retention(
            id: try row.integer("id"), scope: try row.scope(), mode: mode, until: try row.instant("until"),
            author: try row.person("author"), reason: try row.text("reason"), time: try row.instant("time"))
    }

    func retention(_ id: Int64) throws -> Retention? {
        try row("SELECT * FROM retentions WHERE id = ?", [id]).map { try retention($0) }
    }

    func retentions(after id: Int64, limit: Int) throws -> [Retention] {
        try rows("SELECT * FROM retentions WHERE id > ? ORDER BY id LIMIT ?", [id, Self.bounded(limit)]).map {
            try retention($0)
        }
    }

    func insert(_ retention: Retention, leaf: Int) throws {
        try execute(
            """
            INSERT INTO retentions (id, scope, scope_value, scope_issuer, mode, until, author, reason, time, leaf)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                retention.id, ScopeText.kind(retention.scope), ScopeText.value(retention.scope),
                ScopeText.issuer(retention.scope), retention.mode.rawValue, retention.until.milliseconds,
                retention.author.name, retention.reason, retention.time.milliseconds, leaf,
            ])
    }

    func setEnd(_ until: Instant, ofRetention id: Int64, leaf: Int) throws {
        try execute(
            """
            INSERT INTO retention_changes (retention, leaf, before, until)
            SELECT id, ?, until, ? FROM retentions WHERE id = ?
            """, [leaf, until.milliseconds, id])
        try execute("UPDATE retentions SET until = ? WHERE id = ?", [until.milliseconds, id])
        try requireChange()
    }
}
