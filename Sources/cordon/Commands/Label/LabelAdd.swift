import ArgumentParser
import Host
import Inputs
import Registry

struct LabelAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Gives a label to a patient, a study, an instance, or whatever matches a query.",
        discussion: """
            Its number is printed. One that no vocabulary of a rule set knows counts as `sensitive`.

            Example: cordon label add violence --study 1.2.3 --reason "told the social service" --expires 2027-06-01 \
            --as anna
            """)

    @Argument(help: "The label, as rule sets name it.")
    var label: String

    @Option(name: .long, help: "Why.")
    var reason: String

    @Option(name: .long, help: ArgumentHelp("When it ends by itself; never, when it is not given.", valueName: "date"))
    var expires: String?

    @Flag(name: .long, help: "It says that something is held: two people withdraw it.")
    var tellsOfHold = false

    @OptionGroup(title: "What it is about")
    var scope: ScopeOptions

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let scope = try scope.scope(), expires = try Moment.parse(expires, "--expires")
        let person = try site.actor(), registry = try site.opened(making: true)
        let record = try asking {
            try registry.label(
                label, on: scope, tellsOfHold: tellsOfHold, reason: reason, expires: expires, by: person, at: .now)
        }
        StandardOutput.print(
            json
                ? LabelText.json(record, showsValues: false, now: .now).indentedText
                : "label \(record.id), \(record.label.printable), is given"
                    + (expires.map { " until \($0.day)" } ?? ""))
    }
}
