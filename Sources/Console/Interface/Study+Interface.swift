internal import CustodyLog
internal import Host
internal import Inputs
internal import Registry
internal import RuleLanguage

/// Studies and their labels, for programs.
enum StudyInterface {
    // MARK: - Found

    struct Summary: Sendable {
        var uid: String
        var records: [RecordedInstance]
        var seesPatients: Bool

        func all(_ attribute: InstanceAttribute) -> [String] {
            Set(records.compactMap { $0.instance.attributes[attribute] }).sorted()
        }

        /// Nil for those who see no patients.
        func personal(_ attribute: InstanceAttribute) -> JSON? { seesPatients ? .strings(all(attribute)) : nil }
    }

    private static func personal(
        _ name: String, _ attribute: InstanceAttribute, _ words: String
    ) -> Resource<Summary>.Member {
        Resource<Summary>.Member(
            name: name, schema: .list(.words), words: words + " Left out for those who see no patients.",
            isOptional: true
        ) { $0.personal(attribute) }
    }

    private static let summaryMembers: [Resource<Summary>.Member] = [
        .text("uid", "Study Instance UID; empty for what names none.") { $0.uid },
        .number("instances", "How many of its instances were found.") { $0.records.count },
        .texts("modalities", "Modality.") { $0.all(.modality) }, .texts("dates", "Study Date.") { $0.all(.studyDate) },
        .maybeTime("received", "When the last of them came.") { $0.records.map(\.instance.received).max() },
        personal("patientIDs", .patientID, "Patient ID."), personal("patientNames", .patientName, "Patient's Name."),
        personal("descriptions", .studyDescription, "Study Description."),
    ]

    static let summary = Resource<Summary>(
        name: "StudySummary", words: "A study that was found.", members: summaryMembers)

    struct Found: Sendable {
        var studies: [Summary]
        var isCut: Bool
    }

    static let found = Resource<Found>(
        name: "StudyList", words: "Studies that were found.",
        members: [
            .list("studies", of: summary, "The newest first.") { $0.studies },
            .truth("cut", "Whether there are more instances than are looked at: ask for less.") { $0.isCut },
        ])

    // MARK: - One

    struct LabelView: Sendable {
        var label: LabelRecord
        var showsReason: Bool
    }

    static let label = Resource<LabelView>(
        name: "Label", words: "A label of the registry, in force.",
        members: [
            .number("id", "Its number.") { Int($0.label.id) }, .text("label", "Of the vocabulary.") { $0.label.label },
            .maybe("scope", CommonResources.scope, "What it is on.") {
                CommonResources.ScopeView(scope: $0.label.scope, showsValues: $0.showsReason)
            },
            .choice("source", LabelRecord.Source.allCases.map(\.rawValue), "What gave it.") {
                $0.label.source.rawValue
            },
            .text("author", "Who gave it.") { $0.label.author.name }, .time("time", "When.") { $0.label.time },
            .maybeTime("expires", "When it ends by itself.") { $0.label.expires },
            .truth("tellsOfHold", "Whether two people withdraw it.") { $0.label.tellsOfHold },
            .maybeText("reason", "Why; left out for those who see no patients.") {
                $0.showsReason ? $0.label.reason : nil
            },
            .maybe("withdrawalRequest", CommonResources.wish, "Who asked for its withdrawal.") {
                $0.showsReason ? $0.label.withdrawalRequest : nil
            },
        ])

    struct Decided: Sendable {
        var audience: String
        var entries: [DecisionEntry]
    }

    static let part = Resource<(disposition: String, count: Int)>(
        name: "DecisionPart", words: "How many instances have a disposition.",
        members: [
            .choice("disposition", ["sequester", "deidentify", "flag", "release"], "What becomes of them.") {
                $0.disposition
            },
            .number("instances", "How many.") { $0.count },
        ])

    static let decided = Resource<Decided>(
        name: "StudyDecision", words: "What was decided last of a study for an audience.",
        members: [
            .text("audience", "For whom.") { $0.audience },
            .list("parts", of: part, "The most restrictive first.") { decided in
                let counts = Dictionary(grouping: decided.entries, by: \.disposition)
                return ["sequester", "deidentify", "flag", "release"].compactMap { name in
                    counts[name].map { (name, $0.count) }
                }
            },
            .texts("reasons", "Why, in words.") { StudyPage.clauses($0.entries) },
            .texts("ruleSets", "By which revisions.") { decided in
                Set(decided.entries.map { "\($0.ruleSet) revision \($0.revision)" }).sorted()
            },
            .maybeTime("time", "When last.") { $0.entries.map(\.time).max() },
        ])

    struct DecidingLabel: Sendable {
        var label: String
        var tier: Int?
        var isCertain: Bool
        var reasons: [String]
    }

    static let deciding = Resource<DecidingLabel>(
        name: "DecidingLabel", words: "A label that a decision was made by.",
        members: [
            .text("label", "Of the vocabulary.") { $0.label },
            .maybeNumber("tier", "On the ladder; left out where the console knows no rules.") { $0.tier },
            .truth("certain", "Whether it was certain.") { $0.isCertain },
            .texts("reasons", "Why it was given, in words.") { $0.reasons },
        ])

    struct Way: Sendable {
        var audience: String
        var cause: String
        var label: String?
        var isGiven: Bool
    }

    static let way = Resource<Way>(
        name: "Way", words: "What would let a study go that is kept back.",
        members: [
            .text("audience", "For whom.") { $0.audience }, .text("cause", "The labels that keep it.") { $0.cause },
            .maybeText("label", "One that lifts that; left out where nothing but the end of the cause does.") {
                $0.label
            },
            .truth("given", "Whether it was given: then the study is to be decided again.") { $0.isGiven },
        ])

    static let holdReference = Resource<Hold>(
        name: "HoldReference", words: "A hold on a study.",
        members: [
            .number("id", "Its number.") { Int($0.id) }, .text("matter", "The case.") { $0.matter },
            .text("custodian", "Who answers for what is held.") { $0.custodian },
        ])

    struct Step: Sendable {
        var index: Int
        var time: Instant
        var kind: String
        var actor: String
    }

    static let step = Resource<Step>(
        name: "HistoryStep", words: "An entry of the custody log about a study.",
        members: [
            .number("index", "Of the entry.") { $0.index }, .time("time", "When.") { $0.time },
            .text("kind", "What happened.") { $0.kind }, .text("actor", "Who did it.") { $0.actor },
        ])

    struct Study: Sendable {
        var summary: Summary
        var removed: Int
        var looked: Int
        var deciding: [DecidingLabel]
        var decisions: [Decided]
        var labels: [LabelView]
        var holds: [Hold]?
        var ways: [Way]
        var history: [Step]
    }

    static let study = Resource<Study>(
        name: "Study", words: "What is known of a study, and what became of it.",
        members: summaryMembers.map { member in
            Resource<Study>.Member(
                name: member.name, schema: member.schema, words: member.words, isOptional: member.isOptional
            ) { member.value($0.summary) }
        } + [
            .number("removed", "Instances of which the bytes are not kept any more.") { $0.removed },
            .number("examined", "How many instances were looked at for what follows.") { $0.looked },
            .list("decidingLabels", of: deciding, "Labels that the last decisions were made by.") { $0.deciding },
            .list("decisions", of: decided, "The last for each audience.") { $0.decisions },
            .list("labels", of: label, "Labels of the registry.") { $0.labels },
            Resource<Study>.Member(
                name: "holds", schema: .list(holdReference.schema),
                words: "In force. Left out for those who see no holds.", isOptional: true
            ) { $0.holds.map { .array($0.map { holdReference.json($0) }) } },
            .list("ways", of: way, "What would let it go, where it is kept back.") { $0.ways },
            .list("history", of: step, "The last entries of the custody log about it, the newest first.") {
                $0.history
            },
        ])

    static let described = [
        summary.described, found.described, label.described, part.described, decided.described, deciding.described,
        way.described, holdReference.described, step.described, study.described,
    ]

    // MARK: - What may be asked

    static let routes: [ConsoleRoute] = [
        .reading(
            "/studies", .seeStudies,
            Operation(
                "findStudies", "studies",
                "Studies by UID, accession number or patient: one of them is given. Each search is on the custody log.",
                query: [
                    .init("study", .uid, "Study Instance UID."), .init("accession", .text(), "Accession Number."),
                    .init("patient", .text(), "Patient ID, for those who see patients."),
                    .init("issuer", .text(), "Issuer of Patient ID."),
                ], answer: .json(found.schema), covers: ["GET /studies"]), find),
        .reading(
            "/studies/{study}", .seeStudies,
            Operation(
                "getStudy", "studies", "One study. Each look is on the custody log.", answer: .json(study.schema),
                covers: ["GET /studies/{study}"])
        ) { exchange in .json(try one(exchange)) },
        .doing(
            as: .named("/studies/{study}/labels", in: StudyPages.routes), shows: .seeStudies,
            Operation(
                "giveLabel", "studies", "Gives a label to a study or to its patient, and answers with the study.",
                body: [
                    .init("label", .text(longest: 128), "Of the vocabulary.", isRequired: true), CommonResources.reason,
                    .init("on", .oneOf(["study", "patient"]), "What it is on; the study if not given."),
                    .init("expires", .day, "When it ends by itself."),
                    .init(
                        "tellsOfHold", .oneOf(["yes"]),
                        "Whether it says that something is held: two people withdraw it.",
                        form: "tells-of-hold"),
                ], answer: .json(study.schema), status: 201, covers: [])
        ) { exchange, _ in try one(exchange) },
        .doing(
            as: .named("/studies/{study}/labels/{label}/withdraw", in: StudyPages.routes), shows: .seeStudies,
            Operation(
                "withdrawLabel", "studies",
                "Withdraws a label, or asks for it where two must, and answers with the study.",
                body: [CommonResources.reason], answer: .json(study.schema), covers: [])
        ) { exchange, _ in try one(exchange) },
    ]

    private static func find(_ exchange: Exchange) throws -> ConsoleAnswer {
        let query = exchange.request.query, seesPatients = exchange.may(.seePatients)
        if query["patient"] != nil, !seesPatients {
            throw ConsoleProblem(403, "You may not do that", "Searching by patient is for those who may see patients.")
        }
        guard ["study", "accession", "patient"].filter({ query[$0] != nil }).count == 1,
            let scope = StudyPages.scope(query, seesPatients: seesPatients)
        else { throw ConsoleProblem.invalid("Give one of `study`, `accession` and `patient`.") }
        try exchange.console.record(
            .queried, by: exchange.person().name, at: exchange.time, [("what", "studies")],
            personal: [("query", scope.words(showsValues: true))], about: [scope])
        let records = try exchange.registry.instances(matching: scope, limit: StudyPages.most)
        let studies = Dictionary(grouping: records) { $0.instance.attributes[.studyInstanceUID] ?? "" }
            .map { Summary(uid: $0.key, records: $0.value, seesPatients: seesPatients) }
        let sorted = studies.sorted {
            ($0.all(.studyDate).last ?? "", $0.uid) > ($1.all(.studyDate).last ?? "", $1.uid)
        }
        return .json(found.json(Found(studies: sorted, isCut: records.count == StudyPages.most)))
    }

    private static func one(_ exchange: Exchange) throws -> JSON {
        let uid = exchange.values["study"] ?? ""
        let record = try exchange.study(uid)
        guard !record.instances.isEmpty else { throw ConsoleProblem.notFound }
        let sight = try exchange.sight(ofStudy: uid)
        let seesPatients = sight != nil
        try exchange.console.record(
            .viewed, by: exchange.person().name, at: exchange.time,
            [("what", "study"), ("patient", seesPatients ? "yes" : "no")] + (sight?.facts ?? []),
            personal: [("StudyInstanceUID", uid)],
            about: [.study(uid)])
        let labels = try StudyPage.labels(record, exchange)
        let decided = try StudyPage.lastDecisions(record, exchange)
        let explanations = decided.values.joined().compactMap { RecordedExplanation($0.explanation) }
        return study.json(
            Study(
                summary: Summary(uid: uid, records: record.instances, seesPatients: seesPatients),
                removed: record.instances.filter { $0.removed != nil }.count,
                looked: min(record.instances.count, StudyPage.mostInstances),
                deciding: deciding(explanations, exchange),
                decisions: decided.sorted { $0.key < $1.key }.map { Decided(audience: $0.key, entries: $0.value) },
                labels: labels.map { LabelView(label: $0, showsReason: seesPatients) },
                holds: exchange.may(.seeHolds)
                    ? try exchange.registry.holds(inForceForStudy: uid, at: exchange.time) : nil,
                ways: try ways(uid, decided, labels, exchange), history: try history(uid, exchange)))
    }

    private static func deciding(_ explanations: [RecordedExplanation], _ exchange: Exchange) -> [DecidingLabel] {
        let ruleSet = exchange.console.ruleSet
        let grouped = Dictionary(grouping: explanations.flatMap { $0.labels ?? [] }, by: \.label)
        return grouped.map { name, labels in
            let reasons = Set(labels.flatMap(\.reasons)).map { StudyPage.words($0, ruleSet) }
            return DecidingLabel(
                label: name, tier: ruleSet?.labels[name]?.tier, isCertain: labels.contains { $0.certain },
                reasons: Array(Set(reasons).sorted().prefix(20)))
        }.sorted { ($0.tier ?? 0, $0.label) < ($1.tier ?? 0, $1.label) }
    }

    private static func ways(
        _ uid: String, _ decided: [String: [DecisionEntry]], _ labels: [LabelRecord], _ exchange: Exchange
    ) throws -> [Way] {
        try StudyPage.ways(uid, decided, labels, exchange).flatMap { kept -> [Way] in
            let ways = kept["ways"] as? [[String: Any]] ?? []
            return ways.map { way in
                let label = way["lifting"] as? String ?? ""
                return Way(
                    audience: kept["audience"] as? String ?? "", cause: way["cause"] as? String ?? "",
                    label: label.isEmpty ? nil : label, isGiven: way["given"] as? Bool ?? false)
            }
        }
    }

    private static func history(_ uid: String, _ exchange: Exchange) throws -> [Step] {
        let indices = try exchange.registry.leaves(about: .study(uid), last: 100)
        let leaves = try exchange.registry.readLog { log in try indices.map { ($0, try log.leaf(at: $0)) } }
        let seen = leaves.reversed().filter { exchange.maySee($0.1.kind) }
        return seen.map { Step(index: $0, time: $1.time, kind: $1.kindName, actor: $1.actor) }
    }
}
