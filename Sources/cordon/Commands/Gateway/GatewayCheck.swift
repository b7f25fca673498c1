import ArgumentParser
import Gatekeeper
import Gateway
import Inputs
import Registry
import RuleLanguage

/// `cordon gateway check`: whether a configuration loads, with the rule set that it names.
struct GatewayCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks a configuration and the rule set that it names.",
        discussion: """
            Every finding has its place, the line with a caret, and a hint where there is one. Exit status 2 when it does not \
            load.

            Example: cordon gateway check Examples/gateway/gateway.xml
            """)

    @Argument(help: ArgumentHelp("The configuration.", valueName: "file"))
    var path: String

    @Option(
        name: .long, help: ArgumentHelp("Use rules only if those in this file have signed them.", valueName: "file"))
    var requireSigned: String?

    @Flag(name: .long, help: "Print the findings as JSON.")
    var json = false

    @Flag(name: .long, help: "Print findings only.")
    var quiet = false

    func run() throws {
        let (loaded, findings) = GatewayFile.load(path, trust: requireSigned)
        if json {
            StandardOutput.print(
                JSON.object([
                    "path": .string(path), "loads": .bool(loaded != nil),
                    "id": loaded.map { .string($0.configuration.id) },
                    "digest": loaded.map { .string($0.configuration.digest) },
                    "findings": .array(findings.map(\.json)),
                ]).indentedText)
        } else {
            for finding in findings { StandardOutput.print(finding.rendered) }
            if !quiet { StandardOutput.print("\(path): \(words(loaded, findings))") }
        }
        if loaded == nil { throw ExitStatus.arguments }
    }

    private func words(_ loaded: ConfigurationLoader.Loaded?, _ findings: [Finding]) -> String {
        func count(_ number: Int, _ what: String) -> String { "\(number) \(what)\(number == 1 ? "" : "s")" }
        let errors = findings.count { $0.severity == .error }
        let found = "\(count(errors, "error")), \(count(findings.count - errors, "warning"))"
        guard let configuration = loaded?.configuration, let ruleSet = loaded?.ruleSet else { return found }
        let listeners = configuration.dicom.count + configuration.web.count + configuration.mllp.count
        return "\(found); `\(configuration.id)`: \(count(listeners, "listener")), "
            + "\(count(configuration.peers.count, "peer")), \(count(configuration.routes.count, "route")); rules "
            + "`\(ruleSet.id)` revision \(ruleSet.revision), tier \(ruleSet.tier)"
    }
}

/// The configuration file of a gateway.
enum GatewayFile {
    /// - Parameter trust: the file that says whose signatures of the rules count, in place of the configuration's.
    static func load(
        _ path: String, trust: String? = nil
    ) -> (loaded: ConfigurationLoader.Loaded?, findings: [Finding]) {
        ConfigurationLoader(trust: trust) { folder in
            // A registry that is not there has no lists; one that cannot be read counts as missing.
            guard Registry.isThere(in: folder), let registry = try? Registry.open(folder) else { return nil }
            return RegistryLists(registry)
        }.load(path: path)
    }
}
