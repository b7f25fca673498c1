internal import GRDB
internal import Host
internal import RuleEngine

extension GatewayJournal {
    /// What rules gave in other studies to patients that have one of these IDs.
    func patientLabels(of ids: Set<String>, exceptIn study: String) throws(GatewayError) -> [PatientLabel] {
        guard !ids.isEmpty else { return [] }
        return try read { database in
            var found: [PatientLabel] = []
            for id in ids.sorted() {
                let rows = try Row.fetchAll(
                    database,
                    sql: """
                        SELECT issuer, label, MAX(isCertain) AS isCertain FROM patientLabels WHERE patient = ? AND study <> ?
                        GROUP BY issuer, label
                        """, arguments: [id, study])
                for row in rows {
                    found.append(
                        PatientLabel(
                            label: row["label"], isCertain: row["isCertain"],
                            patient: PatientKey(id: id, issuer: row["issuer"])))
                }
            }
            return found
        }
    }

    /// Other studies that name one of these patients.
    func studies(ofPatients ids: Set<String>, except study: String, limit: Int) throws(GatewayError) -> [String] {
        guard !ids.isEmpty else { return [] }
        return try read { database in
            var found: Set<String> = []
            for id in ids {
                found.formUnion(
                    try String.fetchAll(
                        database,
                        sql: "SELECT DISTINCT study FROM studyPatients WHERE patient = ? AND study <> ? LIMIT ?",
                        arguments: [id, study, limit]))
            }
            return found.sorted()
        }
    }

    /// Writes down whom a study names and what its rules gave them. When that is something else than before, the other studies
    /// of whom it concerns are to be decided anew.
    ///
    /// - Parameters:
    ///   - aliases: by Patient ID, other IDs of the same patient, whose studies it concerns too.
    ///   - isWhole: whether all that came of the study could be read. What an instance said that was removed since is not taken back
    ///     by that (P2): it stays beside what the others say.
    /// - Returns: how many studies that are.
    func setPatients(
        _ patients: Set<PatientKey>, _ labels: Set<PatientLabel>, of study: String, aliases: [String: Set<String>],
        isWhole: Bool, at now: Instant
    ) throws(GatewayError) -> Int {
        let known = try read { database in
            (
                Set(
                    try Row.fetchAll(database, sql: "SELECT * FROM studyPatients WHERE study = ?", arguments: [study])
                        .map {
                            PatientKey(id: $0["patient"], issuer: $0["issuer"])
                        }),
                Set(
                    try Row.fetchAll(database, sql: "SELECT * FROM patientLabels WHERE study = ?", arguments: [study])
                        .map {
                            PatientLabel(
                                label: $0["label"], isCertain: $0["isCertain"],
                                patient: PatientKey(id: $0["patient"], issuer: $0["issuer"]))
                        })
            )
        }
        let patients = isWhole ? patients : patients.union(known.0)
        let all = isWhole ? labels : labels.union(known.1)
        // What one says for certain and another perhaps is certain, as if both could still be read.
        let given = all.filter { label in
            label.isCertain
                || !all.contains(PatientLabel(label: label.label, isCertain: true, patient: label.patient))
        }
        guard known.0 != patients || known.1 != given else { return 0 }
        let named = Set(known.1.symmetricDifference(given).map(\.patient.id))
        let concerned = named.union(named.flatMap { aliases[$0] ?? [] })
        return try write { database in
            try database.run(sql: "DELETE FROM studyPatients WHERE study = ?", arguments: [study])
            try database.run(sql: "DELETE FROM patientLabels WHERE study = ?", arguments: [study])
            for patient in patients {
                try database.run(
                    sql: "INSERT INTO studyPatients VALUES (?, ?, ?)", arguments: [study, patient.id, patient.issuer])
            }
            for label in given {
                try database.run(
                    sql: "INSERT INTO patientLabels VALUES (?, ?, ?, ?, ?)",
                    arguments: [study, label.patient.id, label.patient.issuer, label.label, label.isCertain])
            }
            var count = 0
            for id in concerned {
                let others = try String.fetchAll(
                    database, sql: "SELECT DISTINCT study FROM studyPatients WHERE patient = ? AND study <> ?",
                    arguments: [id, study])
                for other in others { count += try Self.raise(other, at: now, database) }
            }
            return count
        }
    }

    /// Whether a pseudonym of a profile is this person's alone; nobody else can have it from now on.
    func claim(_ pseudonyms: [(pseudonym: String, person: String)], profile: String) throws(GatewayError) -> Bool {
        let isKnown = try read { database in
            try pseudonyms.map { claim in
                try String.fetchOne(
                    database, sql: "SELECT person FROM pseudonyms WHERE profile = ? AND pseudonym = ?",
                    arguments: [profile, claim.pseudonym]
                ).map { $0 == claim.person }
            }
        }
        if isKnown.allSatisfy({ $0 == true }) { return true }
        if isKnown.contains(false) { return false }
        return try write { database in
            for claim in pseudonyms {
                try database.run(
                    sql: "INSERT OR IGNORE INTO pseudonyms VALUES (?, ?, ?)",
                    arguments: [profile, claim.pseudonym, claim.person])
                let owner = try String.fetchOne(
                    database, sql: "SELECT person FROM pseudonyms WHERE profile = ? AND pseudonym = ?",
                    arguments: [profile, claim.pseudonym])
                if owner != claim.person { return false }
            }
            return true
        }
    }
}
