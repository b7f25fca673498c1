import RuleEngine
package import RuleLanguage

/// What came of a case.
package struct CaseResult: Sendable {
    package var test: TestCase
    /// Of the file.
    package var file: String
    package var failures: [TestFailure]
    package var passed: Bool { failures.isEmpty }
}

/// Files of tests, run: each case on its rule set, with what was covered on the way.
package struct TestRun {
    package private(set) var results: [CaseResult] = []
    /// What kept a rule set from being loaded; then its cases did not run.
    package private(set) var findings: [Finding] = []
    package private(set) var coverage = CoverageBook()
    /// For mutants: everything that ran.
    private(set) var suites: [Suite] = []

    /// A file of tests with the rule sets that its cases run on.
    struct Suite: Sendable {
        var file: TestFile
        /// By the lists and the tier that a case has.
        var ruleSets: [RuleSetKey: RuleSet]
        /// By the name of a case, the rules that fired in it.
        var fired: [String: Set<String>] = [:]
    }

    /// What a case may change of the rule set that it runs on.
    struct RuleSetKey: Hashable, Sendable {
        var lists: String
        var tier: Int?

        init(_ test: TestCase) {
            lists = test.listsKey
            tier = test.tier
        }
    }

    package init() {}

    /// Whether every rule set was loaded.
    package var isComplete: Bool { !findings.contains { $0.severity == .error } }
    package var failureCount: Int { results.count { !$0.passed } }

    /// Runs the cases of a file.
    ///
    /// - Parameters:
    ///   - isChosen: which cases run.
    ///   - measuresCoverage: asks each condition how it comes out, which takes as long again.
    package mutating func run(
        _ file: TestFile, measuresCoverage: Bool, where isChosen: (TestCase) -> Bool = { _ in true }
    ) {
        let chosen = file.cases.filter(isChosen)
        var suite = Suite(file: file, ruleSets: [:])
        suite.file.cases = chosen
        var benches: [RuleSetKey: (bench: Bench, trace: ConditionOutcomes?)] = [:]
        for test in chosen {
            let key = RuleSetKey(test)
            if benches[key] == nil, let ruleSet = load(file, test) {
                suite.ruleSets[key] = ruleSet
                benches[key] = (Bench(ruleSet), measuresCoverage ? ConditionOutcomes(ruleSet) : nil)
                if measuresCoverage { coverage.enter(ruleSet, of: file) }
            }
            guard let (bench, trace) = benches[key] else { continue }
            var failures: [TestFailure] = []
            for index in test.trials.indices {
                let trial = Trial(test, index, on: bench)
                failures += trial.failures()
                suite.fired[test.name, default: []].formUnion(trial.observed.fired.keys)
                if let trace { coverage.add(trial, trace) }
            }
            results.append(CaseResult(test: test, file: file.name, failures: failures))
        }
        suites.append(suite)
    }

    private mutating func load(_ file: TestFile, _ test: TestCase) -> RuleSet? {
        let (ruleSet, found) = RuleSetLoader(replacing: test.lists).load(path: file.rulesPath)
        guard let ruleSet else {
            findings += found.filter { !findings.contains($0) }
            return nil
        }
        if let unknown = test.lists.keys.sorted().first(where: { ruleSet.lists[$0] == nil }) {
            return refuse("the rule set has no list `\(unknown)`", "unknown-list", test)
        }
        guard let tier = test.tier else { return ruleSet }
        do {
            return try ruleSet.at(tier: tier)
        } catch {
            return refuse("at tier \(tier) the rule set does not load: \(error.reason)", "tier", test)
        }
    }

    private mutating func refuse(_ message: String, _ code: String, _ test: TestCase) -> RuleSet? {
        let finding = Finding(severity: .error, code: code, message: message, location: test.location)
        if !findings.contains(finding) { findings.append(finding) }
        return nil
    }
}
