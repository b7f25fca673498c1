/// Reads a rule set: the file, its includes and lists; checks all of it.
public struct RuleSetLoader: Sendable {
    private let registryLists: RegistryLists?

    /// - Parameter registryLists: what the registry's lists have in them; nil where there is no registry. Then a list of
    ///   the registry is empty and not known, and the rule set can be checked and decides nothing.
    public init(registryLists: RegistryLists? = nil) { self.registryLists = registryLists }

    /// Loads one root file. Every finding is in `findings`, sorted; `ruleSet` is nil when any of them is an error.
    public func load(path: String) -> (ruleSet: RuleSet?, findings: [Finding]) {
        let log = FindingLog()
        let collector = RuleFileCollector(log: log)
        collector.collect(path: path)
        return RuleSetAssembly(log: log, registryLists: registryLists).assemble(collector.files)
    }

    /// Loads text as if the root file at `path` held it: what it includes and lists is looked for beside that.
    public func load(text: String, path: String = "rules.xml") -> (ruleSet: RuleSet?, findings: [Finding]) {
        let log = FindingLog()
        let collector = RuleFileCollector(log: log)
        collector.collect(text: Array(text.utf8), path: path)
        return RuleSetAssembly(log: log, registryLists: registryLists).assemble(collector.files)
    }
}
