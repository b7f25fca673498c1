internal import Host
internal import Inputs
internal import Registry

/// A look in an emergency, for programs: asked for by one, granted by another.
enum EmergencyInterface {
    static let wish = Resource<EmergencyWish>(
        name: "EmergencyWish", words: "A wish for a look in an emergency, which somebody else grants or declines.",
        members: [
            .number("id", "Its number.") { Int($0.id) }, .text("person", "Who asks.") { $0.person.name },
            .maybe("scope", CommonResources.scope, "Whom or what it is about.") {
                CommonResources.ScopeView(scope: $0.scope, showsValues: true)
            },
            .text("reason", "Why.") { $0.reason }, .number("minutes", "For how long.") { Int($0.minutes) },
            .time("time", "When it was asked for; it is over after an hour.") { $0.time },
        ])

    static let wishes = Resource<[EmergencyWish]>(
        name: "EmergencyWishList", words: "Wishes that wait.",
        members: [.list("wishes", of: wish, "The oldest first.") { $0 }])

    struct Own: Sendable {
        var waiting: [EmergencyWish]
        var running: [Grant]
        var time: Instant
    }

    static let own = Resource<Own>(
        name: "OwnEmergencies", words: "What waits and runs of whoever asks.",
        members: [
            .list("waiting", of: wish, "Wishes that wait.") { $0.waiting },
            .list("running", of: GrantInterface.grant, "Grants that run.") { own in
                own.running.map { GrantInterface.GrantView(grant: $0, time: own.time, showsValues: true) }
            },
        ])

    static let described = [wish.described, wishes.described, own.described]

    static let routes: [ConsoleRoute] = [
        .reading(
            "/break-glass/own", .askForGlass,
            Operation(
                "getOwnEmergencies", "break-glass", "What waits and runs of one's own.", answer: .json(own.schema),
                covers: ["GET /break-glass/new"])
        ) { exchange in .json(try ownView(exchange)) },
        .reading(
            "/break-glass/wishes", .grantGlass,
            Operation(
                "listWishes", "break-glass", "Wishes that wait for somebody who grants or declines them.",
                answer: .json(wishes.schema), covers: [])
        ) { exchange in .json(wishes.json(try EmergencyPages.seen(exchange))) },
        .doing(
            "/break-glass", .askForGlass, needsCode: true,
            Operation(
                "askForGlass", "break-glass", "Asks for a look at a study, or at a patient's studies.",
                body: [
                    .init("about", .oneOf(["study", "patient"]), "What it is about.", isRequired: true),
                    .init("value", .text(longest: 64), "Study Instance UID, or Patient ID.", isRequired: true),
                    .init("issuer", .text(longest: 64), "Issuer of the Patient ID; any if not given."),
                    .init("minutes", .integer(from: 15, to: 60), "15, 30 or 60.", isRequired: true),
                    .init("reason", .text(longest: 800), "What the emergency is.", isRequired: true),
                ], answer: .json(wish.schema), status: 201, covers: ["POST /break-glass"])
        ) { exchange in .json(wish.json(try EmergencyPages.asked(exchange)), status: 201) },
        granting,
        .doing(
            "/break-glass/wishes/{wish}/decline", .grantGlass,
            Operation(
                "declineWish", "break-glass", "Declines somebody else's wish.",
                body: [.init("reason", .text(longest: 800), "Why not.", isRequired: true)], answer: .json(wish.schema),
                covers: ["POST /break-glass/wishes/{wish}/decline"])
        ) { exchange in .json(wish.json(try EmergencyPages.declined(exchange))) },
    ]

    private static let granting: ConsoleRoute = {
        var route = ConsoleRoute.doing(
            "/break-glass/wishes/{wish}/grant", .grantGlass, needsCode: true,
            Operation(
                "grantWish", "break-glass", "Grants somebody else's wish.", body: [],
                answer: .json(GrantInterface.grant.schema), status: 201,
                covers: ["POST /break-glass/wishes/{wish}/grant"])
        ) { exchange in
            let id = try EmergencyPages.granted(exchange).grant.id
            do { return .json(try GrantInterface.one(id, exchange), status: 201) } catch {
                throw ConsoleProblem(500, "It was done", "What became of it cannot be shown now; ask for it.")
            }
        }
        route.shows = .seeGrants
        return route
    }()

    private static func ownView(_ exchange: Exchange) throws -> JSON {
        let (waiting, running) = try EmergencyPages.own(exchange)
        return own.json(Own(waiting: waiting, running: running, time: exchange.time))
    }
}
