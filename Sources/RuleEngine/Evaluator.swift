public import DICOMFile
public import RuleLanguage

/// Asks one instance what the rules of the site's tier want to know.
public struct Evaluator: Sendable {
    public init(_ ruleSet: RuleSet, tier: Int? = nil) {}

    public func evaluate(_ file: DICOMFile, source: Condition.Source = Condition.Source()) -> Evaluation {
        Evaluation(study: StudyKey(uid: nil, fallback: ""), patient: PatientKey(id: "", issuer: ""))
    }
}

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
}

/// What is left of the rules when one instance has been asked. Compact: a run keeps none of them longer than it takes
/// to add them to the `StudyBook`.
public struct Evaluation: Sendable {
    public var study: StudyKey
    public var patient: PatientKey
    // (rule outcomes, incoming labels, studies and patients that a DICOMDIR names)

    public init(study: StudyKey, patient: PatientKey) {
        self.study = study
        self.patient = patient
    }
}
