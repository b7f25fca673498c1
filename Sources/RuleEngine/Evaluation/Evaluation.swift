/// A study by its UID; an instance without a readable one is a study of its own, named by `fallback` (unique in a run).
public struct StudyKey: Hashable, Comparable, Sendable {
    public var uid: String?
    public var fallback: String

    public init(uid: String?, fallback: String) {
        self.uid = uid
        self.fallback = fallback
    }

    public static func < (left: StudyKey, right: StudyKey) -> Bool {
        (left.uid ?? "", left.fallback) < (right.uid ?? "", right.fallback)
    }

    /// A study that has a UID is that study, whatever its fallback says.
    var normalized: StudyKey { uid == nil ? self : StudyKey(uid: uid, fallback: "") }
}

/// A patient by ID and issuer, both empty when the instance does not say.
public struct PatientKey: Hashable, Comparable, Sendable {
    public var id: String
    public var issuer: String

    public init(id: String, issuer: String) {
        self.id = id
        self.issuer = issuer
    }

    public static func < (left: PatientKey, right: PatientKey) -> Bool {
        (left.id, left.issuer) < (right.id, right.issuer)
    }

    /// Without an ID nobody can say whose the instance is, and what is said of its patient stays with its study.
    var isNamed: Bool { !id.isEmpty }
}

/// What is left of the rules when one instance has been asked. Compact: a run keeps none of them longer than it takes
/// to add them to the `StudyBook`.
public struct Evaluation: Sendable, Hashable {
    /// The caller sets `fallback` to something unique where `uid` is nil; instances of equal fallback share their labels.
    public var study: StudyKey
    public var patient: PatientKey
    /// Of each rule that has not come out false.
    var outcomes: [Outcome] = []
    /// Further Study Instance UIDs and patients that the instance names, where there should be one: what is said of it is
    /// said of all of them, and what is said of any of them holds for it.
    var otherStudies: [String] = []
    var otherPatients: [PatientKey] = []
    /// Labels that came in with (0008,001D), and those that it may have because nobody can read whose it is.
    var incoming: [IncomingCode] = []
    /// Study Instance UIDs in the records of a DICOMDIR.
    var referencedStudies: [String] = []
    /// Patient IDs in the records of a DICOMDIR.
    var referencedPatients: [PatientKey] = []

    public init(study: StudyKey, patient: PatientKey) {
        self.study = study
        self.patient = patient
    }

    /// What counts of an instance of which only the beginning could be read: all that fired, and none of it for certain,
    /// for what lies behind might deny it. An uncertain label keeps a study back as a certain one does, and lifts nothing.
    public var ofBeginning: Evaluation {
        var evaluation = self
        for index in evaluation.outcomes.indices {
            evaluation.outcomes[index].residual = .conjunction([outcomes[index].residual, .known(.unknown)])
        }
        return evaluation
    }

    /// What counts of an excerpt of something that was decided whole before, with the labels of that decision known: what the
    /// excerpt leaves open was answered then.
    ///
    /// - Parameter hasNewLabels: labels have come since. A rule that joins labels with data may then come out otherwise than it did,
    ///   and is asked again.
    public func afterDecision(hasNewLabels: Bool) -> Evaluation {
        var evaluation = self
        evaluation.outcomes.removeAll { outcome in
            if case .known(let truth) = outcome.residual { return truth != .true }
            return outcome.residual.isPartlyUnknown && !hasNewLabels
        }
        evaluation.incoming.removeAll { code in
            switch code.kind {
            case .unreadable, .unreadableIdentity: true
            case .known, .unknown, .registered: false
            }
        }
        return evaluation
    }

    struct Outcome: Sendable, Hashable {
        /// By number in `RuleTable`.
        var rule: Int
        var residual: Residual
        /// Of the part that data decided.
        var evidence: [Evidence]
    }

    /// What an item of (0008,001D) says, or what an identity that cannot be read leaves open.
    struct IncomingCode: Sendable, Hashable {
        enum Kind: Sendable, Hashable {
            case known, unknown, unreadable, unreadableIdentity
            /// Nothing that came in: the registry said it.
            case registered(RegistryKnowledge.Label.Scope, isCertain: Bool)
        }
        var kind: Kind
        /// By number in `LabelTable`: `sensitive` unless the code is known; of an unreadable identity each label that
        /// some rule gives to patients or studies.
        var label: Int
        var evidence: [Evidence]
    }
}
