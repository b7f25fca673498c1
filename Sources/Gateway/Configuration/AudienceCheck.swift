internal import Gatekeeper
internal import RuleLanguage

/// Holds a configuration against the rule set that it names: audiences and labels that are there, and a key where one is
/// needed.
struct AudienceCheck {
    let log: FindingLog
    let ruleSet: RuleSet

    func check(_ root: XMLElement, hasKey: Bool) {
        for element in root.children + root.children.flatMap(\.children) {
            switch element.name {
            case "peer", "to", "asker", "break-glass":
                if let audience = element.attribute("audience") {
                    check(audience, needsKey: element.name == "to" && !hasKey)
                }
            case "code":
                guard let label = element.attribute("label"), let name = label.trimmed else { continue }
                guard ruleSet.labels[name] == nil else { continue }
                error(
                    .unknownLabel, "the rule set has no label `\(name)`", at: label.place,
                    hint: Spelling.suggestion(for: name, among: ruleSet.labels.keys))
            default: continue
            }
        }
    }

    private func check(_ attribute: XMLAttribute, needsKey: Bool) {
        guard let name = attribute.trimmed else { return }
        guard let audience = ruleSet.audiences[name] else {
            return error(
                .unknownAudience, "the rule set has no audience `\(name)`", at: attribute.place,
                hint: Spelling.suggestion(for: name, among: ruleSet.audiences.keys)
                    ?? "it has \(Spelling.list(ruleSet.audiences.keys.sorted(), conjunction: "and"))")
        }
        guard needsKey, !Gate.profiles(of: audience).isEmpty else { return }
        error(
            .noKey, "the audience `\(name)` gets de-identified data, which needs a key", at: attribute.place,
            hint: "write key=\"FILE\" at `site`; `cordon key new FILE` makes one")
    }

    private func error(_ code: ConfigurationCode, _ message: String, at place: Place, hint: String?) {
        log.add(.error, code.rawValue, message, at: place, hint: hint)
    }
}
