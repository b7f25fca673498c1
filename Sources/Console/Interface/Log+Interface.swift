internal import CustodyLog
internal import Host
internal import Inputs
internal import Registry

/// The custody log, for programs.
enum LogInterface {
    struct Personal: Sendable {
        var name: String
        var commitment: String
        /// Nil in lists.
        var isErased: Bool?
        var value: String?
    }

    struct Entry: Sendable {
        var index: Int
        var leaf: EventLeaf
        var personal: [Personal]
    }

    static let fact = Resource<CustodyEvent.Fact>(
        name: "Fact", words: "What an entry says.",
        members: [.text("name", "Of what.") { $0.name }, .text("value", "What.") { $0.value }])

    static let personal = Resource<Personal>(
        name: "PersonalFact", words: "What may name a patient: on the log stands a commitment to it.",
        members: [
            .text("name", "Of what.") { $0.name },
            .text("commitment", "HMAC-SHA256, in hexadecimal digits.") { $0.commitment },
            .maybeTruth("erased", "Whether it was erased, for ever.") { $0.isErased },
            .maybeText("value", "What it opens to, for those who may see it.") { $0.value },
        ])

    static let entry = Resource<Entry>(
        name: "LogEntry", words: "An entry of the custody log.",
        members: [
            .number("index", "Its place, from 0.") { $0.index }, .time("time", "When.") { $0.leaf.time },
            .text("kind", "What happened.") { $0.leaf.kindName }, .text("actor", "Who did it.") { $0.leaf.actor },
            .list("facts", of: fact, "What it says.") { $0.leaf.facts },
            .list("personal", of: personal, "What may name patients.") { $0.personal },
            .text("hash", "Of its bytes in the tree, in hexadecimal digits.") { Hex.text($0.leaf.hash.bytes) },
        ])

    struct Page: Sendable {
        var size: Int
        var entries: [Entry]
        var next: Int?
    }

    static let page = Resource<Page>(
        name: "LogPage", words: "Some entries, the newest first.",
        members: [
            .number("size", "How many entries the log has.") { $0.size },
            .list("entries", of: entry, "Entries. Personal values stand with one entry alone.") { $0.entries },
            .maybeNumber("next", "Send it as `before` to go on; left out at the beginning of the log.") { $0.next },
        ])

    static let described = [fact.described, personal.described, entry.described, page.described]

    static let routes: [ConsoleRoute] = [
        .reading(
            "/log", .seeLog,
            Operation(
                "listLog", "log",
                "Entries of the custody log, the newest first. Of those that are asked for, some 2000 are looked through.",
                query: [
                    .init("kind", .oneOf(CustodyEvent.Kind.allCases.map(\.rawValue).sorted()), "Of this kind alone."),
                    .init("actor", .text(), "By this person alone."),
                    .init("before", .integer(from: 0), "Only those with smaller indices."), .limit(200, usual: 50),
                ], answer: .json(page.schema), covers: ["GET /log"]), list),
        .reading(
            "/log/{entry}", .seeLog,
            Operation("getLogEntry", "log", "One entry.", answer: .json(entry.schema), covers: ["GET /log/{entry}"]),
            show),
        file("/log/{entry}/proof", "getLogProof", "That an entry is in the log (C2SP tlog-proof).", "text/plain"),
        file("/log/{entry}/leaf", "getLogLeaf", "The bytes of an entry.", "text/plain"),
        file(
            "/log-export", "exportLog", "Up to 10 000 entries as lines of JSON, the oldest first.",
            "application/jsonl", [.init("from", .integer(from: 0), "The first index.")]),
    ]

    /// What the page gives is a file already.
    private static func file(
        _ template: String, _ id: String, _ words: String, _ type: String, _ query: [Operation.Field] = []
    ) -> ConsoleRoute {
        let page = LogPages.routes.first { $0.template == template }
        return .reading(
            template, .seeLog,
            Operation(id, "log", words, query: query, answer: .file(type), covers: ["GET \(template)"])
        ) { exchange in
            guard let page else { throw ConsoleProblem.notFound }
            return try page.handler(exchange)
        }
    }

    private static func list(_ exchange: Exchange) throws -> ConsoleAnswer {
        let query = exchange.request.query
        let (size, rows, end) = try LogPages.rows(
            kind: query["kind"], actor: query["actor"], before: query["before"].flatMap { Int($0) },
            limit: query["limit"].flatMap { Int($0) } ?? LogPages.pageSize, exchange)
        return .json(
            page.json(
                Page(
                    size: size,
                    entries: rows.map { index, leaf in
                        Entry(
                            index: index, leaf: leaf,
                            personal: leaf.commitments.map {
                                Personal(name: $0.name, commitment: Hex.text($0.hash.bytes))
                            })
                    }, next: end > 0 ? end : nil)))
    }

    private static func show(_ exchange: Exchange) throws -> ConsoleAnswer {
        let (index, leaf, openings, _) = try LogPages.found(exchange)
        let showsValues = exchange.may(.seeLogValues)
        let personal = leaf.commitments.map { commitment -> Personal in
            let value = openings.first { $0.opens(commitment) }?.value
            return Personal(
                name: commitment.name, commitment: Hex.text(commitment.hash.bytes), isErased: value == nil,
                value: showsValues ? value : nil)
        }
        return .json(entry.json(Entry(index: index, leaf: leaf, personal: personal)))
    }
}
