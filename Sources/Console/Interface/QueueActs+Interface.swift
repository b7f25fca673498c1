internal import Host
internal import Inputs
internal import Registry

/// What is decided about what is kept back, for programs: one or several at once, each by the number of its newest decision.
enum QueueActsInterface {
    static let outcome = Resource<QueueActs.Outcome>(
        name: "QueueOutcome", words: "What became, or would become, of something that is kept back.",
        members: [
            .number("decision", "By which it was picked.") { Int($0.decision) },
            .maybeText("study", "Study Instance UID; left out for what is not kept back any more.") { $0.item?.study },
            .maybeText("audience", "For whom.") { $0.item?.audience },
            .truth("done", "Whether it was done, or can be.") { $0.isDone },
            .text("words", "What was done, or why not.") { $0.words },
        ])

    static let outcomes = Resource<[QueueActs.Outcome]>(
        name: "QueueOutcomes",
        words: "What became of each. What cannot be done of several does not keep the rest from being done.",
        members: [
            .number("done", "Of how many it was done.") { $0.filter(\.isDone).count },
            .list("outcomes", of: outcome, "Each.") { $0 },
        ])

    static let described = [outcome.described, outcomes.described]

    private static let decisions = Operation.Field(
        "decisions", .list(.integer(from: 1)),
        "Numbers of the newest decisions, as the queue has them; \(QueueItem.most) at most.",
        isRequired: true, form: "pick")

    static let routes: [ConsoleRoute] = [
        act(
            "/queue/confirm", .keepStudies,
            Operation(
                "planQueueAct", "queue", "Says what would be done with each; nothing is done.",
                body: [.init("act", .oneOf(["keep", "release", "hold"]), "What.", isRequired: true), decisions],
                answer: .json(outcomes.schema), covers: ["POST /queue/confirm"])
        ) { try QueueActs.plan($0).outcomes },
        act(
            "/queue/keep", .keepStudies,
            Operation(
                "keepStudies", "queue", "Says that somebody looked, and it stays kept back.",
                body: [decisions, CommonResources.reason], answer: .json(outcomes.schema), covers: ["POST /queue/keep"]),
            QueueActs.keep),
        act(
            "/queue/release", .giveLabels, needsCode: true,
            Operation(
                "releaseStudies", "queue", "Gives the labels that lift what keeps each: all that one needs, or none.",
                body: [decisions, CommonResources.reason], answer: .json(outcomes.schema),
                covers: ["POST /queue/release"]), QueueActs.release),
        act(
            "/queue/hold", .placeHolds,
            Operation(
                "holdStudies", "queue", "Places a hold on each study, in one matter.",
                body: [
                    decisions, .init("matter", .text(), "The case.", isRequired: true),
                    .init("custodian", .text(), "Who answers for what is held.", isRequired: true),
                    .init("authority", .text(), "Who ordered it.", isRequired: true), CommonResources.reason,
                    .init("review", .day, "When somebody should ask whether it is still needed."),
                ], answer: .json(outcomes.schema), covers: ["POST /queue/hold"]), QueueActs.hold),
    ]

    private static func act(
        _ template: String, _ permission: Permission, needsCode: Bool = false, _ operation: Operation,
        _ work: @escaping @Sendable (Exchange) throws -> [QueueActs.Outcome]
    ) -> ConsoleRoute {
        var route = ConsoleRoute.doing(template, permission, needsCode: needsCode, operation) { exchange in
            .json(outcomes.json(try work(exchange)))
        }
        // Each is named by its Study Instance UID.
        route.shows = .seeStudies
        return route
    }
}
