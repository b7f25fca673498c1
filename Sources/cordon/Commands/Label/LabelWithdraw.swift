import ArgumentParser
import Host
import Inputs
import Registry

struct LabelWithdraw: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw",
        abstract: "Withdraws a label; one that tells of a hold, when a second person wishes it too.",
        discussion: "Example: cordon label withdraw 12 --reason \"no longer in office\" --as bert")

    @Argument(help: "The label's number.")
    var number: Int64

    @Option(name: .long, help: "Why.")
    var reason: String

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let person = try site.actor(), registry = try site.opened()
        let result = try asking {
            try registry.withdraw(label: number, reason: reason, by: person, at: .now)
        }
        switch result {
        case .withdrawn(let label):
            StandardOutput.print(
                json
                    ? LabelText.json(label, showsValues: false, now: .now).indentedText
                    : "label \(label.id), \(label.label.printable), is withdrawn")
        case .requested(let label):
            StandardOutput.print(
                json
                    ? LabelText.json(label, showsValues: false, now: .now).indentedText
                    : "label \(label.id) tells of a hold: it stays until somebody else withdraws it too")
        }
    }
}
