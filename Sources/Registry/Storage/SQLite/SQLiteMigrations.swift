internal import GRDB

/// What the file looks like, step by step. A step that has been on a disk somewhere is never changed; new ones are added.
enum SQLiteMigrations {
    static var all: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 what is remembered, held and proved") { try $0.execute(sql: first) }
        migrator.registerMigration("2 broken glass") { try $0.execute(sql: brokenGlass) }
        migrator.registerMigration("3 links between patients, and feeds") { try $0.execute(sql: second) }
        migrator.registerMigration("4 instances that cannot be read whole") { try $0.execute(sql: unreadable) }
        migrator.registerMigration("5 wishes of feeds, which are nobody's") { try $0.execute(sql: feedWishes) }
        migrator.registerMigration("6 what cannot be read, by attribute") { try $0.execute(sql: unreadableAttributes) }
        migrator.registerMigration("7 what waits for people, counted at once", migrate: waiting)
        return migrator
    }

    private static let brokenGlass = """
        CREATE TABLE grants (
            id INTEGER PRIMARY KEY, scope TEXT NOT NULL, scope_value TEXT NOT NULL, scope_issuer TEXT,
            person TEXT NOT NULL, proof TEXT NOT NULL, reason TEXT NOT NULL, started INTEGER NOT NULL,
            until INTEGER NOT NULL, audience TEXT, ended_by TEXT, ended_reason TEXT, ended INTEGER,
            ended_leaf INTEGER REFERENCES leaves, leaf INTEGER NOT NULL REFERENCES leaves) STRICT;
        CREATE INDEX grants_open ON grants (id) WHERE ended IS NULL;
        CREATE TABLE grant_reviews (
            grant_id INTEGER NOT NULL REFERENCES grants, place INTEGER NOT NULL, person TEXT NOT NULL,
            justified INTEGER NOT NULL CHECK (justified IN (0, 1)), remark TEXT NOT NULL, time INTEGER NOT NULL,
            leaf INTEGER NOT NULL REFERENCES leaves,
            PRIMARY KEY (grant_id, place)) STRICT, WITHOUT ROWID;
        """

    /// Times are milliseconds since 1970. `leaf` is the index of the leaf of the custody log that tells of a record.
    private static let first = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE numbers (kind TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;

        CREATE TABLE leaves (
            position INTEGER PRIMARY KEY CHECK (position >= 0), bytes BLOB NOT NULL) STRICT;
        CREATE TABLE nodes (
            level INTEGER NOT NULL CHECK (level > 0), position INTEGER NOT NULL,
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            PRIMARY KEY (level, position)) STRICT, WITHOUT ROWID;
        CREATE TABLE openings (
            leaf INTEGER NOT NULL REFERENCES leaves, place INTEGER NOT NULL, name TEXT NOT NULL,
            value TEXT NOT NULL, salt BLOB NOT NULL,
            PRIMARY KEY (leaf, place)) STRICT, WITHOUT ROWID;
        CREATE TABLE subjects (
            subject TEXT NOT NULL, leaf INTEGER NOT NULL REFERENCES leaves,
            PRIMARY KEY (subject, leaf)) STRICT, WITHOUT ROWID;

        CREATE TABLE instances (
            id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, received INTEGER NOT NULL,
            source TEXT NOT NULL, leaf INTEGER NOT NULL REFERENCES leaves,
            removed INTEGER, removed_leaf INTEGER REFERENCES leaves, unreadable TEXT NOT NULL,
            PatientID TEXT, IssuerOfPatientID TEXT, PatientName TEXT, PatientBirthDate TEXT, StudyInstanceUID TEXT,
            SeriesInstanceUID TEXT, SOPInstanceUID TEXT, SOPClassUID TEXT, AccessionNumber TEXT, StudyDate TEXT,
            StudyDescription TEXT, Modality TEXT, BodyPartExamined TEXT, InstitutionName TEXT,
            ReferringPhysicianName TEXT, StationName TEXT) STRICT;
        CREATE TABLE instance_keys (
            key TEXT NOT NULL, instance INTEGER NOT NULL REFERENCES instances,
            PRIMARY KEY (key, instance)) STRICT, WITHOUT ROWID;
        CREATE INDEX instance_keys_instance ON instance_keys (instance);
        CREATE TABLE study_patients (
            study TEXT NOT NULL, patient TEXT NOT NULL, issuer TEXT NOT NULL, patient_key TEXT NOT NULL,
            PRIMARY KEY (study, patient, issuer)) STRICT, WITHOUT ROWID;
        CREATE INDEX study_patients_patient ON study_patients (patient_key, study);

        CREATE TABLE anchors (
            kind TEXT NOT NULL, anchor TEXT NOT NULL, owner INTEGER NOT NULL,
            PRIMARY KEY (kind, anchor, owner)) STRICT, WITHOUT ROWID;
        CREATE INDEX anchors_owner ON anchors (kind, owner);

        CREATE TABLE labels (
            id INTEGER PRIMARY KEY, label TEXT NOT NULL, scope TEXT NOT NULL, scope_value TEXT NOT NULL,
            scope_issuer TEXT, source TEXT NOT NULL, reason TEXT NOT NULL, author TEXT NOT NULL,
            time INTEGER NOT NULL, expires INTEGER, tells_of_hold INTEGER NOT NULL CHECK (tells_of_hold IN (0, 1)),
            leaf INTEGER NOT NULL REFERENCES leaves) STRICT;
        CREATE TABLE withdrawals (
            label INTEGER PRIMARY KEY REFERENCES labels, reason TEXT NOT NULL, author TEXT NOT NULL, second TEXT,
            time INTEGER NOT NULL, leaf INTEGER NOT NULL REFERENCES leaves) STRICT;

        CREATE TABLE holds (
            id INTEGER PRIMARY KEY, matter TEXT NOT NULL, custodian TEXT NOT NULL, reason TEXT NOT NULL,
            authority TEXT NOT NULL, scope TEXT NOT NULL, scope_value TEXT NOT NULL, scope_issuer TEXT,
            placed_by TEXT NOT NULL, rule TEXT, placed INTEGER NOT NULL, start INTEGER NOT NULL, review INTEGER,
            released INTEGER NOT NULL DEFAULT 0 CHECK (released IN (0, 1)),
            leaf INTEGER NOT NULL REFERENCES leaves) STRICT;
        CREATE INDEX holds_released ON holds (released, id);
        CREATE INDEX holds_matter ON holds (matter, id);
        CREATE UNIQUE INDEX holds_rule ON holds (rule, matter, scope, scope_value, ifnull(scope_issuer, ''))
            WHERE rule IS NOT NULL;
        CREATE TABLE reviews (
            hold INTEGER NOT NULL REFERENCES holds, place INTEGER NOT NULL, person TEXT NOT NULL,
            reason TEXT NOT NULL, time INTEGER NOT NULL, next INTEGER, leaf INTEGER NOT NULL REFERENCES leaves,
            PRIMARY KEY (hold, place)) STRICT, WITHOUT ROWID;
        CREATE TABLE wishes (
            what TEXT NOT NULL, owner INTEGER NOT NULL, person TEXT NOT NULL, reason TEXT NOT NULL,
            time INTEGER NOT NULL, leaf INTEGER NOT NULL REFERENCES leaves,
            PRIMARY KEY (what, owner)) STRICT, WITHOUT ROWID;

        CREATE TABLE retentions (
            id INTEGER PRIMARY KEY, scope TEXT NOT NULL, scope_value TEXT NOT NULL, scope_issuer TEXT,
            mode TEXT NOT NULL, until INTEGER NOT NULL, author TEXT NOT NULL, reason TEXT NOT NULL,
            time INTEGER NOT NULL, leaf INTEGER NOT NULL REFERENCES leaves) STRICT;
        CREATE TABLE retention_changes (
            retention INTEGER NOT NULL REFERENCES retentions, leaf INTEGER NOT NULL REFERENCES leaves,
            before INTEGER NOT NULL, until INTEGER NOT NULL,
            PRIMARY KEY (retention, leaf)) STRICT, WITHOUT ROWID;

        CREATE TABLE lists (name TEXT PRIMARY KEY, columns TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE list_rows (
            id INTEGER PRIMARY KEY, list TEXT NOT NULL REFERENCES lists, cells TEXT NOT NULL,
            added_by TEXT NOT NULL, added_reason TEXT NOT NULL, added INTEGER NOT NULL,
            leaf INTEGER NOT NULL REFERENCES leaves,
            removed_by TEXT, removed_reason TEXT, removed INTEGER, removed_leaf INTEGER REFERENCES leaves) STRICT;
        CREATE UNIQUE INDEX list_rows_now ON list_rows (list, cells) WHERE removed IS NULL;
        CREATE INDEX list_rows_list ON list_rows (list, id);
        CREATE INDEX list_rows_leaf ON list_rows (leaf);
        CREATE INDEX list_rows_removed_leaf ON list_rows (removed_leaf) WHERE removed_leaf IS NOT NULL;

        CREATE TABLE decisions (
            id INTEGER PRIMARY KEY, instance INTEGER NOT NULL REFERENCES instances, audience TEXT NOT NULL,
            disposition TEXT NOT NULL, profile TEXT, rule_set TEXT NOT NULL, revision INTEGER NOT NULL,
            rule_set_digest TEXT NOT NULL, tier INTEGER NOT NULL, key TEXT, explanation TEXT NOT NULL, output TEXT,
            time INTEGER NOT NULL, author TEXT NOT NULL, leaf INTEGER NOT NULL REFERENCES leaves) STRICT;
        CREATE INDEX decisions_instance ON decisions (instance, id);
        CREATE TABLE keys (
            fingerprint TEXT PRIMARY KEY, destroyed_leaf INTEGER REFERENCES leaves) STRICT, WITHOUT ROWID;
        CREATE TABLE key_uses (
            key TEXT NOT NULL REFERENCES keys, study TEXT NOT NULL,
            PRIMARY KEY (key, study)) STRICT, WITHOUT ROWID;

        CREATE TABLE activations (
            id INTEGER PRIMARY KEY, rule_set TEXT NOT NULL, revision INTEGER NOT NULL, digest TEXT NOT NULL,
            tier INTEGER NOT NULL, author TEXT NOT NULL, reason TEXT NOT NULL, time INTEGER NOT NULL,
            leaf INTEGER NOT NULL REFERENCES leaves) STRICT;
        CREATE INDEX activations_rule_set ON activations (rule_set, id);
        """

    /// One key for all of which anything cannot be read.
    private static let unreadable = """
        INSERT INTO instance_keys (key, instance) SELECT '?', id FROM instances WHERE unreadable <> '';
        """

    /// The keys of `InstanceSelection.unreadable`, in the place of that one.
    private static let unreadableAttributes = """
        DELETE FROM instance_keys WHERE key >= '?' AND key < '@';
        WITH indexed (name) AS (VALUES ('PatientID'), ('StudyInstanceUID'), ('SOPInstanceUID'), ('AccessionNumber'))
        INSERT INTO instance_keys (key, instance) SELECT '?' || name, id FROM instances
        JOIN indexed ON instr(' ' || unreadable || ' ', ' ' || name || ' ') > 0;
        """

    /// Who granted a look stood once behind its reason, in words, which stay as they are on the log.
    private static func waiting(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE INDEX holds_matter_released ON holds (matter, released, id);
                CREATE INDEX holds_review ON holds (review) WHERE released = 0 AND review IS NOT NULL;
                ALTER TABLE grants ADD COLUMN granted_by TEXT;
                ALTER TABLE grants ADD COLUMN reviewed INTEGER NOT NULL DEFAULT 0 CHECK (reviewed IN (0, 1));
                UPDATE grants SET reviewed = 1 WHERE id IN (SELECT grant_id FROM grant_reviews);
                CREATE INDEX grants_running ON grants (proof) WHERE ended IS NULL;
                CREATE INDEX grants_unreviewed ON grants (id) WHERE reviewed = 0;
                CREATE TABLE persons (key TEXT PRIMARY KEY, name TEXT NOT NULL, same TEXT NOT NULL) STRICT, WITHOUT ROWID;
                CREATE INDEX persons_same ON persons (same);
                """)
        let grants = try Row.fetchAll(
            database,
            sql: "SELECT id, reason FROM grants WHERE proof LIKE 'console%' AND reason LIKE '% [granted by %]'")
        for row in grants {
            let reason: String = row["reason"]
            guard let start = reason.ranges(of: " [granted by ").last?.upperBound,
                let person = Person(String(reason[start...].dropLast()))
            else { continue }
            try database.execute(
                sql: "UPDATE grants SET granted_by = ? WHERE id = ?", arguments: [person.name, row["id"] as Int64])
        }
    }

    /// What a feed wished stood once as the first of two people's wishes. It is told by the words that feeds give as the reason; a
    /// person who gave the same words wishes once more. Where the feed has told it anew since, the first time stays.
    private static let feedWishes = """
        DELETE FROM wishes WHERE what = 'feed-withdrawal'
            AND EXISTS (SELECT 1 FROM wishes AS first JOIN labels ON labels.id = first.owner AND labels.source = 'feed'
                WHERE first.what = 'withdrawal' AND first.owner = wishes.owner
                AND first.reason = 'told by ' || substr(labels.origin, 1, instr(labels.origin, ' ') - 1));
        UPDATE wishes SET what = 'feed-withdrawal' WHERE what = 'withdrawal'
            AND EXISTS (SELECT 1 FROM labels
                WHERE labels.id = wishes.owner AND labels.source = 'feed'
                AND wishes.reason = 'told by ' || substr(labels.origin, 1, instr(labels.origin, ' ') - 1));
        """

    private static let second = """
        CREATE TABLE links (
            id INTEGER PRIMARY KEY, kind TEXT NOT NULL,
            one TEXT NOT NULL, one_issuer TEXT, one_key TEXT NOT NULL,
            other TEXT NOT NULL, other_issuer TEXT, other_key TEXT NOT NULL,
            reason TEXT NOT NULL, author TEXT NOT NULL, time INTEGER NOT NULL, leaf INTEGER NOT NULL REFERENCES leaves,
            ended_by TEXT, ended_reason TEXT, ended INTEGER, ended_leaf INTEGER REFERENCES leaves) STRICT;
        CREATE INDEX links_one ON links (one_key);
        CREATE INDEX links_other ON links (other_key);
        ALTER TABLE labels ADD COLUMN origin TEXT;
        CREATE TABLE feed_messages (
            feed TEXT NOT NULL, control TEXT NOT NULL, digest TEXT NOT NULL, time INTEGER NOT NULL,
            PRIMARY KEY (feed, control, digest)) STRICT, WITHOUT ROWID;
        CREATE TABLE feed_times (
            feed TEXT NOT NULL, place TEXT NOT NULL, patient TEXT NOT NULL, issuer TEXT NOT NULL,
            patient_key TEXT NOT NULL, said INTEGER NOT NULL,
            PRIMARY KEY (feed, place, patient, issuer)) STRICT, WITHOUT ROWID;
        CREATE INDEX feed_times_patient ON feed_times (patient_key);
        """
}
