import ArgumentParser
import Host
import Inputs
import Registry

struct HoldReview: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review", abstract: "Records that a hold is still needed, and when to ask again.",
        discussion: "Example: cordon hold review 3 --reason \"appeal pending\" --next 2027-06-01 --as anna")

    @Argument(help: "The hold's number.")
    var number: Int64

    @Option(name: .long, help: "Why it is still needed.")
    var reason: String

    @Option(name: .long, help: ArgumentHelp("When to ask again; never, when it is not given.", valueName: "date"))
    var next: String?

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    func run() throws {
        let next = try Moment.parse(next, "--next")
        let person = try site.actor(), registry = try site.opened()
        _ = try asking { try registry.review(hold: number, reason: reason, next: next, by: person, at: .now) }
        StandardOutput.print("hold \(number) stays in force" + (next.map { "; review it by \($0.day)" } ?? ""))
    }
}

struct HoldRelease: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Asks for the release of a hold, or approves what somebody else asked for.",
        discussion: """
            The first who gives this command asks; the second, somebody else, releases. Neither is who placed the hold. \
            What other holds cover stays held.

            Example: cordon hold release 3 --reason settled --as bert
            """)

    @Argument(help: "The hold's number.")
    var number: Int64

    @Option(name: .long, help: "Why it is no longer needed.")
    var reason: String

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    @Flag(name: .long, help: "Do not ask before the release that takes effect.")
    var yes = false

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let person = try site.actor(), registry = try site.opened()
        guard let hold = try asking({ try registry.hold(number) }) else {
            throw RunError(.arguments, "there is no hold \(number); `cordon hold list --all` lists them")
        }
        guard hold.releaseRequest != nil else {
            let asked = try asking { try registry.requestRelease(ofHold: number, reason: reason, by: person, at: .now) }
            tell(asked, "release of hold \(number) is asked for; somebody else approves it by the same command")
            return
        }
        try Confirmation.ask(
            "Release hold \(number), matter \(hold.matter)? What nothing else holds may be changed and deleted then.",
            yes: yes)
        let released = try asking { try registry.approveRelease(ofHold: number, reason: reason, by: person, at: .now) }
        tell(released, "hold \(number) is released")
        try OpenedRegistry.sign()
    }

    private func tell(_ hold: Hold, _ words: String) {
        StandardOutput.print(json ? HoldText.json(hold, showsValues: false).indentedText : words)
    }
}

struct HoldDecline: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decline", abstract: "Takes back the wish to release a hold, or objects to it.",
        discussion: "Example: cordon hold decline 3 --reason \"not settled yet\" --as carla")

    @Argument(help: "The hold's number.")
    var number: Int64

    @Option(name: .long, help: "Why it stays.")
    var reason: String

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    func run() throws {
        let person = try site.actor(), registry = try site.opened()
        _ = try asking { try registry.declineRelease(ofHold: number, reason: reason, by: person, at: .now) }
        StandardOutput.print("hold \(number) stays in force")
    }
}
