import ArgumentParser
import Gateway
import Host
import Inputs

/// `cordon gateway queue`: what waits to be sent, and dead letters. Nothing is ever dropped from it: what is not to be sent is for
/// rules to say.
struct QueueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue",
        abstract: "Lists what waits to be sent, and releases dead letters.",
        discussion: """
            An object that its receiver has refused too often becomes a dead letter: it waits for a person, and the others go on. \
            There is no command that drops one.

            Examples:
              cordon gateway queue list --config gateway.xml --state dead
              cordon gateway queue release 17 --config gateway.xml
            """,
        subcommands: [QueueList.self, QueueRelease.self])
}

struct QueueList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists what waits to be sent, by number.",
        discussion: "Example: cordon gateway queue list --config gateway.xml --state dead")

    @OptionGroup var site: GatewayJournalOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "In this state: waiting, sent, done, dead, withdrawn, recalled, stands, superseded. Without it, what waits, and dead letters.",
            valueName: "state"))
    var state: [String] = []

    @Option(name: .long, help: ArgumentHelp("Of this destination.", valueName: "peer"))
    var to: String?

    @Option(name: .long, help: ArgumentHelp("At most so many.", valueName: "n"))
    var limit = 1000

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    mutating func validate() throws {
        for name in state where Delivery.State(rawValue: name) == nil {
            throw ValidationError(
                "--state is one of \(Delivery.State.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard (1...100_000).contains(limit) else { throw ValidationError("--limit is 1 to 100000") }
    }

    func run() throws {
        let journal = try site.journal(try site.loaded())
        let states = state.isEmpty ? [.waiting, .dead] : Set(state.compactMap(Delivery.State.init))
        let rows = try withGatewayErrors { try journal.deliveries(states, destination: to, limit: limit) }
        if json {
            StandardOutput.print(JSON.object(["queue": .array(rows.map(Self.json))]).indentedText)
            return
        }
        guard !rows.isEmpty else { return StandardOutput.print("nothing") }
        var table = Table(
            ["number", "destination", "audience", "state", "original", "attempts", "answer", "since"].map {
                Table.Column(title: $0, isNumber: $0 == "number" || $0 == "attempts")
            })
        for row in rows {
            table.add([
                "\(row.id)", row.destination.printable, row.audience.printable, row.state.rawValue,
                String(row.digest.prefix(16)), "\(row.attempts)", row.status?.printable ?? "", "\(row.created)",
            ])
        }
        StandardOutput.print(table.lines(width: TerminalSize.columns).joined(separator: "\n"))
    }

    /// Names no patient: UIDs stay inside.
    private static func json(_ row: Delivery) -> JSON {
        .object([
            "number": .number(Int(row.id)), "destination": .string(row.destination), "audience": .string(row.audience),
            "state": .string(row.state.rawValue), "digest": .string(row.digest), "output": .string(row.output),
            "study": .string(GatewayLog.mark(of: row.study)), "note": .bool(row.isNote),
            "attempts": .number(row.attempts), "answer": row.status.map { .string($0) },
            "created": .string("\(row.created)"), "due": .string("\(row.due)"),
            "sent": row.sent.map { .string("\($0)") },
        ])
    }
}

struct QueueRelease: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Has dead letters sent again.",
        discussion: """
            Those with these numbers, or all of a destination. Look first why they were refused: `queue list --state dead`.

            Example: cordon gateway queue release 17 18 --config gateway.xml
            """)

    @OptionGroup var site: GatewayJournalOptions

    @Argument(help: ArgumentHelp("Numbers; see `queue list`.", valueName: "number"))
    var numbers: [Int64] = []

    @Option(name: .long, help: ArgumentHelp("All dead letters of this destination.", valueName: "peer"))
    var to: String?

    mutating func validate() throws {
        guard numbers.isEmpty != (to == nil) else { throw ValidationError("give numbers, or --to PEER") }
    }

    func run() throws {
        let journal = try site.journal(try site.loaded())
        let count = try withGatewayErrors {
            try journal.releaseDead(numbers.isEmpty ? nil : numbers, destination: to, at: .now)
        }
        StandardOutput.print("\(count) \(count == 1 ? "waits" : "wait") again")
        if count == 0 { throw ExitStatus.refused }
    }
}
