import Registry
import RuleEngine

/// What is shown of a study, from the least restricted on.
enum Disclosure: Int, Comparable, Sendable {
    case visible, deidentified, masked, withheld

    static func < (left: Disclosure, right: Disclosure) -> Bool { left.rawValue < right.rawValue }
}

/// What was found of a study for a clearance.
struct Verdict: Sendable {
    var disclosure: Disclosure
    /// All whose decisions count for it.
    var audiences: [String] = []
    /// By whose decision, where something is made of it; nil where it is shown as it is for a grant.
    var audience: String?
    var decision: Decision?
    /// Instances that are shown with the study, by SOP Instance UID; nil for all that are not among `refused`.
    var decided: Set<String>?
    /// Instances that could not be made safe for the audience, or that nobody could read.
    var refused: Set<String> = []
    /// Whether the archive has nothing of it that is not shown, as far as it says how much it has.
    var isWhole = true
    /// Whether it says how much it has.
    var isStated = true
    /// Everything said of the study without its bytes, for its instances to be joined with.
    var book: StudyBook?
    /// What the archive says of whom it is about, of each: text of copies and of answers made by a profile must not name them.
    var people: [Identifier] = []
    /// Whom it names, by the archive and by what was seen.
    var patients: [PatientIdentity] = []
    /// Grants that opened it.
    var grants: [Int64] = []

    static let withheld = Verdict(disclosure: .withheld)

    /// The only one.
    var person: Identifier? { people.count == 1 ? people.first : nil }

    /// Whether it is shown as a study of a patient whom an asker names: of one that is masked nobody is told whose it is.
    ///
    /// - Parameter ids: Patient IDs of the archive, with wildcards; none for whoever it is of.
    func isOf(_ ids: [String]) -> Bool {
        guard !ids.isEmpty else { return true }
        guard disclosure == .visible || disclosure == .deidentified else { return false }
        return patients.contains { patient in
            ids.contains { WildcardText.matches(patient.id, $0, one: "?") }
        }
    }

    /// Whether an instance is shown with the study.
    func shows(_ instance: String) -> Bool {
        disclosure != .withheld && !refused.contains(instance) && decided?.contains(instance) ?? true
    }
}
