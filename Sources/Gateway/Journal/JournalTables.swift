internal import GRDB

/// The tables of the journal. Migrations are named and only ever added.
enum JournalTables {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            for statement in first { try database.execute(sql: statement) }
        }
        return migrator
    }

    /// Times are milliseconds since 1970. A study is its UID, or, of an instance that names none, `!` and its digest.
    private static let first = [
        // What came. The same bytes from the same peer come once.
        """
        CREATE TABLE arrivals (
            id INTEGER PRIMARY KEY, digest TEXT NOT NULL, content TEXT NOT NULL, peer TEXT NOT NULL, sop TEXT NOT NULL,
            class TEXT NOT NULL, syntax TEXT NOT NULL, study TEXT NOT NULL, size INTEGER NOT NULL, problem TEXT,
            chosen INTEGER NOT NULL DEFAULT 0, time INTEGER NOT NULL, UNIQUE (digest, peer))
        """,
        "CREATE INDEX arrivals_study ON arrivals (study)",
        "CREATE INDEX arrivals_sop ON arrivals (sop)",
        // When each study is to be decided; due is null when there is nothing to decide.
        """
        CREATE TABLE studies (
            study TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, due INTEGER,
            attempts INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID
        """,
        "CREATE INDEX studies_due ON studies (due) WHERE due IS NOT NULL",
        // What was decided last for an instance and an audience, and on what that depended.
        """
        CREATE TABLE outcomes (
            digest TEXT NOT NULL, audience TEXT NOT NULL, study TEXT NOT NULL, disposition TEXT NOT NULL, reason TEXT,
            basis TEXT NOT NULL, output TEXT, time INTEGER NOT NULL, PRIMARY KEY (digest, audience)) WITHOUT ROWID
        """,
        "CREATE INDEX outcomes_study ON outcomes (study)",
        "CREATE INDEX outcomes_disposition ON outcomes (disposition, time)",
        // What leaves, for whom, and how far it is. The same bytes under the same UID go to a destination once.
        """
        CREATE TABLE deliveries (
            id INTEGER PRIMARY KEY, destination TEXT NOT NULL, audience TEXT NOT NULL, digest TEXT NOT NULL,
            study TEXT NOT NULL, sop TEXT NOT NULL, class TEXT NOT NULL, syntax TEXT NOT NULL, sentStudy TEXT NOT NULL,
            sentSeries TEXT NOT NULL, output TEXT NOT NULL, file TEXT, size INTEGER NOT NULL, isNote INTEGER NOT NULL,
            priority INTEGER NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL,
            status TEXT, created INTEGER NOT NULL, sent INTEGER, isRecorded INTEGER NOT NULL DEFAULT 0, transactionUID TEXT,
            asked INTEGER,
            UNIQUE (destination, sop, output))
        """,
        "CREATE INDEX deliveries_queue ON deliveries (destination, state, priority, id)",
        "CREATE INDEX deliveries_digest ON deliveries (digest, audience)",
        "CREATE INDEX deliveries_study ON deliveries (study)",
        "CREATE INDEX deliveries_transaction ON deliveries (transactionUID) WHERE transactionUID IS NOT NULL",
        "CREATE INDEX deliveries_unrecorded ON deliveries (destination) WHERE sent IS NOT NULL AND isRecorded = 0",
        "CREATE INDEX deliveries_file ON deliveries (file) WHERE file IS NOT NULL",
        // Requests for commitment that were accepted and not yet answered.
        """
        CREATE TABLE commitments (
            id INTEGER PRIMARY KEY, peer TEXT NOT NULL, transactionUID TEXT NOT NULL, instances TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL, created INTEGER NOT NULL,
            UNIQUE (peer, transactionUID))
        """,
        // Whose a pseudonym is, as a keyed hash: two patients never share one.
        """
        CREATE TABLE pseudonyms (
            profile TEXT NOT NULL, pseudonym TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (profile, pseudonym))
            WITHOUT ROWID
        """,
        // Whom studies name, and what rules said of them in each study: it holds for all their studies.
        """
        CREATE TABLE studyPatients (
            study TEXT NOT NULL, patient TEXT NOT NULL, issuer TEXT NOT NULL, PRIMARY KEY (study, patient, issuer))
            WITHOUT ROWID
        """,
        "CREATE INDEX studyPatients_patient ON studyPatients (patient)",
        """
        CREATE TABLE patientLabels (
            study TEXT NOT NULL, patient TEXT NOT NULL, issuer TEXT NOT NULL, label TEXT NOT NULL, isCertain INTEGER NOT NULL,
            PRIMARY KEY (study, patient, issuer, label)) WITHOUT ROWID
        """,
        "CREATE INDEX patientLabels_patient ON patientLabels (patient)",
        // For rejection notes: patient and study as an audience got them.
        """
        CREATE TABLE templates (
            audience TEXT NOT NULL, study TEXT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (audience, study)) WITHOUT ROWID
        """,
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    ]
}
