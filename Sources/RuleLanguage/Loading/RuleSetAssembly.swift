/// From files to a rule set: reads each kind of declaration, in the order in which they need each other, and checks all.
struct RuleSetAssembly {
    let log: FindingLog
    let registryLists: RegistryLists?
    var replacements: [String: ListText] = [:]
    var provesAssertions = true

    func assemble(_ files: [RuleFile], _ inclusions: [RuleSet.Inclusion]) -> (ruleSet: RuleSet?, findings: [Finding]) {
        guard let root = files.first(where: \.isRoot) else { return (nil, log.sorted()) }
        let tier = checkHeads(files, root)
        let declarations = Declarations(files, log: log)
        let labels = LabelParser(log: log).parse(declarations.labels)
        let lists = loadLists(declarations.lists)
        let columns = Dictionary(uniqueKeysWithValues: declarations.lists.map { ($0.id, $0.columns) })
        let patterns = CompiledPatterns()
        let rules = parseRules(declarations, labels, columns, patterns)
        let settings = SettingsParser(log: log, actions: ActionParser(log: log, lists: columns), patterns: patterns)
        let profiles = ProfileParser(log: log, settings: settings).parse(declarations.profiles)
        var audiences: [String: Audience] = [:]
        let audienceParser = AudienceParser(
            log: log, labels: labels, profiles: profiles,
            profileNames: declarations.profiles.map(\.id), tier: tier)
        for declared in declarations.audiences {
            audiences[declared.id] = audienceParser.parse(declared)
        }
        let assertions = AssertionParser(log: log, labels: labels, audiences: declarations.audiences.map(\.id)).parse(
            files)
        if provesAssertions {
            AssertionCheck(log: log, labels: labels, audiences: audiences, tier: tier).check(assertions)
        }
        for file in files { LookAlikeCheck(log: log).check(file.root) }

        // Whatever was declared and is not there has been spoken of; if it has not, nothing may pass (P2).
        let isComplete =
            rules.count == declarations.rules.count && lists.count == declarations.lists.count
            && profiles.count == declarations.profiles.count && audiences.count == declarations.audiences.count
            && declarations.labels.allSatisfy { labels[$0.id] != nil }
        if !isComplete, !log.hasErrors {
            log.error(.invalid, "a part of the rule set was not understood", at: root.root.place)
        }

        let findings = log.sorted()
        guard !log.hasErrors else { return (nil, findings) }
        let sources =
            (files.map { RuleSet.Source(kind: .rules, path: $0.name, digest: $0.digest) } + lists.map(\.source)
            + certificates(of: profiles))
            .sorted { ($0.path, $0.digest) < ($1.path, $1.digest) }
        let digests = Set(sources.map(\.digest)).sorted().joined(separator: "\n")
        var ruleSet = RuleSet(
            id: root.root.attribute("id")?.trimmed ?? "", revision: root.root.attribute("revision")?.trimmed ?? "",
            digest: digest(of: Array(digests.utf8)), tier: tier, sources: sources, labels: labels,
            lists: Dictionary(uniqueKeysWithValues: lists.map { ($0.list.id, $0.list) }), rules: rules,
            profiles: profiles, audiences: audiences)
        ruleSet.assertions = assertions.map(\.assertion)
        ruleSet.allowances = files.flatMap(Allowance.all).sorted { $0.location < $1.location }
        ruleSet.inclusions = inclusions.sorted { $0.location < $1.location }
        return (ruleSet, findings)
    }

    private func checkHeads(_ files: [RuleFile], _ root: RuleFile) -> Int {
        for file in files where !file.isRoot {
            guard let tier = file.root.attribute("tier") else { continue }
            log.error(
                .tierInInclude, "an included file cannot state the tier of the site", at: tier.namePlace,
                hint: "state it in `\(root.name)`")
        }
        if root.root.attribute("revision")?.trimmed == nil {
            log.warning(
                .noRevision, "the rule set has no `revision`", at: root.root.place,
                hint: "decisions record it: write revision=\"1\"")
        }
        return root.root.attribute("tier")?.tierNumber ?? 4
    }

    private func loadLists(_ declared: [Declarations.Named]) -> [ListLoader.Loaded] {
        let loader = ListLoader(log: log, registryLists: registryLists, replacements: replacements)
        return declared.compactMap { loader.load($0.element, id: $0.id) }
    }

    /// What profiles encrypt for is part of what decides.
    private func certificates(of profiles: [String: Profile]) -> Set<RuleSet.Source> {
        Set(
            profiles.values.flatMap(\.settings.recipients).map {
                RuleSet.Source(kind: .certificate, path: $0.path, digest: digest(of: $0.certificate))
            })
    }

    private func parseRules(
        _ declarations: Declarations, _ labels: [String: Label], _ lists: ListNames, _ patterns: CompiledPatterns
    ) -> [Rule] {
        let parser = RuleParser(log: log, labels: labels, lists: lists, patterns: patterns)
        let parsed = declarations.rules.compactMap { parser.parse($0) }
        let given = declarations.rules.flatMap { rule in
            rule.element.children(named: "tag").flatMap { $0.names("study") + $0.names("patient") }.map {
                (label: $0, tier: rule.tier)
            }
        }
        let check = GivenLabelCheck(log: log, labels: labels, given: given)
        for rule in parsed { check.check(rule.rule.condition, tier: rule.rule.tier, places: rule.places) }
        return parsed.map(\.rule).sorted { ($0.tier, $0.id) < ($1.tier, $1.id) }
    }
}
