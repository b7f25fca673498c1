import ArgumentParser
import Gateway
import Host
import Inputs

/// `cordon gateway decide`: decides anew what was decided before.
struct GatewayDecide: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decide",
        abstract: "Has studies decided anew, by the rules of now.",
        discussion: """
            Rules that change hold for what comes then, and for studies that something else raises. This raises all, or some. What \
            was sent and may not be sent any more is recalled.

            Example: cordon gateway decide --all --config gateway.xml
            """)

    @OptionGroup var site: GatewayJournalOptions

    @Option(name: .long, help: ArgumentHelp("A study, by Study Instance UID.", valueName: "uid"))
    var study: [String] = []

    @Flag(name: .long, help: "Every study that ever came.")
    var all = false

    mutating func validate() throws {
        guard study.isEmpty == all else { throw ValidationError("give --study UID, or --all") }
    }

    func run() throws {
        let journal = try site.journal(try site.loaded())
        let count = try withGatewayErrors {
            try all ? journal.raiseAll(at: .now) : journal.raise(Set(study), at: .now)
        }
        StandardOutput.print("\(count) \(count == 1 ? "study is" : "studies are") decided anew")
    }
}
