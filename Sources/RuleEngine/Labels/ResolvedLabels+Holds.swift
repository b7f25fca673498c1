public import RuleLanguage

/// A hold that a rule wants placed for a study or a patient of a run.
public struct WantedHold: Sendable, Hashable {
    public var order: RuleHold
    /// The rule's id.
    public var rule: String
    /// False when all that can be said is that nobody knows: it is placed all the same, since it loses nothing.
    public var isCertain: Bool
}

extension ResolvedLabels {
    /// The holds that rules want for an instance of this study and patient, sorted by rule and matter.
    public func wantedHolds(study: StudyKey, patient: PatientKey) -> [WantedHold] {
        var found: [WantedHold] = []
        for (holder, holdsCertainly) in holders(study: number(of: study), patient: patient) {
            for cause in self[holder].causes where cause.kind.isRule {
                let rule = rules.rules[Int(cause.number)]
                for order in rule.holds {
                    let isCertain = cause.isCertain && holdsCertainly
                    if let same = found.firstIndex(where: { $0.order == order && $0.rule == rule.id }) {
                        found[same].isCertain = found[same].isCertain || isCertain
                    } else {
                        found.append(WantedHold(order: order, rule: rule.id, isCertain: isCertain))
                    }
                }
            }
        }
        return found.sorted {
            ($0.rule, $0.order.matter, $0.order.scope.rawValue) < ($1.rule, $1.order.matter, $1.order.scope.rawValue)
        }
    }
}
