/// Reads a rule set: the file, its includes and lists; checks all of it.
public struct RuleSetLoader: Sendable {
    private let registryLists: RegistryLists?
    private let replacements: [String: ListText]
    /// Where files are read from.
    package var files = FileSource.disk
    /// Whether `never` is proved. A rule set that was loaded without decides nothing: it is there to be looked at.
    package var provesAssertions = true

    /// - Parameter registryLists: what the registry's lists have in them; nil where there is no registry. Then a list of
    ///   the registry is empty and not known, and the rule set can be checked and decides nothing.
    public init(registryLists: RegistryLists? = nil) { self.init(registryLists: registryLists, replacing: [:]) }

    /// - Parameter replacements: by the id of a list, the text that stands for its file, or for the registry's.
    package init(registryLists: RegistryLists? = nil, replacing replacements: [String: ListText]) {
        self.registryLists = registryLists
        self.replacements = replacements
    }

    /// Loads one root file. Every finding is in `findings`, sorted; `ruleSet` is nil when any of them is an error.
    public func load(path: String) -> (ruleSet: RuleSet?, findings: [Finding]) {
        let log = FindingLog()
        let collector = RuleFileCollector(log: log, source: files)
        collector.collect(path: path)
        return assembly(log).assemble(collector.files, collector.inclusions)
    }

    /// Loads text as if the root file at `path` held it: what it includes and lists is looked for beside that.
    public func load(text: String, path: String = "rules.xml") -> (ruleSet: RuleSet?, findings: [Finding]) {
        let log = FindingLog()
        let collector = RuleFileCollector(log: log, source: files)
        collector.collect(text: Array(text.utf8), path: path)
        return assembly(log).assemble(collector.files, collector.inclusions)
    }

    private func assembly(_ log: FindingLog) -> RuleSetAssembly {
        RuleSetAssembly(
            log: log, registryLists: registryLists, replacements: replacements, provesAssertions: provesAssertions)
    }
}
