extension Registry {
    /// All that is known of a study, in one state of the registry.
    ///
    /// - Parameter ruleSet: whose decisions. Others may have decided the same instances since, with labels that mean nothing to
    ///   this one, or without those that it gave.
    public func record(ofStudy uid: String, ruleSet: String) throws -> StudyRecord {
        try storage.read { transaction in
            let uid = FoldedText.trimmed(uid)
            return StudyRecord(
                patients: try transaction.patients(ofStudy: uid),
                instances: try transaction.instances(.study(uid), after: nil, limit: .max),
                decisions: Dictionary(grouping: try transaction.decided(ofStudy: uid, ruleSet: ruleSet), by: \.digest),
                explanations: try transaction.explanations(ofStudy: uid, ruleSet: ruleSet))
        }
    }

    /// What is known of a study without what was decided of it.
    public func record(ofStudy uid: String) throws -> StudyRecord {
        try storage.read { transaction in
            let uid = FoldedText.trimmed(uid)
            return StudyRecord(
                patients: try transaction.patients(ofStudy: uid),
                instances: try transaction.instances(.study(uid), after: nil, limit: .max), decisions: [:],
                explanations: [])
        }
    }

    /// Explanations of a rule set's last decisions of a study's instances, each once.
    public func explanations(ofStudy uid: String, ruleSet: String) throws -> [String] {
        try storage.read { try $0.explanations(ofStudy: FoldedText.trimmed(uid), ruleSet: ruleSet) }
    }

    /// Studies that name a patient with this ID, whoever issued it.
    public func studies(ofPatientID id: String) throws -> [PatientStudy] {
        try storage.read {
            try $0.studies(ofPatientKey: FoldedText.key(id)).map { PatientStudy(study: $0.study, patient: $0.patient) }
        }
    }
}

extension PatientIdentity {
    /// Whether both are one patient: nil where it may be so and may not, as an issuer is given here and not there.
    public func isSame(as other: PatientIdentity) -> Bool? {
        switch agreement(with: other) {
        case .yes: true
        case .no: false
        case .unknown: nil
        }
    }
}
