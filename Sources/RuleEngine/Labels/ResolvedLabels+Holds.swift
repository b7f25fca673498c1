public import RuleLanguage

/// A hold that a rule wants placed for a study or a patient of a run.
public struct WantedHold: Sendable, Hashable {
    public enum Subject: Sendable, Hashable {
        /// By Study Instance UID.
        case study(String)
        case patient(PatientKey)
        /// The data names neither.
        case unnamed
    }

    public var hold: RuleHold
    /// The rule's id.
    public var rule: String
    public var subject: Subject
}

extension ResolvedLabels {
    /// All holds that rules of the site's tier want, where they are true and where nobody knows: a hold loses nothing.
    ///
    /// Of a study without a UID its patients are held, of a patient without an ID the study.
    public func wantedHolds() -> Set<WantedHold> {
        var found: Set<WantedHold> = []
        for (study, number) in allStudies {
            for cause in studyHoldings[number].causes where cause.kind.isRule {
                let rule = rules.rules[Int(cause.number)]
                for hold in rule.holds where (hold.scope == .study) == (cause.kind == .studyRule) {
                    for subject in subjects(study, number) {
                        found.insert(WantedHold(hold: hold, rule: rule.id, subject: subject))
                    }
                }
            }
        }
        for (patient, number) in allPatients {
            for cause in patientHoldings[number].causes where cause.kind == .patientRule {
                let rule = rules.rules[Int(cause.number)]
                for hold in rule.holds where hold.scope == .patient {
                    found.insert(WantedHold(hold: hold, rule: rule.id, subject: .patient(patient)))
                }
            }
        }
        return found
    }

    private func subjects(_ study: StudyKey, _ number: Int) -> [WantedHold.Subject] {
        if let uid = study.uid { return [.study(uid)] }
        let patients = patients(of: number)
        return patients.isEmpty ? [.unnamed] : patients.map { .patient($0) }
    }
}

/// A label that a rule gave to a patient: it is of all their studies, those that come later too.
public struct PatientLabel: Sendable, Hashable {
    public var label: String
    public var isCertain: Bool
    public var patient: PatientKey

    public init(label: String, isCertain: Bool, patient: PatientKey) {
        self.label = label
        self.isCertain = isCertain
        self.patient = patient
    }
}

extension ResolvedLabels {
    /// All labels that rules of the site's tier gave to patients who have an ID. Of labels that lift others only those that are
    /// certain: the others lift nothing.
    public func patientLabels() -> Set<PatientLabel> {
        var certain: [PatientKey: [Int: Bool]] = [:]
        for (patient, number) in allPatients where patient.isNamed {
            for cause in patientHoldings[number].causes where cause.kind == .patientRule {
                for label in rules.rules[Int(cause.number)].patientLabels {
                    certain[patient, default: [:]][label, default: false] =
                        cause.isCertain || certain[patient]?[label] ?? false
                }
            }
        }
        var found: Set<PatientLabel> = []
        for (patient, given) in certain {
            for (label, isCertain) in given where isCertain || !labels.lifting.contains(label) {
                found.insert(PatientLabel(label: labels.names[label], isCertain: isCertain, patient: patient))
            }
        }
        return found
    }
}
