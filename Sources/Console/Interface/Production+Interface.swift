internal import Host
internal import Inputs

/// What is handed over in matters, and verified, for programs.
enum ProductionInterface {
    static let fingerprint = Resource<ProductionJob.Result.Fingerprint>(
        name: "KeyFingerprint", words: "What the other side is told by other means.",
        members: [
            .text("digest", "SHA-256 of the key.") { $0.digest }, .text("whose", "Whose key it is.") { $0.whose },
        ])

    static let answer = Resource<ProductionJob.Result.Answer>(
        name: "VerificationAnswer", words: "What was found on one of the five questions.",
        members: [
            .text("question", "Which.") { $0.question },
            .choice("word", ["PASS", "UNCONFIRMED", "ERROR", "FAIL"], "The worst that was found.") { $0.word },
            .texts("findings", "What was found; of more than 500 the first, and how many more.") { $0.findings },
        ])

    static let job = Resource<ProductionJob>(
        name: "ProductionJob", words: "A production that is made, or verified.",
        members: [
            .number("id", "Its number.") { Int($0.id) }, .text("name", "Of the folder.") { $0.name },
            .choice("task", ["export", "verification"], "What is done.") {
                $0.isVerification ? "verification" : "export"
            },
            .text("person", "Who ordered it.") { $0.person }, .time("began", "When.") { $0.began },
            .choice("state", ["waiting", "running", "done", "failed"], "How far it is.") { job in
                switch job.state {
                case .waiting: "waiting"
                case .running: "running"
                case .done: "done"
                case .failed: "failed"
                }
            },
            .maybeNumber("copied", "Originals that are copied by now.") { job in
                if case .running(let done) = job.state, !job.isVerification { done } else { nil }
            },
            .maybeNumber("expected", "Of about how many; left out where nobody counted them.") {
                $0.expected > 0 ? $0.expected : nil
            },
            .maybeText("failure", "Why it failed.") { if case .failed(let why) = $0.state { why } else { nil } },
            .texts("report", "What is in it.") { result($0)?.lines ?? [] },
            .list("fingerprints", of: fingerprint, "To be told to the other side by other means.") {
                result($0)?.fingerprints ?? []
            },
            .maybeText("verdict", "Of a verification: the worst answer.") { result($0)?.word },
            .list("answers", of: answer, "Of a verification.") { result($0)?.answers ?? [] },
        ])

    struct Desk: Sendable {
        var isConfigured: Bool
        var jobs: [ProductionJob]
        var bags: [String]
    }

    static let desk = Resource<Desk>(
        name: "Productions", words: "What is under way, and what is there.",
        members: [
            .truth("configured", "Whether this console hands anything over.") { $0.isConfigured },
            .list("jobs", of: job, "The newest first.") { $0.jobs },
            .texts("bags", "What is in the folder, by name.") { $0.bags },
        ])

    static let described = [fingerprint.described, answer.described, job.described, desk.described]

    static let routes: [ConsoleRoute] = [
        .reading(
            "/productions", .produce,
            Operation(
                "listProductions", "productions", "What is under way, and what is there.", answer: .json(desk.schema),
                covers: ["GET /productions"])
        ) { exchange in .json(view(exchange)) },
        .doing(
            as: .named("/productions", in: ProductionPages.routes),
            Operation(
                "exportMatter", "productions", "Begins to hand over what is held in a matter; ask again how far it is.",
                body: [
                    .init("matter", .text(longest: 200), "The case.", isRequired: true), CommonResources.reason,
                    .init(
                        "withoutRules", .oneOf(["yes"]), "Go on where rule sets that decided are not at hand.",
                        form: "without-rules"),
                    .init(
                        "withoutOpenings", .oneOf(["yes"]), "Keep back what the log says of people.",
                        form: "without-openings"),
                ], answer: .json(desk.schema), status: 202, covers: [])
        ) { exchange, _ in view(exchange) },
        .doing(
            as: .named("/productions/{production}/verify", in: ProductionPages.routes),
            Operation(
                "verifyProduction", "productions", "Begins to verify what is in the folder; ask again what was found.",
                body: [
                    .init(
                        "fingerprint", .text(longest: 200),
                        "Of the log's key, as somebody was told by other means; without it authorship is UNCONFIRMED.")
                ], answer: .json(desk.schema), status: 202, covers: [])
        ) { exchange, _ in view(exchange) },
    ]

    private static func result(_ job: ProductionJob) -> ProductionJob.Result? {
        if case .done(let result) = job.state { result } else { nil }
    }

    private static func view(_ exchange: Exchange) -> JSON {
        let productions = exchange.console.productions
        return desk.json(
            Desk(isConfigured: productions != nil, jobs: productions?.all ?? [], bags: productions?.bags() ?? []))
    }
}
