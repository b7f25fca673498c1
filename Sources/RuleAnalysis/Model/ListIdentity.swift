import RuleLanguage

/// Lists of two rule sets that are the same: then a look-up in the one is a look-up in the other.
enum ListIdentity {
    /// For each rule set, by the list's name, a name that lists with the same rows share.
    static func names(of ruleSets: [RuleSet]) -> [[String: String]] {
        guard let first = ruleSets.first else { return [] }
        var names = [Dictionary(uniqueKeysWithValues: first.lists.keys.map { ($0, "\($0)@0") })]
        for (number, ruleSet) in ruleSets.enumerated().dropFirst() {
            let sameFiles = digests(first) == digests(ruleSet)
            names.append(
                Dictionary(
                    uniqueKeysWithValues: ruleSet.lists.map { name, list in
                        let other = first.lists[name]
                        let isSame = other.map { areSame($0, list, sameFiles: sameFiles) } ?? false
                        return (name, isSame ? "\(name)@0" : "\(name)@\(number)")
                    }))
        }
        return names
    }

    private static func digests(_ ruleSet: RuleSet) -> [String] {
        ruleSet.sources.filter { $0.kind == .list }.map(\.digest).sorted()
    }

    private static func areSame(_ left: ValueList, _ right: ValueList, sameFiles: Bool) -> Bool {
        guard left.keys == right.keys, left.count == right.count, left.isKnown == right.isKnown else { return false }
        // The registry's rows are read once for both.
        if left.registryName != nil || right.registryName != nil { return left.registryName == right.registryName }
        guard left.valueColumn == right.valueColumn else { return false }
        // What a row gives is not compared.
        if left.keys.count == 1, left.valueColumn == nil { return Set(left.firstCells) == Set(right.firstCells) }
        return sameFiles
    }
}
