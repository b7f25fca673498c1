import ArgumentParser
import Gatekeeper
import Inputs
import Registry
import RuleBundle
import RuleLanguage

struct BundleVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Says whether a bundle would be used, and who signed it.",
        discussion: """
            Looks at all that `--require-signed` looks at, and remembers nothing.

            Example: cordon bundle verify site.bundle --trust /etc/cordon/rules.trust

            Exit status: 2 when it would be refused.
            """)

    @Argument(help: ArgumentHelp("The bundle.", valueName: "bundle"))
    var bundle: String

    @Option(name: .long, help: ArgumentHelp("Whose signatures count.", valueName: "file"))
    var trust: String

    @Option(
        name: .long,
        help: ArgumentHelp("The registry whose lists the rule set names; else CORDON_REGISTRY.", valueName: "folder"))
    var registry: String?

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let lists = try RegistryOptions.open(registry).map { RegistryLists($0) }
        let (read, signed) = try bundling { () throws(BundleError) in
            var findings: [Finding] = []
            let read = try RuleBundle(path: bundle)
            let signed = try SignedRuleSet(
                path: bundle, trust: TrustFile(path: trust), registryLists: lists, remembers: false,
                findings: &findings)
            return (read, signed)
        }
        if json {
            let signers = JSON.strings(signed.signers.map(\.name))
            StandardOutput.print(JSON.object(["bundle": read.json, "signedBy": signers]).indentedText)
        } else {
            let names = signed.signers.map(\.name).sorted().joined(separator: ", ")
            StandardOutput.print("\(read.summary): signed by \(names)")
        }
    }
}
