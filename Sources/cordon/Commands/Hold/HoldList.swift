import ArgumentParser
import Host
import Inputs
import Registry

struct HoldList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists holds that are in force.",
        discussion: """
            Without `--show-values` it names no patient and no study.

            Example: cordon hold list --matter 2026-117
            """)

    @Option(name: .long, help: "Of this matter alone.")
    var matter: String?

    @Flag(name: .long, help: "Those that were released too.")
    var all = false

    @Flag(name: .long, help: "Only those whose review is due.")
    var due = false

    @Flag(name: .long, help: "Show whom and what they are about. The look is recorded: give `--as`.")
    var showValues = false

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let registry = try site.opened()
        let now = Instant.now
        var holds = try asking {
            try matter.map { try registry.holds(matter: $0) } ?? registry.holds(unreleasedOnly: !all)
        }
        if !all { holds = holds.filter(\.isInForce) }
        if due { holds = holds.filter { $0.isInForce && ($0.nextReview.map { $0 <= now } ?? false) } }
        if showValues {
            let person = try site.actor()
            try asking { try HoldText.recordLook(at: holds, by: person, at: now, in: registry) }
        }
        if json {
            StandardOutput.print(
                JSON.object(["holds": .array(holds.map { HoldText.json($0, showsValues: showValues) })]).indentedText)
        } else if holds.isEmpty {
            StandardOutput.print(all ? "no holds" : "no holds in force")
        } else {
            StandardOutput.print(HoldText.table(holds, showsValues: showValues, now: now).joined(separator: "\n"))
        }
    }
}

struct HoldShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one hold with all that was done about it; the look is recorded.",
        discussion: "Example: cordon hold show 3 --as anna")

    @Argument(help: "The hold's number.")
    var number: Int64

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let registry = try site.opened(), person = try site.actor()
        guard let hold = try asking({ try registry.hold(number) }) else {
            throw RunError(.arguments, "there is no hold \(number); `cordon hold list --all` lists them")
        }
        try asking { try HoldText.recordLook(at: [hold], by: person, at: .now, in: registry) }
        let count = try asking { try registry.instanceCount(matching: hold.scope, upTo: .max) }
        if json {
            StandardOutput.print(HoldText.json(hold, showsValues: true, instances: count).indentedText)
        } else {
            StandardOutput.print(HoldText.lines(hold, instances: count).joined(separator: "\n"))
        }
    }
}
