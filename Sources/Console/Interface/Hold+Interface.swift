internal import CustodyLog
internal import Host
internal import Inputs
internal import Registry

/// Holds, for programs.
enum HoldInterface {
    struct HoldView: Sendable {
        var hold: Hold
        var time: Instant
        var showsValues: Bool
        /// Counted for one alone.
        var covers: Int?
    }

    static let review = Resource<Hold.Review>(
        name: "HoldReview", words: "Somebody asked whether a hold is still needed: it is.",
        members: [
            .text("person", "Who.") { $0.person.name }, .text("reason", "Why it stays.") { $0.reason },
            .time("time", "When.") { $0.time }, .maybeTime("next", "When to ask again.") { $0.next },
        ])

    static let hold = Resource<HoldView>(
        name: "Hold", words: "An order to preserve bytes as they are.",
        members: [
            .number("id", "Its number.") { Int($0.hold.id) }, .text("matter", "The case.") { $0.hold.matter },
            .text("custodian", "Who answers for what is held.") { $0.hold.custodian },
            .text("authority", "Who ordered it.") { $0.hold.authority },
            .text("reason", "Why.") { $0.hold.reason },
            .maybe("scope", CommonResources.scope, "What it is about.") {
                CommonResources.ScopeView(scope: $0.hold.scope, showsValues: $0.showsValues)
            },
            .text("placedBy", "Who placed it.") { $0.hold.placedBy.name },
            .time("placed", "When.") { $0.hold.placed },
            .time("start", "It is in force from then on.") { $0.hold.start },
            .maybeText("rule", "The rule that placed it.") { $0.hold.rule },
            .truth("inForce", "Whether it is in force now.") { $0.hold.isInForce(at: $0.time) },
            .maybeTime("nextReview", "When somebody should ask whether it is still needed.") {
                HoldPages.nextReview($0.hold)
            },
            .list("reviews", of: review, "In the order in which they were.") { $0.hold.reviews },
            .maybe("releaseRequest", CommonResources.wish, "The first of two wishes to release.") {
                $0.hold.releaseRequest
            },
            .maybe("release", CommonResources.wish, "The second, which released it.") { $0.hold.release },
            .maybeNumber("covers", "Instances that it covers, counted up to 300: then it may be more.") { $0.covers },
        ])

    struct Page: Sendable {
        var holds: [HoldView]
        var next: Int64?
    }

    static let page = Resource<Page>(
        name: "HoldPage", words: "Some holds, by number.",
        members: [
            .list("holds", of: hold, "Holds.") { $0.holds },
            .maybeNumber("next", "Send it as `after` for those that follow; left out at the end.") {
                $0.next.map { Int($0) }
            },
        ])

    static let described = [review.described, hold.described, page.described]

    static let routes: [ConsoleRoute] =
        [
            .reading(
                "/holds", .seeHolds,
                Operation(
                    "listHolds", "holds", "Holds by number.",
                    query: [
                        .init(
                            "state", .oneOf(["force", "asked", "all"]),
                            "`force`: those that nobody released; `asked`: of those, the ones whose release waits for a second person; `all`: released ones, too."
                        ),
                        .init("matter", .text(), "Of this matter alone."),
                        .init("after", .integer(from: 0), "Only those with greater numbers."),
                        .limit(200, usual: 50),
                    ], answer: .json(page.schema), covers: ["GET /holds", "GET /holds/new"]), list),
            .reading(
                "/holds/{hold}", .seeHolds,
                Operation("getHold", "holds", "One hold.", answer: .json(hold.schema), covers: ["GET /holds/{hold}"])
            ) { exchange in .json(try one(exchange.number("hold"), exchange)) },
            .doing(as: .named("/holds", in: HoldPages.routes), shows: .seeHolds, placing) { exchange, path in
                guard let id = path.split(separator: "/").last.flatMap({ Int64($0) }) else {
                    throw ConsoleProblem.notFound
                }
                return try one(id, exchange)
            },
        ]
        + [
            ("review", "reviewHold", "Writes down that a hold was looked at and stays.", [next]),
            ("request-release", "requestRelease", "Asks for the release of a hold: the first of two wishes.", []),
            ("approve-release", "approveRelease", "Approves the release that somebody else asked for.", []),
            ("decline-release", "declineRelease", "Declines the release that was asked for.", []),
        ].map { (step: String, id: String, words: String, more: [Operation.Field]) in
            .doing(
                as: .named("/holds/{hold}/\(step)", in: HoldPages.routes), shows: .seeHolds,
                Operation(
                    id, "holds", words, body: [CommonResources.reason] + more, answer: .json(hold.schema), covers: [])
            ) { exchange, _ in try one(exchange.number("hold"), exchange) }
        }

    private static let next = Operation.Field("next", .day, "When to ask again; never if not given.")

    private static let placing = Operation(
        "placeHold", "holds", "Places a hold.",
        body: [
            .init("about", .oneOf(["patient", "study", "instance", "query"]), "What it is about.", isRequired: true),
            .init("value", .text(), "Patient ID, UID, or the value of the attribute.", isRequired: true),
            .init("issuer", .text(), "Issuer of the Patient ID."),
            .init(
                "attribute", .oneOf(InstanceAttribute.allCases.map(\.rawValue).sorted()),
                "Of a query: the attribute that the value is of."),
            .init("matter", .text(), "The case.", isRequired: true),
            .init("custodian", .text(), "Who answers for what is held.", isRequired: true),
            .init("authority", .text(), "Who ordered it.", isRequired: true), CommonResources.reason,
            .init("start", .day, "In force from then on; at once if not given."),
            .init("review", .day, "When somebody should ask whether it is still needed."),
        ], answer: .json(hold.schema), status: 201, covers: [])

    private static func list(_ exchange: Exchange) throws -> ConsoleAnswer {
        let query = exchange.request.query
        let (holds, isMore) = try HoldPages.found(exchange, limit: query["limit"].flatMap { Int($0) } ?? 50)
        let showsValues = exchange.may(.seePatients)
        if showsValues {
            try exchange.console.record(
                .viewed, by: exchange.person().name, at: exchange.time,
                [("what", "holds"), ("count", "\(holds.count)")])
        }
        return .json(
            page.json(
                Page(
                    holds: holds.map { HoldView(hold: $0, time: exchange.time, showsValues: showsValues) },
                    next: isMore ? holds.last?.id : nil)))
    }

    private static func one(_ id: Int64, _ exchange: Exchange) throws -> JSON {
        guard let found = try exchange.registry.hold(id) else { throw ConsoleProblem.notFound }
        let showsValues = exchange.may(.seePatients)
        if showsValues {
            try exchange.console.record(
                .viewed, by: exchange.person().name, at: exchange.time, [("what", "hold"), ("holds", "\(id)")])
        }
        let covers = try HoldPages.covers(found, exchange).count
        return hold.json(
            HoldView(hold: found, time: exchange.time, showsValues: showsValues, covers: covers))
    }
}
