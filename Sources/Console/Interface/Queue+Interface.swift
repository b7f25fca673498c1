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
            .maybeNumber("next", "Send it as `before` for older decisions; left out at the end.") {
                $0.next.map { Int($0) }
            },
        ])

    struct Overview: Sendable {
        /// The first of those that nobody released; nil for those who see none.
        var holds: [Hold]?
        var grants: [Grant]?
        var person: Person
        var time: Instant

        var isCut: Bool { holds?.count == HomePages.most || grants?.count == HomePages.most }
    }

    static let overview = Resource<Overview>(
        name: "Overview", words: "What waits for somebody. What a caller may not see is left out.",
        members: [
            .maybeNumber("holdsInForce", "Holds in force.") { $0.holds?.count },
            .maybeNumber("holdsDue", "Holds to be reviewed.") { view in
                view.holds?.filter { HoldPages.nextReview($0).map { $0 <= view.time } ?? false }.count
            },
            .maybeNumber("releasesAsked", "Releases that wait for this caller as a second person.") { view in
                view.holds?.filter { hold in
                    !hold.placedBy.isSame(as: view.person)
                        && hold.releaseRequest.map { !$0.person.isSame(as: view.person) } ?? false
                }.count
            },
            .maybeNumber("grantsRunning", "Emergencies that run.") { view in
                view.grants?.filter { $0.isRunning(at: view.time) }.count
            },
            .maybeNumber("grantsOpen", "Emergencies to be reviewed.") { view in
                view.grants?.filter { $0.reviews.isEmpty && !$0.isRunning(at: view.time) }.count
            },
            .truth("cut", "Whether there may be more than was looked at.") { $0.isCut },
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
                        holds: exchange.may(.seeHolds)
                            ? try exchange.registry.holds(unreleasedOnly: true, limit: HomePages.most) : nil,
                        grants: exchange.may(.seeGrants) ? try exchange.registry.grants(limit: HomePages.most) : nil,
                        person: try exchange.person(), time: exchange.time)))
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
        let (found, next) = try exchange.registry.keptBack(
            before: query["before"].flatMap { Int64($0) }, looking: QueuePages.looked)
        let groups = Dictionary(grouping: found) {
            [$0.instance.instance.attributes[.studyInstanceUID] ?? "", $0.decision.audience]
        }
        let entries = groups.compactMap { place, decided -> Entry? in
            let explanations = decided.compactMap { RecordedExplanation($0.decision.explanation) }
            let labels = Set(explanations.compactMap { $0.clauses?.first }.flatMap { $0.labels ?? [] })
            let causes = labels.sorted() + Set(explanations.compactMap(\.reason)).sorted()
            guard query["audience"].map({ $0 == place[1] }) ?? true, query["label"].map(labels.contains) ?? true,
                let newest = decided.map(\.decision).max(by: { $0.id < $1.id })
            else { return nil }
            let attributes = decided.map(\.instance.instance.attributes)
            return Entry(
                number: newest.id, study: place[0], audience: place[1],
                causes: causes.isEmpty ? ["always, for this audience"] : causes,
                modalities: Set(attributes.compactMap { $0[.modality] }).sorted(),
                dates: Set(attributes.compactMap { $0[.studyDate] }).sorted(), instances: decided.count,
                time: newest.time)
        }
        return .json(page.json(Page(entries: entries.sorted { $0.number > $1.number }, next: next)))
    }
}
