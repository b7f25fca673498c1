internal import Host
internal import Inputs
internal import Registry
internal import RuleLanguage

/// The rule set in words, for programs.
enum RuleInterface {
    static let consequence = Resource<(consequence: RuleLanguage.Audience.Consequence, unless: String?)>(
        name: "Consequence", words: "What becomes of a study.",
        members: [
            .choice("disposition", ["release", "flag", "deidentify", "sequester"], "What.") {
                $0.consequence.disposition.name
            },
            .maybeText("profile", "By which profile it is de-identified.") { $0.consequence.profile },
            .maybeText("unless", "A label that lifts it.") { $0.unless },
        ])

    static let clause = Resource<RuleLanguage.Audience.Clause>(
        name: "Clause", words: "What some labels together ask for.",
        members: [
            .texts("labels", "All of them.") { $0.labels },
            .maybe("consequence", consequence, "What becomes of the study.") { ($0.consequence, $0.unless) },
        ])

    static let audience = Resource<RuleLanguage.Audience>(
        name: "Audience", words: "For whom is decided.",
        members: [
            .text("id", "Its name.") { $0.id }, .maybeText("title", "In words.") { $0.title },
            .maybe("always", consequence, "What becomes of every study at least.") { ($0.always, nil) },
            .list("clauses", of: clause, "What labels add; the most restrictive wins.") { $0.clauses },
        ])

    struct LabelView: Sendable {
        var id: String
        var tier: Int
        var meaning: String?
    }

    static let label = Resource<LabelView>(
        name: "VocabularyLabel", words: "A label of the vocabulary.",
        members: [
            .text("id", "Its name.") { $0.id }, .number("tier", "On the ladder.") { $0.tier },
            .maybeText("meaning", "What it says.") { $0.meaning },
        ])

    static let rule = Resource<Rule>(
        name: "Rule", words: "A rule.",
        members: [
            .text("id", "Its name.") { $0.id }, .maybeText("title", "In words.") { $0.title },
            .maybeNumber("tier", "On the ladder.") { $0.tier },
            .texts("studyLabels", "What it gives to the study.") { $0.studyLabels },
            .texts("patientLabels", "What it gives to the patient.") { $0.patientLabels },
            .texts("conditions", "In words, parts indented by two blanks.") { rule in
                RulePages.lines(rule.condition, depth: 0).map { line in
                    String(repeating: "  ", count: line["depth"] as? Int ?? 0) + (line["words"] as? String ?? "")
                }
            },
            .text("place", "File and line.") {
                "\($0.location.file.split(separator: "/").last ?? ""):\($0.location.line)"
            },
        ])

    static let finding = Resource<[String: String]>(
        name: "RuleFinding", words: "What is doubtful in the rules.",
        members: [
            .text("message", "What.") { $0["message"] ?? "" }, .text("hint", "What to do.") { $0["hint"] ?? "" },
            .text("place", "File and line.") { $0["place"] ?? "" },
        ])

    static let activation = Resource<Activation>(
        name: "Activation", words: "The revision that decides.",
        members: [
            .number("revision", "Of the rule set.") { Int($0.revision) },
            .text("digest", "Of the rule set.") { $0.digest },
            .time("time", "Since when.") { $0.time }, .text("author", "Who activated it.") { $0.author.name },
        ])

    struct View: Sendable {
        var ruleSet: RuleSet
        var active: Activation?
        var findings: [[String: String]]
    }

    static let rules = Resource<View>(
        name: "RuleSet", words: "The rule set that the console explains decisions by.",
        members: [
            .text("id", "Its name.") { $0.ruleSet.id },
            .maybeNumber("revision", "Its revision.") { Int($0.ruleSet.revision) },
            .text("digest", "Its digest.") { $0.ruleSet.digest },
            .number("tier", "Up to which it runs.") { $0.ruleSet.tier },
            .maybe("active", activation, "What the registry has as active.") { $0.active },
            .list("audiences", of: audience, "For whom is decided.") {
                $0.ruleSet.audiences.values.sorted { $0.id < $1.id }
            },
            .list("labels", of: label, "The vocabulary.") { view in
                view.ruleSet.labels.values.sorted { ($0.tier, $0.id) < ($1.tier, $1.id) }.map {
                    LabelView(id: $0.id, tier: $0.tier, meaning: $0.meaning)
                }
            },
            .list("rules", of: rule, "Its rules.") { $0.ruleSet.rules },
            .list("findings", of: finding, "What `cordon check` finds.") { $0.findings },
        ])

    static let described = [
        consequence.described, clause.described, audience.described, label.described, rule.described,
        finding.described, activation.described, rules.described,
    ]

    static let routes: [ConsoleRoute] = [
        .reading(
            "/rules", .seeRules,
            Operation(
                "getRules", "rules", "The rule set in words. 404 where the console knows none.",
                answer: .json(rules.schema), covers: ["GET /rules"])
        ) { exchange in
            .json(try view(exchange))
        }
    ]

    static func view(_ exchange: Exchange) throws -> JSON {
        guard let ruleSet = exchange.console.ruleSet else { throw ConsoleProblem.notFound }
        let active = try exchange.registry.activations(ofRuleSet: ruleSet.id).last
        return rules.json(View(ruleSet: ruleSet, active: active, findings: exchange.console.findings))
    }
}
