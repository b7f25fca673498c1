import CustodyLog
import GRDB
import Host
import Testing

@testable import Registry

/// What waits for people is counted and paged in the registry, whatever its size.
@Suite struct WaitingTests {
    @Test(arguments: StorageKind.allCases)
    func `holds of a matter come in pages, and none is left out`(kind: StorageKind) throws {
        let scene = try Scene(kind)
        for number in 1...9 { _ = try scene.place(.study("1.\(number)"), matter: "M-\(number % 2)") }
        try scene.release(try #require(try scene.registry.hold(3)))
        var found: [Int64] = [], after: Int64 = 0
        while true {
            let page = try scene.registry.holds(matter: "M-1", after: after, limit: 2)
            found += page.map(\.id)
            guard let last = page.last else { break }
            after = last.id
        }
        #expect(found == [1, 3, 5, 7, 9])
        #expect(try scene.registry.holds(matter: "M-1", unreleasedOnly: true).map(\.id) == [1, 5, 7, 9])
    }

    @Test(arguments: StorageKind.allCases)
    func `holds in force, those that are due and those to be released are counted as they are`(kind: StorageKind) throws
    {
        let scene = try Scene(kind), registry = scene.registry
        for number in 1...5 {
            var order = Scene.order(.study("1.\(number)"))
            order.review = number <= 3 ? Scene.later(Int64(number) * 10) : nil
            _ = try registry.place(order, by: Scene.ada, at: Scene.start)
        }
        #expect(try registry.holdCounts(at: Scene.later(9)) == (5, 0))
        #expect(try registry.holdCounts(at: Scene.later(20)) == (5, 2))
        _ = try registry.review(hold: 1, reason: "r", next: nil, by: Scene.ada, at: Scene.start)
        _ = try registry.review(hold: 4, reason: "r", next: Scene.later(5), by: Scene.ada, at: Scene.start)
        #expect(try registry.holdCounts(at: Scene.later(20)) == (5, 2))
        try scene.release(try #require(try registry.hold(2)))
        #expect(try registry.holdCounts(at: Scene.later(20)) == (4, 1))
        _ = try registry.requestRelease(ofHold: 5, reason: "r", by: Scene.ben, at: Scene.start)
        _ = try registry.requestRelease(ofHold: 3, reason: "r", by: Scene.ben, at: Scene.start)
        #expect(try registry.holdsToRelease(limit: 10).map(\.id) == [3, 5])
        #expect(try registry.holdsToRelease(limit: 1).map(\.id) == [3])
        #expect(try registry.holdsToRelease(after: 3, limit: 1).map(\.id) == [5])
        _ = try registry.declineRelease(ofHold: 3, reason: "r", by: Scene.cy, at: Scene.start)
        #expect(try registry.holdsToRelease(limit: 10).map(\.id) == [5])
    }

    @Test(arguments: StorageKind.allCases)
    func `grants that run or wait for a review are found among any number of old ones`(kind: StorageKind) throws {
        let scene = try Scene(kind), registry = scene.registry
        for number in 1...6 {
            _ = try registry.breakGlass(
                GrantOrder(
                    scope: .study("1.\(number)"), proof: "p", reason: "r", until: Scene.later(Int64(number) * 10)),
                by: Scene.ada, at: Scene.start)
        }
        for number: Int64 in [1, 2, 6] {
            _ = try registry.review(grant: number, isJustified: true, remark: "r", by: Scene.ben, at: Scene.later(15))
        }
        _ = try registry.end(grant: 5, reason: "r", by: Scene.ben, at: Scene.later(16))
        // 2 and 6 were reviewed and run; 3 and 4 run; 5 has ended, and waits.
        let now = Scene.later(17)
        #expect(try registry.grantsWaiting(at: now, limit: 10).map(\.id) == [2, 3, 4, 5, 6])
        #expect(try registry.grantsWaiting(after: 3, at: now, limit: 2).map(\.id) == [4, 5])
        #expect(try registry.grantCounts(at: now) == (4, 1))
        #expect(try registry.grantCounts(at: Scene.later(99)) == (0, 3))
        #expect(try registry.check().findings == [])
    }

    @Test(arguments: StorageKind.allCases)
    func `who granted a look stands as a value, and neither of both reviews it`(kind: StorageKind) throws {
        let scene = try Scene(kind), registry = scene.registry
        func order(by person: Person?) -> GrantOrder {
            GrantOrder(
                scope: .study("1.2"), proof: "p", reason: "r [granted by Cy]", until: Scene.later(60), grantedBy: person
            )
        }
        expect(.anotherPerson) {
            try registry.breakGlass(order(by: Scene.person("ADA")), by: Scene.ada, at: Scene.start)
        }
        let grant = try registry.breakGlass(order(by: Scene.ben), by: Scene.ada, at: Scene.start)
        #expect(try registry.grant(grant.id)?.grantedBy == Scene.ben)
        #expect(try scene.lastLeaf().facts.contains { $0.name == "granted-by" && $0.value == "Ben" })
        for person in [Scene.ada, Scene.person("ben")] {
            expect(.anotherPerson) {
                try registry.review(grant: grant.id, isJustified: true, remark: "r", by: person, at: Scene.start)
            }
        }
        // What the asker wrote makes nobody the one who granted it.
        _ = try registry.review(grant: grant.id, isJustified: true, remark: "r", by: Scene.cy, at: Scene.start)
        #expect(try registry.check().findings == [])
    }

    @Test func `who granted a look, told in its reason by an earlier version, becomes a value`() throws {
        let queue = try DatabaseQueue(), migrator = SQLiteMigrations.all
        try migrator.migrate(queue, upTo: "6 what cannot be read, by attribute")
        let reasons = [
            ("console vera", "r [granted by rita]", "rita"),
            ("console vera", "x [granted by max] [granted by Ana [b]]", "Ana [b]"),
            ("oidc 7", "r [granted by rita]", nil), ("console vera", "r", nil),
        ]
        try queue.write { database in
            try database.execute(sql: "INSERT INTO leaves VALUES (0, x'00')")
            for (place, (proof, reason, _)) in reasons.enumerated() {
                try database.execute(
                    sql: """
                        INSERT INTO grants (id, scope, scope_value, person, proof, reason, started, until, leaf)
                        VALUES (?, 'study', '1', 'vera', ?, ?, 1, 2, 0)
                        """, arguments: [place + 1, proof, reason])
            }
            try database.execute(sql: "INSERT INTO grant_reviews VALUES (2, 0, 'Ben', 1, 'r', 3, 0)")
        }
        try migrator.migrate(queue)
        try queue.read { database in
            let grants = try SQLiteTransaction(database: database).grants(after: 0, limit: .max)
            #expect(grants.map { $0.grantedBy?.name } == reasons.map { $0.2 })
            #expect(grants.map(\.reason) == reasons.map { $0.1 })
            #expect(try String.fetchAll(database, sql: "SELECT id FROM grants WHERE reviewed = 1") == ["2"])
        }
    }

    @Test(arguments: StorageKind.allCases)
    func `several labels of one act are given all, or none`(kind: StorageKind) throws {
        let scene = try Scene(kind), registry = scene.registry
        let given = try registry.labels(["a", "b"], on: .study("1.2"), reason: "r", by: Scene.ada, at: Scene.start)
        #expect(given.map(\.label) == ["a", "b"] && given.map(\.id) == [1, 2])
        expect(.invalid) {
            try registry.labels(["c", " "], on: .study("1.2"), reason: "r", by: Scene.ada, at: Scene.start)
        }
        #expect(try registry.labels(after: 0).map(\.label) == ["a", "b"])
        #expect(try scene.kinds() == [.labelled, .labelled])
    }

    @Test(arguments: StorageKind.allCases)
    func `what is kept back is found among so many of the newest, page after page`(kind: StorageKind) throws {
        let scene = try Scene(kind), registry = scene.registry
        for number in 1...4 {
            try registry.receive(Scene.instance("1.\(number)"), by: Scene.ada)
        }
        func decide(_ number: Int, _ audience: String, _ disposition: String) throws {
            try registry.record(
                DecisionEntry(
                    instance: Scene.instance("1.\(number)").digest, audience: audience, disposition: disposition,
                    ruleSet: "rules", revision: 1, ruleSetDigest: Scene.digest("rules"), tier: 1, explanation: "{}",
                    time: Scene.start, author: Scene.ada))
        }
        for number in 1...4 {
            try decide(number, "research", "sequester")
            try decide(number, "archive", "flag")
        }
        try decide(2, "research", "release")
        try decide(3, "archive", "sequester")
        let first = try registry.keptBack(looking: 4)
        #expect(first.found.map(\.decision.id) == [10, 7] && first.next == 7)
        let second = try registry.keptBack(before: first.next, looking: 4)
        #expect(second.found.map(\.decision.id) == [5] && second.next == 3)
        let last = try registry.keptBack(before: second.next, looking: 4)
        #expect(last.found.map(\.decision.id) == [1] && last.next == nil)
        #expect(try registry.keptBack(before: 1, looking: 4).found.isEmpty)
    }
}
