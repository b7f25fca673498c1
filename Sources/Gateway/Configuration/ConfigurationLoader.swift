internal import Host
internal import Inputs
package import RuleBundle
package import RuleLanguage

/// Reads a configuration, and the rule set that it names; checks both, and one against the other.
package struct ConfigurationLoader: Sendable {
    /// The language that configurations are written in.
    package static let dialect = Dialect(
        root: "gateway", namespace: "urn:cordon:gateway:1", kind: "a gateway's configuration",
        schema: PackageResources.gateway_xsd)

    /// What was read.
    package struct Loaded: Sendable {
        package var configuration: GatewayConfiguration
        /// With the tier that counts.
        package var ruleSet: RuleSet
        /// Who signed it, where that is asked for. Whoever puts it in force remembers its revision.
        package var signed: SignedRuleSet?
    }

    /// Lists of the registry in a folder; nil when there is no registry yet.
    private let registryLists: @Sendable (_ folder: String) -> RegistryLists?

    /// Whose signatures of the rules count, whatever the configuration says of it.
    private let trust: String?

    /// - Parameters:
    ///   - trust: the file that says whose signatures of the rules count, in place of the configuration's.
    ///   - registryLists: opens the registry in a folder for the lists that rules name.
    package init(
        trust: String? = nil, registryLists: @escaping @Sendable (String) -> RegistryLists? = { _ in nil }
    ) {
        self.trust = trust
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
        let (ruleSet, signed, ruleFindings) = read(rules, trust ?? parser.trustPath, lists, log)
        guard let ruleSet, let atTier = at(configuration?.site.tier, ruleSet, rules.place, log) else {
            if ruleSet == nil, !ruleFindings.isEmpty {
                log.add(
                    .error, ConfigurationCode.rulesDoNotLoad.rawValue, "the rule set does not load", at: rules.place,
                    hint: "what is wrong in it stands below; `cordon check` says the same")
            }
            return (nil, log.sorted() + ruleFindings)
        }
        AudienceCheck(log: log, ruleSet: atTier).check(root, hasKey: configuration?.site.key != nil)
        guard let configuration, !log.hasErrors else { return (nil, log.sorted() + ruleFindings) }
        let loaded = Loaded(configuration: configuration, ruleSet: atTier, signed: signed)
        return (loaded, log.sorted() + ruleFindings)
    }

    /// The rule set: a bundle where somebody says whose signatures count, and nothing that nobody signed. Why a bundle is
    /// refused goes to the log; what is wrong in rules is returned.
    private func read(
        _ rules: (path: String, place: Place), _ trust: String?, _ lists: RegistryLists?, _ log: FindingLog
    ) -> (ruleSet: RuleSet?, signed: SignedRuleSet?, findings: [Finding]) {
        let refusal: String
        var hint: String?
        if let trust {
            var findings: [Finding] = []
            do throws(BundleError) {
                let signed = try SignedRuleSet(
                    path: rules.path, trust: TrustFile(path: trust), registryLists: lists, remembers: false,
                    findings: &findings)
                return (signed.ruleSet, signed, findings)
            } catch {
                if error.code == .content, findings.contains(where: { $0.severity == .error }) {
                    return (nil, nil, findings)
                }
                refusal = error.message
                if error.code == .malformed { hint = "`cordon bundle make` makes one of rule files" }
            }
        } else {
            guard RuleBundle.isBundle(path: rules.path) else {
                let (ruleSet, findings) = RuleSetLoader(registryLists: lists).load(path: rules.path)
                return (ruleSet, nil, findings)
            }
            refusal = "the rules are a bundle, and nobody says whose signatures count"
            hint = "write require-signed=\"FILE\", or give `--require-signed FILE`"
        }
        log.add(.error, ConfigurationCode.rulesNotTrusted.rawValue, refusal, at: rules.place, hint: hint)
        return (nil, nil, [])
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
