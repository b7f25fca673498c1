public import Registry
public import RuleLanguage

extension RegistryLists {
    /// The lists of a registry, or of a copy of one, as rule sets ask for them.
    public init(_ registry: Registry) {
        self.init { name in
            // What cannot be read counts as missing, which is an error of the rule set.
            guard let list = try? registry.list(name) else { return nil }
            return [list.columns] + list.rows
        }
    }
}
