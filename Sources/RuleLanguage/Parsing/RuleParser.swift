/// Reads rules: conditions, and the labels that they give.
struct RuleParser {
    let log: FindingLog
    let labels: [String: Label]
    let lists: ListNames
    let patterns: CompiledPatterns

    /// A rule with the places of its conditions.
    struct Parsed {
        var rule: Rule
        var places: [SourceLocation: Place]
    }

    func parse(_ declared: Declarations.Named) -> Parsed? {
        let element = declared.element
        let labelsGiven = checkTags(of: declared)
        let when = element.children(named: "when")
        guard let first = when.first else {
            log.error(
                .missingElement, "the rule `\(declared.id)` has no `when`", at: element.place,
                hint: "write <when>, one condition, </when>")
            return nil
        }
        if let second = when.dropFirst().first {
            log.error(
                .misplacedElement, "a rule has one `when`", at: second.place,
                hint: "join conditions with `all` or `any`")
        }
        let parser = ConditionParser(
            log: log, labels: labels, lists: lists, patterns: patterns, tier: declared.tier)
        guard let conditionElement = first.children.first, let condition = parser.parse(conditionElement) else {
            // The shape check has said why; nothing may pass if it has not.
            if !log.hasErrors { log.error(.invalid, "the condition is not understood", at: first.place) }
            return nil
        }
        SatisfiabilityCheck(log: log, labels: labels, places: parser.places).check(condition)
        let rule = Rule(
            id: declared.id, tier: declared.tier, title: element.attribute("title")?.value, condition: condition,
            studyLabels: labelsGiven.study, patientLabels: labelsGiven.patient, holds: holds(of: element, labelsGiven),
            location: element.location)
        return Parsed(rule: rule, places: parser.places)
    }

    /// The schema has seen to what is required.
    private func holds(of element: XMLElement, _ given: (study: [String], patient: [String])) -> [RuleHold] {
        element.children(named: "hold").compactMap { hold in
            guard let place = hold.attribute("scope"),
                let scope = place.trimmed.flatMap(RuleHold.Scope.init(rawValue:)),
                let matter = hold.attribute("matter")?.trimmed, let custodian = hold.attribute("custodian")?.trimmed,
                let reason = hold.attribute("reason")?.trimmed
            else { return nil }
            // What is held and nobody is told of would surprise who decides for an audience.
            if (scope == .study ? given.study : given.patient).isEmpty {
                log.error(
                    .holdWithoutTag, "a hold of the \(scope.rawValue) stands beside a label of the \(scope.rawValue)",
                    at: place.place, hint: "write <tag \(scope.rawValue)=\"…\"/>")
            }
            return RuleHold(
                scope: scope, matter: matter, custodian: custodian, authority: hold.attribute("authority")?.trimmed,
                reason: reason)
        }
    }

    private func checkTags(of declared: Declarations.Named) -> (study: [String], patient: [String]) {
        let tags = declared.element.children(named: "tag")
        if tags.isEmpty {
            log.error(
                .missingElement, "the rule `\(declared.id)` gives no label", at: declared.element.place,
                hint: "write <tag study=\"…\"/> or <tag patient=\"…\"/>")
        }
        for tag in tags {
            let attributes = [tag.attribute("study"), tag.attribute("patient")].compactMap { $0 }
            if attributes.isEmpty {
                log.error(
                    .missingAttribute, "`tag` needs `study` or `patient`", at: tag.place,
                    hint: "write <tag study=\"…\"/> or <tag patient=\"…\"/>")
            }
            for word in attributes.flatMap(\.words) { checkLabel(word, tier: declared.tier) }
        }
        return (
            Set(tags.flatMap { $0.names("study") }).sorted(), Set(tags.flatMap { $0.names("patient") }).sorted()
        )
    }

    private func checkLabel(_ word: XMLAttribute.Word, tier: Int) {
        guard let label = labels[word.text] else { return log.unknownLabel(word, among: labels) }
        guard label.tier > tier else { return }
        log.error(
            .labelAboveRule, "`\(label.id)` is of tier \(label.tier), and the rule of tier \(tier)", at: word.place,
            hint: "move the rule to tier \(label.tier), or give a label of tier \(tier)")
    }
}
