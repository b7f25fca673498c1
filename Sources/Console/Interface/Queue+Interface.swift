internal import CustodyLog
internal import Host
internal import Inputs
internal import Registry

/// What waits, for programs: the overview, and the queue.
enum QueueInterface {
    static let entry = Resource<QueueEntry>(
        name: "QueueEntry", words: "A study that is kept back from an audience.",
        members: [
            .text("study", "Study Instance UID; empty for what names none.") { $0.study },
            .text("audience", "For whom.") { $0.audience },
            .texts("causes", "The labels that keep it, or why else.") { $0.causes },
            .texts("modalities", "Modality.") { $0.modalities.sorted() },
            .texts("dates", "Study Date.") { $0.dates.sorted() },
            .number("instances", "How many instances.") { $0.instances.count },
            .maybeTime("time", "When it was decided.") { $0.time },
            .number("decision", "Number of the newest decision: what is decided about it is told by it.") {
                Int($0.number)
            },
            .maybeText("keptBy", "Who looked at it, and said that it stays so.") { $0.kept?.person },
            .maybeTime("keptTime", "When.") { $0.kept?.time },
        ])

    struct Page: Sendable {
        var entries: [QueueEntry]
        var next: Int64?
    }

    static let page = Resource<Page>(
        name: "QueuePage", words: "What the newest decisions keep back, the newest first.",
        members: [
            .list("entries", of: entry, "Entries.") { $0.entries },
            .maybeNumber("next", "Send it as `before` for older decisions; left out at the end.") {
                $0.next.map { Int($0) }
            },
        ])

    static let overview = Resource<HomePages.Waiting>(
        name: "Overview", words: "What waits for somebody. What a caller may not see is left out.",
        members: [
            .maybeNumber("holdsInForce", "Holds in force.") { $0.holds?.inForce },
            .maybeNumber("holdsDue", "Holds to be reviewed.") { $0.holds?.due },
            .maybeNumber("releasesAsked", "Releases that wait for this caller as a second person.") {
                $0.asked?.count
            },
            .maybeNumber("grantsRunning", "Emergencies that run.") { $0.grants?.running },
            .maybeNumber("grantsOpen", "Emergencies to be reviewed.") { $0.grants?.unreviewed },
            .maybeNumber("wishes", "Wishes for a look in an emergency that this caller may grant.") { $0.wishes },
            .truth("cut", "Whether more releases may wait than were looked at.") { $0.isCut },
        ])

    static let described = [entry.described, page.described, overview.described]

    static let routes: [ConsoleRoute] =
        [
            .reading(
                "/overview", .ownAccount,
                Operation(
                    "getOverview", "queue", "What waits for somebody.", answer: .json(overview.schema),
                    covers: ["GET /"])
            ) { exchange in .json(overview.json(try HomePages.Waiting(exchange))) },
            .reading(
                "/queue", .seeStudies,
                Operation(
                    "listQueue", "queue",
                    "What is kept back, among the newest 400 decisions, or those before a number. Each look is on the custody log.",
                    query: [
                        .init("before", .integer(from: 1), "Only decisions with smaller numbers."),
                        .init("audience", .text(), "For this audience alone."),
                        .init("label", .text(), "Because of this label alone."),
                        .init("modality", .text(), "Of this modality alone."),
                        .init(
                            "state", .oneOf(["open", "kept", "all"]),
                            "`open`: to be looked at; `kept`: looked at, and it stays; `open` if not given."),
                    ], answer: .json(page.schema), covers: ["GET /queue"])
            ) { exchange in
                let listing = try QueueListing(QueueFilter(exchange.request.query), exchange)
                return .json(page.json(Page(entries: listing.wanted, next: listing.next)))
            },
        ] + QueueActsInterface.routes
}
