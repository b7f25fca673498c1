import ArgumentParser
import Host
import Inputs
import RuleBundle
import RuleLanguage

struct BundleSign: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Adds a signature to a bundle.",
        discussion: """
            Says what is signed: look at it before you hand it on. A bundle that does not load is not signed.

            Example: cordon bundle sign site.bundle --key alice.key
            """)

    @Argument(help: ArgumentHelp("The bundle; the signature is added to it.", valueName: "bundle"))
    var bundle: String

    @Option(name: .long, help: ArgumentHelp("Your signing key, of `cordon bundle key new`.", valueName: "file"))
    var key: String

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let signed = try bundling { () throws(BundleError) in
            let key = try SigningKeyFile(path: key)
            let bundle = try RuleBundle(path: bundle)
            // Nobody signs what cannot be used. Lists of a registry are not at hand, and not part of what is signed.
            var findings: [Finding] = []
            _ = try bundle.ruleSet(findings: &findings)
            return try bundle.signed(by: key)
        }
        do throws(SystemError) {
            try FileSystem.place(signed.bytes, at: bundle, mode: 0o644, replacing: true)
        } catch {
            throw RunError(.output, "`\(bundle)` cannot be written: \(error)")
        }
        let count = signed.signatures.count
        StandardOutput.print(
            json
                ? signed.json.indentedText
                : "signed \(signed.summary); \(count) \(count == 1 ? "signature" : "signatures")")
    }
}
