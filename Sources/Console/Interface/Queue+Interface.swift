internal import CustodyLog
internal import Host
internal import Inputs
internal import Registry

/// What waits, for programs: the overview, and the queue.
enum QueueInterface {
    struct Entry: Sendable {
        var number: Int64
        var study: String
        var audience: String
        var causes: [String]
        var modalities: [String]
        var dates: [String]
        var instances: Int
        var time: Instant?
    }

    static let entry = Resource<Entry>(
        name: "QueueEntry", words: "A study that is kept back from an audience.",
        members: [
            .text("study", "Study Instance UID; empty for what names none.") { $0.study },
            .text("audience", "For whom.") { $0.audience },
            .texts("causes", "The labels that keep it, or why else.") { $0.causes },
            .texts("modalities", "Modality.") { $0.modalities }, .texts("dates", "Study Date.") { $0.dates },
            .number("instances", "How many instances.") { $0.instances },
            .maybeTime("time", "When it was decided.") { $0.time },
            .number("decision", "Number of the newest decision.") { Int($0.number) },
        ])

    struct Page: Sendable {
        var entries: [Entry]
        var next: Int64?
    }

    static let page = Resource<Page>(
        name: "QueuePage", words: "What the newest decisions keep back, the newest first.",
        members: [
            .list("entries", of: entry, "Entries.") { $0.entries },
            .maybeNumber("next", "Send it as `before` for older decisions; left out at the end.") { $0.next.map { Int($0) } },
        ])

    struct Overview: Sendable {
        var holds: HomePages.Holds?
        var grants: HomePages.Grants?
    }

    static let overview = Resource<Overview>(
        name: "Overview", words: "What waits for somebody. What a caller may not see is left out.",
        members: [
            .maybeNumber("holdsInForce", "Holds in force.") { $0.holds?.inForce },
            .maybeNumber("holdsDue", "Holds to be reviewed.") { $0.holds?.due },
            .maybeNumber("releasesAsked", "Releases that wait for this caller as a second person.") { $0.holds?.asked.count },
            .maybeNumber("grantsRunning", "Emergencies that run.") { $0.grants?.running },
            .maybeNumber("grantsOpen", "Emergencies to be reviewed.") { $0.grants?.open },
            .truth("cut", "Whether there may be more than was looked at.") {
                ($0.holds?.isCut ?? false) || ($0.grants?.isCut ?? false)
            },
        ])

    static let described = [entry.described, page.described, overview.described]

    static let routes: [ConsoleRoute] = [
        .reading(
            "/overview", .ownAccount,
            Operation(
                "getOverview", "queue", "What waits for somebody.", answer: .json(overview.schema), covers: ["GET /"])
        ) { exchange in
            .json(
                overview.json(
                    Overview(
                        holds: exchange.may(.seeHolds) ? try HomePages.countedHolds(exchange) : nil,
                        grants: exchange.may(.seeGrants) ? try HomePages.countedGrants(exchange) : nil)))
        },
        .reading(
            "/queue", .seeStudies,
            Operation(
                "listQueue", "queue", "What is kept back, among the newest 400 decisions, or those before a number.",
                query: [
                    .init("before", .integer(from: 1), "Only decisions with smaller numbers."),
                    .init("audience", .text(), "For this audience alone."),
                    .init("label", .text(), "Because of this label alone."),
                ], answer: .json(page.schema), covers: ["GET /queue"]), list),
    ]

    private static func list(_ exchange: Exchange) throws -> ConsoleAnswer {
        let query = exchange.request.query
        let (rows, next) = try QueuePages.rows(before: query["before"].flatMap { Int64($0) }, exchange)
        let entries = rows.filter { row in
            (query["audience"].map { $0 == row.audience } ?? true) && (query["label"].map(row.labels.contains) ?? true)
        }.sorted { ($0.number, $0.audience) > ($1.number, $1.audience) }.map { row in
            Entry(
                number: row.number, study: row.study, audience: row.audience, causes: row.causes,
                modalities: row.modalities, dates: row.dates, instances: row.count, time: row.time)
        }
        return .json(page.json(Page(entries: entries, next: next)))
    }
}
