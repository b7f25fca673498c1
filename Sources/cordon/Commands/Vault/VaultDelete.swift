import ArgumentParser
import Host
import Inputs
import Registry
import Vault

/// `cordon vault delete`.
struct VaultDelete: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Removes originals for ever, unless a hold or a retention forbids it.",
        discussion: """
            The registry decides and records first; then the bytes go. What a hold or a retention covers stays, and with it \
            everything that was named together.

            Example: cordon vault delete --registry site --as 'R. Keeper' --reason 'sent to us by mistake' 9f86d081…
            """)

    @Argument(help: "SHA-256 of originals, 64 hexadecimal digits each.")
    var digests: [String] = []

    @OptionGroup var options: RegistryOptions

    @Option(name: .long, help: ArgumentHelp("All originals of a study.", valueName: "uid"))
    var study: String?

    @Option(name: .long, help: "Why; it goes on record.")
    var reason: String

    @Flag(name: .long, help: "Do not ask.")
    var yes = false

    @Flag(name: .long, help: "Print the summary as JSON.")
    var json = false

    mutating func validate() throws {
        guard digests.isEmpty == (study != nil) else { throw ValidationError("give digests, or --study UID") }
    }

    func run() throws {
        try withSiteErrors {
            let person = try options.actor()
            let site = try options.site(making: nil)
            var named = digests
            if let study {
                named = try site.registry.instances(inStudy: study).map(\.instance.digest)
                guard !named.isEmpty else { throw RunError(.arguments, "the registry knows no original of this study") }
            }
            let count = named.count == 1 ? "1 original" : "\(named.count) originals"
            try Confirmation.ask("\(count) would be gone for ever.", yes: yes)
            let report = try site.vault.remove(named, asking: site.registry, by: person, reason: reason, at: .now)
            if json {
                StandardOutput.print(
                    JSON.object([
                        "removed": .strings(report.removed), "absent": .strings(report.absent),
                        "receivedAgain": .strings(report.receivedAgain), "leaf": report.leaf.map { .number($0) },
                    ]).indentedText)
            } else {
                StandardOutput.print("\(report.removed.count) removed")
                if !report.absent.isEmpty { StandardOutput.print("\(report.absent.count) were not there") }
            }
            for digest in report.receivedAgain {
                StandardError.print("object \(digest) was received again meanwhile, and stays")
            }
        }
    }
}
