internal import Registry
internal import RuleLanguage

extension RegistryLists {
    /// The lists of a registry, as rule sets ask for them.
    init(_ registry: Registry) {
        self.init { name in
            // What cannot be read counts as missing, which is an error of the rule set.
            guard let list = try? registry.list(name) else { return nil }
            return [list.columns] + list.rows
        }
    }
}
