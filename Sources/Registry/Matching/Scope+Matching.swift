extension PatientIdentity {
    /// The same ID and the same issuer; where an issuer is given here and not there, it may be the same patient.
    func agreement(with other: PatientIdentity) -> Agreement {
        guard FoldedText.trimmed(id) == FoldedText.trimmed(other.id) else { return .no }
        let issuer = FoldedText.trimmed(issuer ?? ""), others = FoldedText.trimmed(other.issuer ?? "")
        if issuer == others { return .yes }
        return issuer.isEmpty || others.isEmpty ? .unknown : .no
    }

    func mayBe(_ other: PatientIdentity) -> Bool { agreement(with: other) != .no }
}

extension Scope {
    /// Whether it is about an instance.
    ///
    /// - Parameter patients: all whom the instance's study names. A study is one patient's (PS3.3 A.1.2), so what is about
    ///   one of them may be about this instance.
    func agreement(with instance: Instance, patients: [PatientIdentity]) -> Agreement {
        switch self {
        case .patient(let patient):
            let own = instance.patients.map(patient.agreement(with:)).max() ?? .no
            if own == .yes { return .yes }
            if own == .unknown || patients.contains(where: patient.mayBe) { return .unknown }
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
