import ArgumentParser
import CustodyLog
import Gateway
import Host
import Inputs
import Registry

/// `cordon gateway sequestered`: what is kept back, and why.
struct SequesteredCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sequestered",
        abstract: "Lists what is kept back, and chooses among instances that contradict each other.",
        discussion: """
            Originals of what is kept back are in the vault; `cordon vault get` gives them out, and the registry has the decision \
            with all its reasons.

            Examples:
              cordon gateway sequestered list --config gateway.xml
              cordon gateway sequestered choose DIGEST --reason "the corrected one" --as anna --config gateway.xml
            """,
        subcommands: [SequesteredList.self, SequesteredChoose.self])
}

struct SequesteredList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists what is kept back, for whom, and why.",
        discussion: "Example: cordon gateway sequestered list --config gateway.xml")

    @OptionGroup var site: GatewayJournalOptions

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let journal = try site.journal(try site.loaded())
        let rows = try withGatewayErrors { try journal.sequestered() }
        if json {
            let list = rows.map { row in
                JSON.object([
                    "digest": .string(row.digest), "audience": .string(row.audience),
                    "study": .string(GatewayLog.mark(of: row.study)), "reason": .string(row.reason ?? "a rule"),
                    "since": .string("\(row.time)"),
                ])
            }
            StandardOutput.print(JSON.object(["sequestered": .array(list)]).indentedText)
            return
        }
        guard !rows.isEmpty else { return StandardOutput.print("nothing") }
        var table = Table(["original", "audience", "since", "reason"].map { Table.Column(title: $0, isNumber: false) })
        for row in rows {
            table.add([
                row.digest, row.audience.printable, "\(row.time)",
                (row.reason ?? "a rule; the registry's decision says which").printable,
            ])
        }
        StandardOutput.print(table.lines(width: TerminalSize.columns).joined(separator: "\n"))
    }
}

struct SequesteredChoose: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "choose",
        abstract: "Says which of several instances with one SOP Instance UID is the right one.",
        discussion: """
            It is decided by the rules then, and goes where it should; the others stay in the vault. Who chose, and why, is on the \
            custody log.

            Example: cordon gateway sequestered choose DIGEST --reason "the corrected one" --as anna --config gateway.xml
            """)

    @OptionGroup var site: GatewayJournalOptions

    @Argument(help: "The original's digest; see `sequestered list`.")
    var digest: String

    @Option(name: .long, help: "Why.")
    var reason: String

    @Option(name: .customLong("as"), help: ArgumentHelp("Who acts, as the records will say.", valueName: "name"))
    var person: String

    func run() throws {
        guard let person = Person(person) else {
            throw RunError(.arguments, "`--as` is a name of 1 to 128 printable characters, without blanks around it")
        }
        let loaded = try site.loaded()
        let journal = try site.journal(loaded)
        let registry = try asking { try Registry.open(loaded.configuration.site.registry, making: false) }
        guard let known = try asking({ try registry.instance(digest) }) else {
            throw RunError(.arguments, "the registry knows no instance with this digest")
        }
        guard known.removed == nil else {
            throw RunError(.arguments, "the instance was removed; there is nothing of it that could be chosen")
        }
        // On record before it takes effect.
        let event = CustodyEvent(
            .verified, time: .now, actor: person.name,
            facts: [CustodyEvent.Fact("by", "choice"), CustodyEvent.Fact("digest", digest)],
            personal: [CustodyEvent.Fact("reason", reason)])
        _ = try asking { try registry.record(event) }
        let isChosen = try withGatewayErrors {
            try journal.choose(digest, at: .now) { try registry.instance($0)?.removed != nil }
        }
        guard isChosen else {
            throw RunError(.arguments, "no other instance with its SOP Instance UID came: there is nothing to choose")
        }
        StandardOutput.print("chosen; it is decided in a moment")
    }
}
