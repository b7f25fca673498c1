extension PatientIdentity {
    /// The same ID, and issuers that are the same or not both given: then it may be the same patient.
    func mayBe(_ other: PatientIdentity) -> Bool {
        guard FoldedText.trimmed(id) == FoldedText.trimmed(other.id) else { return false }
        guard let issuer = issuer.map(FoldedText.trimmed), let others = other.issuer.map(FoldedText.trimmed),
            !issuer.isEmpty, !others.isEmpty
        else { return true }
        return issuer == others
    }
}

extension Scope {
    /// Whether it is about an instance.
    ///
    /// - Parameter patients: all whom the instance's study names, since a study is one patient's (PS3.3 A.1.2).
    func agreement(with instance: Instance, patients: [PatientIdentity]) -> Agreement {
        switch self {
        case .patient(let patient):
            if (instance.patients + patients).contains(where: patient.mayBe) { return .yes }
            if instance.unreadable.contains(.patientID) { return .unknown }
            // The ID agrees and only the issuer cannot be read.
            let isOfAnyIssuer =
                instance.unreadable.contains(.issuerOfPatientID)
                && instance.patients.contains { $0.id == FoldedText.trimmed(patient.id) }
            return isOfAnyIssuer ? .unknown : .no
        case .study(let uid): return Self.agreement(uid, .studyInstanceUID, instance)
        case .instance(let uid): return Self.agreement(uid, .sopInstanceUID, instance)
        case .query(let query): return query.agreement(with: instance)
        }
    }

    private static func agreement(_ uid: String, _ attribute: InstanceAttribute, _ instance: Instance) -> Agreement {
        if instance.values(of: attribute).contains(FoldedText.trimmed(uid)) { return .yes }
        return instance.unreadable.contains(attribute) ? .unknown : .no
    }
}
