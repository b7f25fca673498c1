/// Condition → labels.
public struct Rule: Sendable {
    public var id: String
    public var tier: Int
    public var title: String?
    public var condition: Condition
    /// Labels given to the study.
    public var studyLabels: [String]
    /// Labels given to the patient, and so to all studies of that patient.
    public var patientLabels: [String]
    /// Holds that are placed in the registry when it fires.
    public var holds: [RuleHold]
    public var location: SourceLocation

    public init(
        id: String, tier: Int, title: String?, condition: Condition, studyLabels: [String], patientLabels: [String],
        holds: [RuleHold] = [], location: SourceLocation
    ) {
        self.id = id
        self.tier = tier
        self.title = title
        self.condition = condition
        self.studyLabels = studyLabels
        self.patientLabels = patientLabels
        self.holds = holds
        self.location = location
    }
}
