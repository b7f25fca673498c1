import ArgumentParser
import CustodyLog
import Deidentification
import Gatekeeper
import Glibc
import Host
import Inputs
import Production
import RuleLanguage
import Vault

/// `cordon hold export`: what is held in a matter, as a bag that anybody can check.
struct HoldExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Hands over what is held in a matter, with proofs.",
        discussion: """
            Writes a BagIt bag (RFC 8493): originals as they were received, the decisions and the rules that decided, what \
            the custody log says of them with proofs, and `verify.py`, which checks it all without Cordon. It names patients: \
            it is for the court. OUT is there when it is complete, and not before. What was handed over is recorded.

            Tell the other side the fingerprints that are printed, by other means than the bag itself.

            Examples:
              cordon hold export --matter 2026-117 --reason "order of 3 November" --rules site.xml --as anna out/117
              cordon hold export --matter 2026-117 --reason order --rules site.xml --released court --key site.key \\
                --as anna out/117
            """)

    @Option(name: .long, help: "The case.")
    var matter: String

    @Option(name: .long, help: "Why it is handed over: an order, a request.")
    var reason: String

    @Argument(help: ArgumentHelp("The folder that will be the bag; it is not there yet.", valueName: "out"))
    var output: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A rule set that decided, or that released forms are made with; again for each.", valueName: "file"))
    var rules: [String] = []

    @Flag(name: .long, help: "Go on when rule sets that decided are not given; it is said which are missing.")
    var withoutRules = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Also what this audience gets of the originals, made anew; again for each.", valueName: "audience"))
    var released: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The site's key, for audiences that get de-identified data; else CORDON_KEY names it.", valueName: "file"))
    var key: String?

    @Flag(name: .long, help: "Keep back what the log says of people: commitments without openings.")
    var withoutOpenings = false

    @Option(
        name: .long,
        help: ArgumentHelp("Certificates of the authorities that gave time stamps, PEM, to put in.", valueName: "file"))
    var tsaCa: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Have the log stamped by this authority as it is handed over (RFC 3161 by HTTP); with `--tsa-ca`.",
            valueName: "url"))
    var tsa: String?

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        StopSignal.install()
        let person = try site.actor()
        let registry = try site.opened()
        guard let folder = site.folder else { throw RunError(.arguments, "no registry is named") }
        var order = ProductionOrder(
            matter: matter, output: output, person: person, reason: reason, time: .now, version: BatchRun.version)
        order.audiences = released
        order.ruleSets = try rules.map { try RuleSource.load($0, registry: registry) }
        order.key = try loadKey()
        order.allowsMissingRules = withoutRules
        order.withholdsOpenings = withoutOpenings
        order.authorities = try tsaCa.map { try HoldVerify.certificates($0) }
        order.timeStampURL = tsa
        let report = try ProductionText.wrapping {
            let vault = try Vault(path: folder + "/vault", keys: folder + "/keys", making: nil)
            let log = try LogFolder(registry: folder)
            return try MatterExport(registry: registry, vault: vault, log: log).run(order)
        }
        StandardOutput.print(
            json ? ProductionText.json(report).indentedText : ProductionText.lines(report).joined(separator: "\n"))
    }

    private func loadKey() throws -> DeidentificationKey? {
        guard !released.isEmpty, let path = key ?? getenv("CORDON_KEY").map({ String(cString: $0) }) else { return nil }
        do throws(DeidentificationKey.KeyError) {
            return try DeidentificationKey(path: path)
        } catch {
            throw RunError(.arguments, error.message)
        }
    }
}
