internal import CustodyLog
internal import Host
internal import Inputs
internal import Registry

/// Broken glass, for programs.
enum GrantInterface {
    struct GrantView: Sendable {
        var grant: Grant
        var time: Instant
        var showsValues: Bool
    }

    static let review = Resource<Grant.Review>(
        name: "GrantReview", words: "What somebody found who looked at it afterwards.",
        members: [
            .text("person", "Who.") { $0.person.name },
            .truth("justified", "Whether it was justified.") { $0.isJustified },
            .text("remark", "What they found.") { $0.remark }, .time("time", "When.") { $0.time },
        ])

    static let grant = Resource<GrantView>(
        name: "Grant", words: "Broken glass: leave for one person to look, for a time.",
        members: [
            .number("id", "Its number.") { Int($0.grant.id) }, .text("person", "Who looks.") { $0.grant.person.name },
            .maybe("scope", CommonResources.scope, "Whom or what it is about.") {
                CommonResources.ScopeView(scope: $0.grant.scope, showsValues: $0.showsValues)
            },
            .text("reason", "Why, as they gave it.") { $0.grant.reason },
            .maybeText("grantedBy", "Who granted it, where somebody was asked.") { $0.grant.grantedBy?.name },
            .maybeText("audience", "As which audience they see; left out where they see everything.") {
                $0.grant.audience
            },
            .time("started", "When it began.") { $0.grant.started },
            .time("until", "When it is over at the latest.") { $0.grant.until },
            .truth("running", "Whether it runs now.") { $0.grant.isRunning(at: $0.time) },
            .maybe("end", CommonResources.wish, "Who ended it.") { $0.grant.end },
            .list("reviews", of: review, "In the order in which they were.") { $0.grant.reviews },
        ])

    struct Page: Sendable {
        var grants: [GrantView]
        var next: Int64?
    }

    static let page = Resource<Page>(
        name: "GrantPage", words: "Some grants, by number.",
        members: [
            .list("grants", of: grant, "Grants.") { $0.grants },
            .maybeNumber("next", "Send it as `after` for those that follow; left out at the end.") {
                $0.next.map { Int($0) }
            },
        ])

    static let described = [review.described, grant.described, page.described]

    static let routes: [ConsoleRoute] =
        [
            .reading(
                "/break-glass", .seeGrants,
                Operation(
                    "listGrants", "break-glass", "Broken glass by number.",
                    query: [
                        .init("state", .oneOf(["open", "all"]), "`open`: those that run or wait for a review."),
                        .init("after", .integer(from: 0), "Only those with greater numbers."),
                        .limit(200, usual: GrantPages.pageSize),
                    ], answer: .json(page.schema), covers: ["GET /break-glass"]), list)
        ] + EmergencyInterface.routes + [
            .reading(
                "/break-glass/{grant}", .seeGrants,
                Operation(
                    "getGrant", "break-glass", "One grant.", answer: .json(grant.schema),
                    covers: ["GET /break-glass/{grant}"])
            ) { exchange in .json(try one(exchange)) },
            .doing(
                as: .named("/break-glass/{grant}/end", in: GrantPages.routes), shows: .seeGrants,
                Operation(
                    "endGrant", "break-glass", "Ends a grant before its time.", body: [CommonResources.reason],
                    answer: .json(grant.schema), covers: [])
            ) { exchange, _ in try one(exchange) },
            .doing(
                as: .named("/break-glass/{grant}/review", in: GrantPages.routes), shows: .seeGrants,
                Operation(
                    "reviewGrant", "break-glass", "Writes down whether breaking the glass was justified.",
                    body: [
                        .init("justified", .boolean, "Whether it was.", isRequired: true),
                        .init("remark", .text(), "What was found.", isRequired: true),
                    ], answer: .json(grant.schema), covers: [])
            ) { exchange, _ in try one(exchange) },
        ]

    private static func showsValues(_ exchange: Exchange) -> Bool {
        exchange.may(.reviewGrants) || exchange.may(.seePatients)
    }

    private static func list(_ exchange: Exchange) throws -> ConsoleAnswer {
        let query = exchange.request.query
        let limit = query["limit"].flatMap { Int($0) } ?? GrantPages.pageSize
        let after = query["after"].flatMap { Int64($0) } ?? 0
        let found =
            query["state"] == "all"
            ? try exchange.registry.grants(after: after, limit: limit + 1)
            : try exchange.registry.grantsWaiting(after: after, at: exchange.time, limit: limit + 1)
        let grants = found.prefix(limit)
        let showsValues = showsValues(exchange)
        if showsValues {
            try exchange.console.record(
                .viewed, by: exchange.person().name, at: exchange.time,
                [("what", "grants"), ("count", "\(grants.count)")])
        }
        return .json(
            page.json(
                Page(
                    grants: grants.map { GrantView(grant: $0, time: exchange.time, showsValues: showsValues) },
                    next: found.count > limit ? grants.last?.id : nil)))
    }

    private static func one(_ exchange: Exchange) throws -> JSON { try one(exchange.number("grant"), exchange) }

    static func one(_ id: Int64, _ exchange: Exchange) throws -> JSON {
        guard let found = try exchange.registry.grant(id) else { throw ConsoleProblem.notFound }
        let showsValues = showsValues(exchange)
        if showsValues {
            try exchange.console.record(
                .viewed, by: exchange.person().name, at: exchange.time,
                [("what", "grant"), ("grants", "\(found.id)")])
        }
        return grant.json(GrantView(grant: found, time: exchange.time, showsValues: showsValues))
    }
}
