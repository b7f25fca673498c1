import ArgumentParser
import Gateway
import Host
import Inputs
import RuleLanguage

/// `cordon gateway doctor`: the check list for administrators, filled in.
struct GatewayDoctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks for what is exposed and should not be, and prints a check list.",
        discussion: """
            It reads the configuration and looks at the files, folders and certificates that it names, at the clock and at who \
            it runs as. It changes nothing and connects nowhere. Run it as the user that the gateway runs as.

            Exit status: 0 when nothing is to be mended, 1 when something is ([!]), 2 when the configuration does not load.

            Example: cordon gateway doctor --config /etc/cordon/gateway.xml
            """)

    @Option(name: .long, help: ArgumentHelp("The configuration.", valueName: "file"))
    var config: String

    @Option(
        name: .long, help: ArgumentHelp("Use rules only if those in this file have signed them.", valueName: "file"))
    var requireSigned: String?

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let (loaded, findings) = GatewayFile.load(config, trust: requireSigned)
        guard let loaded else {
            for finding in findings { StandardError.print(finding.rendered) }
            throw ExitStatus.arguments
        }
        let list = Doctor.checkList(of: loaded.configuration, now: .now)
        if json {
            StandardOutput.print(list.json.indentedText)
        } else {
            StandardOutput.print("Check list of the gateway `\(loaded.configuration.id)`, \(Instant.now)")
            StandardOutput.print(list.lines.joined(separator: "\n"))
        }
        if list.worst == .problem { throw ExitStatus.sequestered }
    }
}
