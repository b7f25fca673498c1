internal import Host
internal import Inputs
package import RuleLanguage

/// Reads a configuration, and the rule set that it names; checks both, and one against the other.
package struct ConfigurationLoader: Sendable {
    static let dialect = Dialect(
        root: "gateway", namespace: "urn:cordon:gateway:1", kind: "a gateway's configuration",
        schema: PackageResources.gateway_xsd)

    /// What was read.
    package struct Loaded: Sendable {
        package var configuration: GatewayConfiguration
        /// With the tier that counts.
        package var ruleSet: RuleSet
    }

    /// Lists of the registry in a folder; nil when there is no registry yet.
    private let registryLists: @Sendable (_ folder: String) -> RegistryLists?

    /// - Parameter registryLists: opens the registry in a folder for the lists that rules name.
    package init(registryLists: @escaping @Sendable (String) -> RegistryLists? = { _ in nil }) {
        self.registryLists = registryLists
    }

    /// Every finding, sorted, those of the rule set behind those of the configuration; `loaded` is nil when one of them is
    /// an error.
    package func load(path: String) -> (loaded: Loaded?, findings: [Finding]) {
        let log = FindingLog()
        let contents: FileAccess.Contents
        do throws(FileAccess.Failure) {
            contents = try FileAccess.read(path, limit: XMLDocument.maximumSize)
        } catch {
            log.add(
                Finding(
                    severity: .error, code: ConfigurationCode.unreadableFile.rawValue,
                    message: "`\(path)` cannot be read: \(error.reason)",
                    location: SourceLocation(file: FilePath.simplified(path), line: 1)))
            return (nil, log.sorted())
        }
        return load(contents.bytes, path: path, log)
    }

    /// Loads text as if the file at `path` held it.
    package func load(text: String, path: String) -> (loaded: Loaded?, findings: [Finding]) {
        load(Array(text.utf8), path: path, FindingLog())
    }

    private func load(_ bytes: [UInt8], path: String, _ log: FindingLog) -> (loaded: Loaded?, findings: [Finding]) {
        let document = XMLDocument(path: path, bytes: bytes, dialect: Self.dialect, log: log)
        guard let root = document.root else { return (nil, log.sorted()) }
        let parser = ConfigurationParser(log: log, root: root)
        var configuration = parser.configuration()
        configuration?.digest = ContentDigest(of: bytes).hexadecimal
        // Rules are read even where the configuration is wrong, so that all mistakes are told at once.
        guard let rules = parser.rulesPath else { return (nil, log.sorted()) }
        let lists = parser.registryPath.flatMap { registryLists($0) }
        let (ruleSet, ruleFindings) = RuleSetLoader(registryLists: lists).load(path: rules.path)
        guard let ruleSet, let atTier = at(configuration?.site.tier, ruleSet, rules.place, log) else {
            if ruleSet == nil {
                log.add(
                    .error, ConfigurationCode.rulesDoNotLoad.rawValue, "the rule set does not load", at: rules.place,
                    hint: "what is wrong in it stands below; `cordon check` says the same")
            }
            return (nil, log.sorted() + ruleFindings)
        }
        AudienceCheck(log: log, ruleSet: atTier).check(root, hasKey: configuration?.site.key != nil)
        guard let configuration, !log.hasErrors else { return (nil, log.sorted() + ruleFindings) }
        return (Loaded(configuration: configuration, ruleSet: atTier), log.sorted() + ruleFindings)
    }

    private func at(_ tier: Int?, _ ruleSet: RuleSet, _ place: Place, _ log: FindingLog) -> RuleSet? {
        guard let tier else { return ruleSet }
        do throws(RuleSet.TierError) {
            return try ruleSet.at(tier: tier)
        } catch {
            log.add(.error, ConfigurationCode.impossibleValue.rawValue, error.reason, at: place)
            return nil
        }
    }
}
