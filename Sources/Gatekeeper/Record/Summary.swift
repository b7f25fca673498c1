import RuleEngine
import RuleLanguage

/// What a run did, study by study: for people, and as JSON.
public struct Summary: Sendable {
    /// Instances of one study and patient that had the same end.
    public struct Row: Sendable {
        /// Of the study, from 1, in the order of the inputs; nil for inputs of no readable study.
        public var study: Int?
        public var patientID: String?
        public var modalities: [String]
        public var count: Int
        public var disposition: String
        /// Labels and the rules that gave them, or why the data could not be handled.
        public var reasons: [String]
    }

    public struct Counts: Sendable, Hashable {
        public var released = 0
        public var flagged = 0
        public var deidentified = 0
        public var sequestered = 0
        public var refused = 0
        public var duplicates = 0
        /// Left alone, each with its record.
        public var notDICOM = 0
        /// Pipes, sockets, devices.
        public var special = 0
        /// Damaged instances of which nobody knows the study: what they say of it could not count.
        public var unknownStudies = 0
        public var studies = 0

        public var recorded: Int { released + flagged + deidentified + sequestered + refused + notDICOM }
    }

    public internal(set) var rows: [Row] = []
    public internal(set) var counts = Counts()
    /// Why inputs were refused, and how many for each reason.
    public internal(set) var refusals: [String: Int] = [:]

    init() {}
}

extension Summary {
    /// Collects rows from records, in the order of the inputs.
    struct Builder {
        private struct Key: Hashable {
            var group: Verdicts.Group?
            var result: Outcome.Result
            var reason: String?
        }

        private var summary = Summary()
        private var studies: [StudyKey: Int] = [:]
        private var rows: [Key: Int] = [:]
        let showsValues: Bool

        init(showsValues: Bool) { self.showsValues = showsValues }

        /// What records do not say.
        mutating func count(_ facts: InputFacts) {
            if facts.kind == .special { summary.counts.special += 1 }
            if facts.hasUnknownStudy { summary.counts.unknownStudies += 1 }
        }

        mutating func addSpecial(_ count: Int) { summary.counts.special += count }

        mutating func add(
            _ outcome: Outcome, _ verdict: Verdict?, _ group: Verdicts.Group?, modalities: Set<String>,
            isDuplicate: Bool
        ) {
            switch outcome.result {
            case .release: summary.counts.released += 1
            case .flag: summary.counts.flagged += 1
            case .deidentify: summary.counts.deidentified += 1
            case .sequester: summary.counts.sequestered += 1
            case .refused:
                summary.counts.refused += 1
                summary.refusals[outcome.reason ?? "", default: 0] += 1
                return
            case .ignored:
                summary.counts.notDICOM += 1
                return
            }
            if isDuplicate { summary.counts.duplicates += 1 }
            let key = Key(group: group, result: outcome.result, reason: outcome.reason.map(Self.kind))
            if let row = rows[key] {
                summary.rows[row].count += 1
                if let reason = outcome.reason, summary.rows[row].reasons.first != reason {
                    let others = "and others of the kind"
                    if summary.rows[row].reasons.last != others { summary.rows[row].reasons.append(others) }
                }
                return
            }
            rows[key] = summary.rows.count
            summary.rows.append(
                Row(
                    study: group.map { number(of: $0.study) }, patientID: showsValues ? group?.patient.id : nil,
                    modalities: modalities.sorted(), count: 1, disposition: outcome.result.rawValue,
                    reasons: Self.reasons(outcome, verdict)))
        }

        /// Reasons that differ in a place alone are one.
        private static func kind(_ reason: String) -> String {
            String(reason.prefix { $0 != ":" }.split(separator: " ").prefix(1).joined())
        }

        private mutating func number(of study: StudyKey) -> Int {
            if let number = studies[study] { return number }
            studies[study] = studies.count + 1
            summary.counts.studies = studies.count
            return studies.count
        }

        /// What could not be handled, and the labels that the clauses of the decision ask for, each with what gave it.
        private static func reasons(_ outcome: Outcome, _ verdict: Verdict?) -> [String] {
            var reasons: [String] = outcome.reason.map { [$0] } ?? []
            guard let decision = verdict?.decision else { return reasons }
            let asked = Set(decision.clauses.flatMap(\.labels))
            for label in decision.labels where asked.contains(label.label) {
                let name = label.isCertain ? label.label : "\(label.label)?"
                let lifting = decision.clauses.filter { $0.labels.contains(label.label) }.compactMap(\.liftedBy)
                let lifted = lifting.first.map { ", lifted by \($0)" } ?? ""
                reasons.append("\(name): \(label.reasons.map(words).joined(separator: ", "))\(lifted)")
            }
            return reasons
        }

        private static func words(_ reason: AssignedLabel.Reason) -> String {
            switch reason.kind {
            case .rule: "\(reason.id)\(reason.location.map { " (\(place($0)))" } ?? "")"
            case .incomingCode: "code \(reason.id) came with the data"
            case .unknownCode, .unreadableCode: "a code came with the data"
            case .unreadableIdentity: "whose it is cannot be read"
            case .registry: "the registry has it"
            case .impliedBy: "follows from \(reason.id)"
            }
        }

        private static func place(_ location: SourceLocation) -> String {
            "\(location.file.split(separator: "/").last ?? ""):\(location.line)"
        }

        func finish() -> Summary { summary }
    }
}
