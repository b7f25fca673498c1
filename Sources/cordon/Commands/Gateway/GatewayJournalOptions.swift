import ArgumentParser
import Gateway
import Inputs
import RuleLanguage

/// The journal of a gateway, for commands that look at it while it runs, or does not.
struct GatewayJournalOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The gateway's configuration.", valueName: "file"))
    var config: String

    @Option(
        name: .long, help: ArgumentHelp("Use rules only if those in this file have signed them.", valueName: "file"))
    var requireSigned: String?

    func loaded() throws -> ConfigurationLoader.Loaded {
        let (loaded, findings) = GatewayFile.load(config, trust: requireSigned)
        guard let loaded else {
            for finding in findings where finding.severity == .error {
                StandardError.print(finding.json, text: finding.rendered)
            }
            throw RunError(.arguments, "the configuration does not load")
        }
        return loaded
    }

    func journal(_ loaded: ConfigurationLoader.Loaded) throws -> GatewayJournal {
        try withGatewayErrors { try GatewayJournal(spool: loaded.configuration.site.spool, alone: false) }
    }
}
