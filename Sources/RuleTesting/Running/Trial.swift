import DICOMFile
import RuleEngine
import RuleLanguage

/// One trial of a case: its instances, and whether all that is expected came.
struct Trial {
    let test: TestCase
    let instances: [TestInstance]
    /// From 1; nil where there is one.
    let number: Int?
    let bench: Bench
    let observed: Observation

    init(_ test: TestCase, _ index: Int, on bench: Bench) {
        self.test = test
        self.bench = bench
        instances = test.trials[index]
        number = test.trials.count > 1 ? index + 1 : nil
        observed = bench.observe(instances, of: test)
    }

    /// - Parameter stopsAtFirst: one failure is enough to know.
    func failures(stopsAtFirst: Bool = false) -> [TestFailure] {
        var failures: [TestFailure] = []
        for expectation in test.expectations {
            switch expectation.kind {
            case .labels(let names): failures += labels(names, expectation)
            case .rules(let names): failures += rules(names, expectation)
            case .decision(let expected): failures += decision(expected, expectation)
            case .holds(let matters): failures += holds(matters, expectation)
            case .copy(let copy):
                for index in numbers(expectation) {
                    let comparison = CopyComparison(trial: self, instance: index, expectation: expectation)
                    failures += comparison.failures(copy)
                    if stopsAtFirst, !failures.isEmpty { break }
                }
            }
            if stopsAtFirst, !failures.isEmpty { break }
        }
        return failures
    }

    func failure(_ location: SourceLocation, expected: String, came: String) -> TestFailure {
        TestFailure(location: location, trial: number, expected: expected, came: came)
    }

    /// Instances that an expectation speaks of, from 0.
    func numbers(_ expectation: Expectation) -> Range<Int> {
        guard let number = expectation.instance else { return instances.indices }
        return instances.indices.clamped(to: (number - 1)..<number)
    }

    /// `of instance 2` where there are several.
    func words(for instance: Int) -> String { instances.count > 1 ? " of instance \(instance + 1)" : "" }

    // MARK: - Names

    private func labels(_ names: ExpectedNames, _ expectation: Expectation) -> [TestFailure] {
        numbers(expectation).flatMap { index -> [TestFailure] in
            let labels = observed.labels[index]
            let there = Dictionary(labels.map { ($0.label, $0.isCertain) }) { $0 || $1 }
            var implied: Set<String> = []
            for name in names.certain + names.uncertain { implied.formUnion(bench.ruleSet.labels.ancestors(of: name)) }
            // A label that comes with one that is named need not be named.
            return compare(
                names, there, implied: implied, what: "label", suffix: words(for: index),
                why: { name in reason(for: name, labels) }, expectation)
        }
    }

    private func rules(_ names: ExpectedNames, _ expectation: Expectation) -> [TestFailure] {
        compare(
            names, observed.fired, implied: [], what: "rule", suffix: "", why: { _ in "" }, expectation)
    }

    private func compare(
        _ names: ExpectedNames, _ there: [String: Bool], implied: Set<String>, what: String, suffix: String,
        why: (String) -> String, _ expectation: Expectation
    ) -> [TestFailure] {
        var failures: [TestFailure] = []
        func fail(_ expected: String, _ came: String) {
            failures.append(failure(expectation.location, expected: expected + suffix, came: came))
        }
        func state(_ name: String) -> String {
            switch there[name] {
            case nil: "none of that name"
            case true?: "it for certain\(why(name))"
            case false?: "it, uncertain\(why(name))"
            }
        }
        for name in names.certain where there[name] != true { fail("\(what) `\(name)` for certain", state(name)) }
        for name in names.uncertain where there[name] != false { fail("\(what) `\(name)`, uncertain", state(name)) }
        for name in names.absent where there[name] != nil { fail("no \(what) `\(name)`", state(name)) }
        guard names.isExact else { return failures }
        let named = Set(names.certain + names.uncertain + names.absent).union(implied)
        for name in there.keys.sorted() where !named.contains(name) {
            fail("no other \(what)", "`\(name)`" + (there[name] == true ? "" : ", uncertain") + why(name))
        }
        return failures
    }

    private func reason(for label: String, _ labels: [AssignedLabel]) -> String {
        guard let reason = labels.first(where: { $0.label == label })?.reasons.first else { return "" }
        let place = reason.location.map { " at \($0)" } ?? ""
        switch reason.kind {
        case .rule: return ", by rule `\(reason.id)`\(place)"
        case .impliedBy: return ", with `\(reason.id)`"
        case .incomingCode, .unknownCode, .unreadableCode: return ", by a code of (0008,001D)"
        case .unreadableIdentity: return ", since nobody can read whose it is"
        case .registry: return ", by the registry"
        }
    }

    // MARK: - Decisions

    private func decision(_ expected: ExpectedDecision, _ expectation: Expectation) -> [TestFailure] {
        var failures: [TestFailure] = []
        for index in numbers(expectation) {
            for audience in expected.audiences {
                let who = "audience `\(audience)`\(words(for: index))"
                func fail(_ what: String, _ came: String) {
                    failures.append(
                        failure(expectation.location, expected: "\(what) for \(who)", came: came))
                }
                guard let decision = decision(audience, index) else {
                    fail("a decision", "none: the rule set has no such audience")
                    continue
                }
                if decision.disposition != expected.disposition {
                    fail(expected.disposition.name, "\(decision.disposition.name), \(Self.why(decision))")
                }
                if let profile = expected.profile, decision.profile != profile {
                    fail("profile `\(profile)`", decision.profile.map { "`\($0)`" } ?? "none")
                }
                if let carries = expected.carriesLabels, decision.carriesLabels != carries {
                    fail(carries ? "labels in the copy" : "no labels in the copy", carries ? "none" : "labels")
                }
                if let obligations = expected.obligations {
                    let missing = Self.difference(obligations, decision.obligations)
                    if let missing { fail("to be obliged to \(missing.expected)", missing.came) }
                }
                if let by = expected.by {
                    let labels = decision.clauses.first?.labels ?? []
                    let came = labels.isEmpty ? ["always"] : labels
                    if came != by { fail("the clause on `\(by.joined(separator: " "))`", Self.why(decision)) }
                }
            }
        }
        return failures
    }

    /// What is decided for an instance.
    func decision(_ audience: String, _ index: Int) -> Decision? {
        Decision.decide(audience: audience, labels: observed.labels[index], in: bench.ruleSet)
    }

    private static func why(_ decision: Decision) -> String {
        guard let clause = decision.clauses.first else { return "by no clause" }
        let what = clause.labels.isEmpty ? "always" : "on \(clause.labels.joined(separator: " "))"
        return "by `\(what)` at \(clause.location)"
    }

    /// Obligations may be named with their system or without.
    private static func difference(
        _ expected: [String], _ came: [Audience.Obligation]
    ) -> (expected: String, came: String)? {
        let isSame =
            expected.count == came.count
            && came.allSatisfy { obligation in
                expected.contains { $0 == obligation.code || $0 == "\(obligation.system):\(obligation.code)" }
            }
        guard !isSame else { return nil }
        func words(_ all: [String]) -> String { all.isEmpty ? "nothing" : all.joined(separator: " ") }
        return (words(expected), words(came.map { "\($0.system):\($0.code)" }))
    }

    private func holds(_ matters: [String], _ expectation: Expectation) -> [TestFailure] {
        guard observed.holds != matters else { return [] }
        func words(_ all: [String]) -> String { all.isEmpty ? "no hold" : "holds of " + all.joined(separator: " ") }
        return [failure(expectation.location, expected: words(matters), came: words(observed.holds))]
    }
}
