internal import GRDB
internal import Host

extension SQLiteTransaction {
    static let attributeColumns = InstanceAttribute.allCases.map(\.rawValue).joined(separator: ", ")

    private func record(_ row: SQLiteRow) throws -> RecordedInstance {
        var attributes: [InstanceAttribute: String] = [:]
        for attribute in InstanceAttribute.allCases {
            attributes[attribute] = try row.optionalText(attribute.rawValue)
        }
        let unreadable = try row.text("unreadable").split(separator: " ").compactMap {
            InstanceAttribute(rawValue: String($0))
        }
        return RecordedInstance(
            instance: Instance(
                digest: try row.text("digest"), size: try row.integer("size"), attributes: attributes,
                unreadable: Set(unreadable), received: try row.instant("received"), source: try row.text("source")),
            leaf: Int(try row.integer("leaf")), removed: try row.optionalInstant("removed"))
    }

    func instance(_ digest: String) throws -> RecordedInstance? {
        try row("SELECT * FROM instances WHERE digest = ?", [digest]).map(record)
    }

    func instances(_ selection: InstanceSelection, after: String?, limit: Int) throws -> [RecordedInstance] {
        let limit = Self.bounded(limit)
        guard let key = selection.key else {
            return try rows(
                "SELECT * FROM instances WHERE digest > ? ORDER BY digest LIMIT ?", [after ?? "", limit]
            ).map(record)
        }
        return try rows(
            """
            SELECT instances.* FROM instance_keys JOIN instances ON instances.id = instance_keys.instance
            WHERE instance_keys.key = ? AND instances.digest > ? ORDER BY instances.digest LIMIT ?
            """, [key, after ?? "", limit]
        ).map(record)
    }

    func instanceCount() throws -> Int {
        Int(try row("SELECT count(*) AS n FROM instances")?.integer("n") ?? 0)
    }

    func count(_ kind: NumberedKind) throws -> Int {
        let table =
            switch kind {
            case .label: "labels"
            case .hold: "holds"
            case .retention: "retentions"
            case .decision: "decisions"
            case .listRow: "list_rows"
            case .activation: "activations"
            case .grant: "grants"
            }
        return Int(try row("SELECT count(*) AS n FROM \(table)")?.integer("n") ?? 0)
    }

    func keys(ofInstance digest: String) throws -> Set<String> {
        let found = try rows(
            "SELECT key FROM instance_keys WHERE instance = (SELECT id FROM instances WHERE digest = ?)", [digest])
        return Set(try found.map { try $0.text("key") })
    }

    func patients(ofStudy study: String) throws -> [PatientIdentity] {
        try rows("SELECT patient, issuer FROM study_patients WHERE study = ? ORDER BY patient, issuer", [study]).map {
            try Self.patient($0)
        }
    }

    private static func patient(_ row: SQLiteRow) throws -> PatientIdentity {
        let issuer = try row.text("issuer")
        return PatientIdentity(id: try row.text("patient"), issuer: issuer.isEmpty ? nil : issuer)
    }

    func studies(ofPatientKey key: String) throws -> [StudyPatient] {
        try rows("SELECT * FROM study_patients WHERE patient_key = ? ORDER BY study, patient, issuer", [key]).map {
            StudyPatient(study: try $0.text("study"), patient: try Self.patient($0))
        }
    }

    func insert(_ record: RecordedInstance) throws {
        let instance = record.instance
        let columns = InstanceAttribute.allCases
        let marks = String(repeating: ", ?", count: columns.count)
        var arguments: [(any DatabaseValueConvertible)?] = [
            instance.digest, instance.size, instance.received.milliseconds, instance.source, record.leaf,
            record.removed?.milliseconds,
            Self.text(instance.unreadable),
        ]
        arguments += columns.map { instance.attributes[$0] }
        try execute(
            """
            INSERT INTO instances (digest, size, received, source, leaf, removed, unreadable, \(Self.attributeColumns))
            VALUES (?, ?, ?, ?, ?, ?, ?\(marks))
            """, StatementArguments(arguments))
        let id = database.lastInsertedRowID
        try insertKeys(of: instance, id)
        for study in Set(instance.values(of: .studyInstanceUID)) { try insertStudyPatients(of: instance, study) }
    }

    private func insertKeys(of instance: Instance, _ id: Int64) throws {
        for key in instance.indexKeys.sorted() {
            try execute("INSERT INTO instance_keys (key, instance) VALUES (?, ?)", [key, id])
        }
    }

    private func insertStudyPatients(of instance: Instance, _ study: String) throws {
        for patient in instance.patients {
            try execute(
                """
                INSERT INTO study_patients (study, patient, issuer, patient_key) VALUES (?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """, [study, patient.id, patient.issuer ?? "", FoldedText.key(patient.id)])
        }
    }

    func setRemoved(_ digest: String, at time: Instant?, leaf: Int) throws {
        try execute(
            "UPDATE instances SET removed = ?, removed_leaf = ? WHERE digest = ?",
            [time?.milliseconds, leaf, digest])
        try requireChange()
    }

    func setAttributes(
        _ attributes: [InstanceAttribute: String], unreadable: Set<InstanceAttribute>, of digest: String
    ) throws {
        guard var record = try instance(digest),
            let row = try row("SELECT id FROM instances WHERE digest = ?", [digest])
        else { throw SQLiteRow.damaged }
        let id = try row.integer("id")
        var studies = Set(record.instance.values(of: .studyInstanceUID))
        record.instance.attributes = attributes
        record.instance.unreadable = unreadable
        studies.formUnion(record.instance.values(of: .studyInstanceUID))
        let columns = InstanceAttribute.allCases.map { "\($0.rawValue) = ?" }.joined(separator: ", ")
        var arguments: [(any DatabaseValueConvertible)?] = [Self.text(unreadable)]
        arguments += InstanceAttribute.allCases.map { attributes[$0] }
        arguments.append(id)
        try execute("UPDATE instances SET unreadable = ?, \(columns) WHERE id = ?", StatementArguments(arguments))
        try execute("DELETE FROM instance_keys WHERE instance = ?", [id])
        try insertKeys(of: record.instance, id)
        for study in studies.sorted() {
            try execute("DELETE FROM study_patients WHERE study = ?", [study])
            for other in try instances(.study(study), after: nil, limit: .max) {
                try insertStudyPatients(of: other.instance, study)
            }
        }
    }

    private static func text(_ attributes: Set<InstanceAttribute>) -> String {
        attributes.map(\.rawValue).sorted().joined(separator: " ")
    }

    func requireChange() throws {
        guard database.changesCount == 1 else { throw SQLiteRow.damaged }
    }
}
