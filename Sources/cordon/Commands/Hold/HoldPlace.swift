import ArgumentParser
import Host
import Inputs
import Registry

struct HoldPlace: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "place",
        abstract: "Places a hold on a patient, a study, an instance, or whatever matches a query.",
        discussion: """
            It is in force from then on, also for what arrives later. Its number is printed. Where \
            the custody log has a key, a checkpoint is signed.

            Example: cordon hold place --matter 2026-117 --custodian Legal --authority "District court" \
            --reason "suit over a fall" --where Modality=CT --where StudyDate=20260101-20260331 --as anna
            """)

    @Option(name: .long, help: "The case it belongs to.")
    var matter: String

    @Option(name: .long, help: "Who answers for what is held.")
    var custodian: String

    @Option(name: .long, help: "Who ordered it: a court, a department.")
    var authority: String

    @Option(name: .long, help: "Why.")
    var reason: String

    @Option(
        name: .long,
        help: ArgumentHelp("In force from then on; from now on when it is not given.", valueName: "date or time"))
    var start: String?

    @Option(
        name: .long,
        help: ArgumentHelp("When to ask whether it is still needed. Nothing ends by itself.", valueName: "date"))
    var review: String?

    @OptionGroup(title: "What it is about")
    var scope: ScopeOptions

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let order = HoldOrder(
            matter: matter, custodian: custodian, reason: reason, authority: authority, scope: try scope.scope(),
            start: try Moment.parse(start, "--start"), review: try Moment.parse(review, "--review"))
        let person = try site.actor(), registry = try site.opened(making: true)
        let now = Instant.now
        let hold = try asking { try registry.place(order, by: person, at: now) }
        // Nobody waits for a million to be counted.
        let most = 10_000
        let count = try asking { try registry.instanceCount(matching: hold.scope, upTo: most) }
        if json {
            StandardOutput.print(HoldText.json(hold, showsValues: false).indentedText)
        } else {
            let known = "\(count == most ? "at least " : "")\(count) known instances"
            StandardOutput.print("hold \(hold.id) is in force, matter \(hold.matter); it covers \(known) now")
        }
        try OpenedRegistry.sign()
    }
}
