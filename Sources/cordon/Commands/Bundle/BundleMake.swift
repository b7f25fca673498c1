import ArgumentParser
import Gatekeeper
import Host
import Inputs
import Registry
import RuleBundle
import RuleLanguage

struct BundleMake: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make",
        abstract: "Makes a bundle of a rule set, without signatures.",
        discussion: """
            The rule set must load, and its `revision` be a whole number. Lists of the registry stay in the registry.

            Example: cordon bundle make site.xml site.bundle
            """)

    @Argument(help: ArgumentHelp("The root file of the rule set.", valueName: "rules"))
    var rules: String

    @Argument(help: ArgumentHelp("A file that is not there yet.", valueName: "bundle"))
    var bundle: String

    @Option(
        name: .long,
        help: ArgumentHelp("The registry whose lists the rule set names; else CORDON_REGISTRY.", valueName: "folder"))
    var registry: String?

    @Flag(name: .long, help: "Print the manifest as JSON.")
    var json = false

    func run() throws {
        let lists = try RegistryOptions.open(registry).map { RegistryLists($0) }
        var findings: [Finding] = []
        let made: RuleBundle
        do {
            made = try bundling { () throws(BundleError) in
                try RuleBundle.make(path: rules, registryLists: lists, findings: &findings)
            }
        } catch {
            for finding in findings { StandardError.print(finding.json, text: finding.rendered) }
            throw error
        }
        do throws(SystemError) {
            try FileSystem.place(made.bytes, at: bundle, mode: 0o644, replacing: false)
        } catch {
            throw RunError(.output, "`\(bundle)` cannot be written: \(error)")
        }
        StandardOutput.print(json ? made.json.indentedText : made.summary)
    }
}
