import CustodyLog
import Crypto
import Foundation
import GRDB
import Host
import TestSupport
import Testing

@testable import Registry

/// The file: who may read it, what damages it, what an earlier and a later version make of it, copies of it.
@Suite struct FileTests {
    private func filled() throws -> (scene: Scene, folder: String) {
        let scene = try Scene(.sqlite)
        let folder = try #require(scene.folder)
        for number in 0..<20 {
            try scene.registry.receive(
                Scene.instance("1.\(number)", study: "1.\(number % 3)", patient: "P\(number % 2)"), by: Scene.ada)
        }
        try scene.registry.record(ActTests.decision(Scene.instance("1.1", study: "1.1", patient: "P1"), key: "k"))
        let hold = try scene.place(.study("1.1"))
        _ = try scene.place(.patient(PatientIdentity(id: "P1")))
        try scene.release(hold)
        let label = try scene.registry.label("vip", on: .study("9"), reason: "r", by: Scene.ada, at: Scene.start)
        _ = try scene.registry.label("vip", on: .study("1.0"), reason: "r", by: Scene.ada, at: Scene.start)
        _ = try scene.registry.withdraw(label: label.id, reason: "r", by: Scene.ben, at: Scene.start)
        let kept = try scene.registry.retain(
            .study("1.2"), until: Scene.later(50), mode: .governance, reason: "r", by: Scene.ada, at: Scene.start)
        _ = try scene.registry.extend(
            retention: kept.id, until: Scene.later(60), reason: "r", by: Scene.ada, at: Scene.start)
        try scene.registry.change(
            list: "vip", columns: ["PatientID"], adding: [["P7"], ["P8"]], reason: "r", by: Scene.ada, at: Scene.start)
        try scene.registry.change(
            list: "vip", columns: ["PatientID"], removing: [["P7"]], reason: "r", by: Scene.ada, at: Scene.start)
        try scene.registry.activate(
            ruleSet: "r", revision: 1, digest: Scene.digest("r"), tier: 2, reason: "r", by: Scene.ada, at: Scene.start)
        return (scene, folder)
    }

    private func close(_ registry: Registry) throws {
        try (registry.storage as? SQLiteStorage)?.close()
    }

    private func path(_ folder: String) -> String { folder + "/" + Registry.fileName }

    @Test func `folder and files are for their owner alone, and an exposed file is not opened`() throws {
        let (scene, folder) = try filled()
        #expect(FileSystem.status(folder).map { $0.st_mode & 0o777 } == 0o700)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            #expect(FileSystem.status(folder + "/" + name).map { $0.st_mode & 0o777 } == 0o600, "\(name)")
        }
        try close(scene.registry)
        chmod(path(folder), 0o640)
        expect(.exposed) { try Registry.open(folder) }
        chmod(path(folder), 0o600)
        #expect(try Registry.open(folder).check().findings == [])
    }

    @Test func `it is written through to the disk, whatever opened the pool`() throws {
        let (scene, _) = try filled()
        let storage = try #require(scene.registry.storage as? SQLiteStorage)
        try storage.withPool { (pool) throws in
            try pool.writeWithoutTransaction { (database) throws in
                #expect(try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2)
                #expect(try String.fetchOne(database, sql: "PRAGMA journal_mode") == "wal")
                #expect(try Int.fetchOne(database, sql: "PRAGMA foreign_keys") == 1)
            }
        }
    }

    @Test func `a schema that has been on a disk is never changed`() throws {
        let migrator = SQLiteMigrations.all
        #expect(migrator.migrations.count == SchemaDigests.all.count, "write down the digest of the new schema")
        for (identifier, digest) in zip(migrator.migrations, SchemaDigests.all) {
            let queue = try DatabaseQueue()
            try migrator.migrate(queue, upTo: identifier)
            let schema = try queue.read {
                try String.fetchAll($0, sql: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
            }
            #expect(Scene.digest(schema.joined(separator: "\n")) == digest, "\(identifier)")
        }
    }

    @Test func `a registry of each earlier schema is brought up to date with all that it has`() throws {
        let migrator = SQLiteMigrations.all
        for identifier in migrator.migrations {
            let folder = NSTemporaryDirectory() + "registry-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let queue = try DatabaseQueue(path: path(folder))
            try migrator.migrate(queue, upTo: identifier)
            // The rows of today that an earlier schema can have.
            try queue.write { database in
                let rows = SQLiteTransaction(database: database)
                try rows.execute("INSERT INTO meta (name, value) VALUES ('a', 'b')")
                _ = try rows.append(
                    CustodyEvent(.verified, time: Scene.start, actor: "Ada", facts: [CustodyEvent.Fact("a", "b")]))
            }
            try queue.close()
            chmod(path(folder), 0o600)
            let registry = try Registry.open(folder)
            #expect(try registry.storage.read { try $0.meta("a") } == "b")
            _ = try registry.place(Scene.order(.study("1")), by: Scene.ada, at: Scene.start)
            #expect(try registry.check().findings == [])
        }
    }

    @Test(arguments: [
        "UPDATE grants SET proof = 'oidc i 8'",
        "UPDATE grants SET ended_by = 'Ada', ended_reason = 'awake', ended = 1",
        "INSERT INTO grant_reviews (grant_id, place, person, justified, remark, time, leaf) VALUES (1, 0, 'Ben', 1, 'f', 1, 0)",
        "UPDATE grants SET reviewed = 1", "UPDATE links SET reason = 'another'",
        "DELETE FROM persons WHERE key = 'ada@example.org'", "UPDATE persons SET same = key",
    ])
    func `a grant or a link that is not what the log tells is found`(change: String) throws {
        let scene = try Scene(.sqlite)
        let order = GrantOrder(
            scope: .study("1.2"), proof: "oidc i 7", reason: "unconscious", until: Scene.later(3600))
        _ = try scene.registry.breakGlass(order, by: Scene.ada, at: Scene.start)
        _ = try scene.registry.link(
            PatientIdentity(id: "A"), PatientIdentity(id: "B"), kind: .link, reason: "one person", by: Scene.ada,
            at: Scene.start)
        try scene.registry.link(Scene.ada, with: Scene.person("ada@example.org"), by: Scene.ben, at: Scene.start)
        #expect(try scene.registry.check().findings == [])
        let storage = try #require(scene.registry.storage as? SQLiteStorage)
        try storage.withPool { (pool) throws in
            try pool.write { (database) throws in try database.execute(sql: change) }
        }
        #expect(try !scene.registry.check().isSound)
    }

    @Test(arguments: [true, false])
    func `what a feed wished before it was nobody counts for nobody`(isToldAnew: Bool) throws {
        let scene = try Scene(.sqlite)
        let folder = try #require(scene.folder)
        func learn(_ number: Int, _ labels: [FeedNews.Label]) throws {
            let statement = FeedNews.Statement(
                place: "PV2-22", patients: [PatientIdentity(id: "P1")], labels: labels)
            _ = try scene.registry.learn(
                FeedNews(
                    feed: "adt", control: "\(number)", digest: Scene.digest("\(number)"), said: nil,
                    statements: [statement]), by: Scene.dora, at: Scene.start)
        }
        let held = FeedNews.Label("held", tellsOfHold: true, reason: "told by PV2-22")
        let other = FeedNews.Label("protected", tellsOfHold: true, reason: "told by PV2-22")
        try learn(1, [held, other])
        let labels = try scene.registry.labels()
        let first = try #require(labels.first { $0.label == "held" })
        let second = try #require(labels.first { $0.label == "protected" })
        // As feeds once did, and as a person does.
        _ = try scene.registry.withdraw(label: first.id, reason: "told by adt", by: Scene.dora, at: Scene.start)
        _ = try scene.registry.withdraw(label: second.id, reason: "the case is over", by: Scene.ada, at: Scene.start)
        if isToldAnew { try learn(2, [other]) }
        try close(scene.registry)
        let queue = try DatabaseQueue(path: path(folder))
        try queue.write { database in
            try database.execute(sql: "DELETE FROM grdb_migrations WHERE identifier LIKE '5 %'")
            #expect(database.changesCount == 1)
        }
        try queue.close()

        let registry = try Registry.open(folder)
        #expect(try registry.label(first.id)?.withdrawalRequest == nil)
        #expect(try registry.label(first.id)?.feedWish != nil)
        #expect(try registry.label(second.id)?.withdrawalRequest?.person == Scene.ada)
        #expect(try registry.check().findings == [])
        guard case .requested = try registry.withdraw(label: first.id, reason: "r", by: Scene.ben, at: Scene.start)
        else {
            Issue.record("one person was enough")
            return
        }
        guard case .withdrawn = try registry.withdraw(label: first.id, reason: "r", by: Scene.cy, at: Scene.start)
        else {
            Issue.record("two people were not enough")
            return
        }
        #expect(try registry.check().findings == [])
    }

    @Test func `whose attribute cannot be read is found by that attribute in a registry of before, too`() throws {
        let scene = try Scene(.sqlite)
        let folder = try #require(scene.folder)
        let hidden = Scene.instance("1.1", study: "8", patient: nil, unreadable: [.patientID])
        try scene.registry.receive([hidden], by: Scene.ada)
        try close(scene.registry)
        let queue = try DatabaseQueue(path: path(folder))
        try queue.write { database in
            try database.execute(sql: "DELETE FROM grdb_migrations WHERE identifier LIKE '6 %'")
            try database.execute(sql: "UPDATE instance_keys SET key = '?' WHERE key = '?PatientID'")
            #expect(database.changesCount == 1)
        }
        try queue.close()

        let registry = try Registry.open(folder)
        let found = try registry.storage.read { try $0.instances(.unreadable(.patientID), after: nil, limit: 9) }
        #expect(found.map(\.instance.digest) == [hidden.digest])
        #expect(try registry.check().findings == [])
    }

    @Test func `a registry of a later version is not touched`() throws {
        let (scene, folder) = try filled()
        try close(scene.registry)
        let queue = try DatabaseQueue(path: path(folder))
        try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 of the future')") }
        try queue.close()
        expect(.newer) { try Registry.open(folder) }
    }

    @Test func `a file that is damaged anywhere is an error, never a crash, and no damage is passed over`() throws {
        let (scene, folder) = try filled()
        try close(scene.registry)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path(folder)))
        var generator = SeededGenerator(seed: 9)
        var found = 0
        func look() {
            do {
                let registry = try Registry.open(folder)
                let check = try registry.check()
                if !check.isSound { found += 1 }
                // Whatever is read, nothing crashes.
                _ = try? registry.holds()
                _ = try? registry.labels()
                _ = try? registry.instances(inStudy: "1.1")
                _ = try? registry.place(Scene.order(.study("1")), by: Scene.ada, at: Scene.start)
            } catch {
                #expect(error is RegistryError, "\(type(of: error))")
                found += 1
            }
        }
        func write(_ data: Data) throws {
            for name in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path(folder) + name) }
            try data.write(to: URL(fileURLWithPath: path(folder)))
            chmod(path(folder), 0o600)
        }
        let rounds = 60
        for round in 0..<rounds {
            var data = whole
            switch round % 3 {
            case 0:
                // A page of noise.
                let page = Int.random(in: 0..<data.count / 4096, using: &generator) * 4096
                for offset in page..<page + 4096 { data[offset] = UInt8.random(in: 0...255, using: &generator) }
            case 1: data = data.prefix(Int.random(in: 1..<data.count, using: &generator))
            default:
                let page = Int.random(in: 0..<data.count / 4096, using: &generator) * 4096
                data.replaceSubrange(page..<page + 4096, with: Data(count: 4096))
            }
            try write(data)
            look()
        }
        // Free pages hold nothing; all else is found.
        #expect(found > rounds * 9 / 10, "\(found) of \(rounds)")
        try write(Data("this is not a database, and it never was one".utf8))
        expect(.damaged) { try Registry.open(folder) }
        try write(whole)
        #expect(try Registry.open(folder).check().findings == [])
    }

    /// Changes that SQLite finds nothing wrong with.
    static let tamperings = [
        "UPDATE holds SET matter = 'M-2' WHERE id = 2", "UPDATE holds SET scope_value = 'P9' WHERE id = 2",
        "UPDATE holds SET released = 1; INSERT INTO wishes VALUES ('release', 2, 'Eve', 'r', 1, 0)",
        "DELETE FROM anchors WHERE kind = 'hold' AND owner = 2",
        "DELETE FROM anchors WHERE kind = 'hold' AND owner = 2; DELETE FROM holds WHERE id = 2",
        "UPDATE retentions SET until = until - 1", "UPDATE retentions SET mode = 'compliance'",
        "UPDATE labels SET label = 'none'", "DELETE FROM withdrawals",
        "INSERT INTO withdrawals VALUES (2, 'r', 'Eve', NULL, 1, 0)",
        "UPDATE instances SET removed = NULL, StudyInstanceUID = '7'",
        "UPDATE instances SET digest = replace(digest, substr(digest, 1, 1), 'f')",
        "DELETE FROM instance_keys WHERE key = 'StudyInstanceUID=1.1'", "DELETE FROM study_patients",
        "UPDATE decisions SET disposition = 'release'", "UPDATE decisions SET explanation = '{\"a\":1}'",
        "DELETE FROM decisions", "UPDATE activations SET revision = 5", "DELETE FROM list_rows WHERE removed IS NULL",
        "UPDATE list_rows SET removed = NULL, removed_leaf = NULL",
        "DELETE FROM nodes WHERE level = 1 AND position = 0",
        "UPDATE nodes SET hash = zeroblob(32) WHERE level = 2", "INSERT INTO nodes VALUES (9, 9, zeroblob(32))",
        "UPDATE leaves SET bytes = CAST(replace(CAST(bytes AS TEXT), 'Ada', 'Eve') AS BLOB)",
        "UPDATE openings SET value = 'P5' WHERE name = 'PatientID'", "UPDATE openings SET salt = zeroblob(32)",
        "DELETE FROM openings WHERE place = 1",
    ]

    @Test(arguments: tamperings)
    func `what somebody changes behind its back is found`(_ sql: String) throws {
        let (scene, folder) = try filled()
        #expect(try scene.registry.check().findings == [])
        try close(scene.registry)
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(path: path(folder), configuration: configuration)
        try queue.write { database in
            try database.execute(sql: sql)
            #expect(database.totalChangesCount > 0, "nothing was changed")
        }
        try queue.close()
        let findings = try Registry.open(folder).check().findings
        #expect(!findings.isEmpty)
        for finding in findings { #expect(!finding.contains("P1") && !finding.contains("1.1")) }
    }

    @Test func `a backup is one state, sound, durable, and restored where nothing is lost by it`() throws {
        let (scene, folder) = try filled()
        let copy = folder + "/copy.sqlite"
        let size = try scene.registry.readLog { try $0.logSize() }
        let backup = try scene.registry.backUp(to: copy, by: Scene.ada, at: Scene.start)
        #expect(backup.logSize == size)
        #expect(FileSystem.status(copy).map { $0.st_mode & 0o777 } == 0o600)
        let bytes = try #require(try FileSystem.contents(copy))
        #expect(ContentDigest(of: bytes).hexadecimal == backup.digest)
        #expect(try FileSystem.contents(copy + ".sha256") == Array("\(backup.digest)  copy.sqlite\n".utf8))
        #expect(try scene.lastLeaf().facts.contains(CustodyEvent.Fact("digest", backup.digest)))
        expect(.conflict) { try scene.registry.backUp(to: copy, by: Scene.ada, at: Scene.start) }

        func restore(_ from: String, _ into: String) throws -> String? {
            try Registry.restore(from: from, into: into, reason: "disk died", by: Scene.ben, at: Scene.start).replaced
        }
        let other = folder + "/other"
        #expect(try restore(copy, other) == nil)
        do {
            let restored = try Registry.open(other)
            #expect(try restored.check().findings == [])
            #expect(try restored.instanceCount() == scene.registry.instanceCount())
            #expect(try restored.readLog { try $0.logSize() } == size + 1)
            // While somebody has it open, it stays.
            expect(.inUse) { try restore(copy, other) }
            try close(restored)
        }
        // It knows that it was restored, and the backup does not.
        expect(.conflict) { try restore(copy, other) }
        // A registry that is the backup's beginning gives way, and is kept.
        let early = folder + "/early"
        try FileManager.default.createDirectory(atPath: early, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: copy, toPath: path(early))
        let replaced = try #require(try restore(copy, early))
        #expect(try FileSystem.contents(replaced) != nil)
        #expect(try Registry.open(early).check().findings == [])
        // One that cannot be read may know more.
        let broken = folder + "/broken"
        try FileManager.default.createDirectory(atPath: broken, withIntermediateDirectories: true)
        try Data("noise".utf8).write(to: URL(fileURLWithPath: path(broken)))
        expect(.conflict) { try restore(copy, broken) }
        #expect(try FileSystem.contents(path(broken)) == Array("noise".utf8))
        // A backup that was changed is not one.
        var changed = bytes
        changed[bytes.count / 2] ^= 1
        try Data(changed).write(to: URL(fileURLWithPath: copy))
        expect(.damaged) { try restore(copy, folder + "/again") }
        #expect(FileSystem.status(path(folder + "/again")) == nil)
    }
}

/// SHA-256 of each schema, in order. A line is added for each migration, and none is ever changed.
enum SchemaDigests {
    static let all = [
        "81c04e777e7a258b7575c0600aad2c9dbdaffc037afa8c1a637f5e63387feb8c",
        "af485d78826e243a80d6568126c32bbfec25c67b71b6c598420e7e32a4e72f83",
        "b6ca40f7baa0e6f4c11dd29b5dd232f83b5bbc0bfb365d24bd77d54f39206e38",
        // The fourth, the fifth and the sixth change what is in the tables.
        "b6ca40f7baa0e6f4c11dd29b5dd232f83b5bbc0bfb365d24bd77d54f39206e38",
        "b6ca40f7baa0e6f4c11dd29b5dd232f83b5bbc0bfb365d24bd77d54f39206e38",
        "b6ca40f7baa0e6f4c11dd29b5dd232f83b5bbc0bfb365d24bd77d54f39206e38",
        "519afb2685a13070abc16931ccafa0ce8c28b6348c32c8c7de4e1d5d93ee6197",
    ]
}
