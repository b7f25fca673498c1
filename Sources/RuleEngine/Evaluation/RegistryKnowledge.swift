import RuleLanguage

/// What the registry knows of an instance: holds in force, and labels that were given before. The engine asks for it in
/// this form and does not care who keeps it.
public struct RegistryKnowledge: Sendable, Hashable {
    public struct Hold: Sendable, Hashable {
        public var matter: String
        /// False when it is a patient's who may be this one: the issuer is given here and not there.
        public var isCertain: Bool

        public init(matter: String, isCertain: Bool) {
            self.matter = matter
            self.isCertain = isCertain
        }
    }

    public struct Label: Sendable, Hashable {
        public enum Scope: Sendable, Hashable { case patient, study, instance }
        /// Of the vocabulary; one that no vocabulary knows counts as `sensitive`.
        public var name: String
        public var scope: Scope
        public var isCertain: Bool
        /// The registry's number for it; 0 for one that a rule gave to the patient in another study.
        public var record: Int64

        public init(name: String, scope: Scope, isCertain: Bool, record: Int64) {
            self.name = name
            self.scope = scope
            self.isCertain = isCertain
            self.record = record
        }
    }

    public var holds: [Hold]
    public var labels: [Label]

    public init(holds: [Hold] = [], labels: [Label] = []) {
        self.holds = holds
        self.labels = labels
    }

    /// Whether a hold of the matter, or any, is in force.
    func isHeld(in matter: String?) -> Truth {
        let found = holds.filter { matter == nil || $0.matter == matter }
        if found.contains(where: \.isCertain) { return .true }
        return found.isEmpty ? .false : .unknown
    }

    /// Its labels as the book takes them.
    func codes(_ table: LabelTable) -> [Evaluation.IncomingCode] {
        labels.map { label in
            let number = table.number(label.name) ?? table.sensitive
            let location = table.locations[number] ?? SourceLocation(file: "registry", line: 1, column: 1)
            let problem = label.isCertain ? nil : "of a patient who may be this one"
            return Evaluation.IncomingCode(
                kind: .registered(label.scope, isCertain: label.isCertain), label: number,
                evidence: [
                    Evidence(
                        attribute: label.record == 0
                            ? "another study of the patient" : "registry label \(label.record)",
                        location: location, problem: problem)
                ])
        }
    }
}
