import Host
package import RuleLanguage
import Synchronization

/// Mutants of the rule sets that tests run on, and which of them the tests notice.
package struct MutationRun: Sendable {
    package struct Result: Sendable {
        package var mutant: Mutant
        /// The case that noticed first; nil for a survivor.
        package var noticedBy: String?
        /// Why no test can notice it, as the tests say.
        package var reason: String?
    }

    /// By place.
    package var results: [Result]
    /// Mutants that the tests call unnoticeable, and that are noticed or that there are none of.
    package var findings: [Finding]

    package var noticed: Int { results.count { $0.noticedBy != nil } }
    package var survivors: [Result] { results.filter { $0.noticedBy == nil && $0.reason == nil } }
    package var allowed: [Result] { results.filter { $0.noticedBy == nil && $0.reason != nil } }

    /// Of those that can be noticed, rounded down.
    package var score: Int {
        let wanted = results.count - allowed.count
        return wanted == 0 ? 100 : noticed * 100 / wanted
    }

    /// Tries each mutant on the cases of the files that cover what it changes, until one notices.
    ///
    /// - Parameter jobs: threads.
    package init(_ run: TestRun, jobs: Int, tick: (_ done: Int, _ all: Int) -> Void = { _, _ in }) {
        let plans = Self.plans(run)
        let found = Noticed()
        let chunks = Workers.Chunks(count: plans.count, size: 1)
        let suites = run.suites
        Workers.run(jobs, tick: { tick(found.count, plans.count) }) { _ in
            while let chunk = chunks.take() {
                for index in chunk {
                    let plan = plans[index]
                    found.add(index, Self.notices(plan.mutant, plan.suites.map { suites[$0] }))
                }
            }
        }
        let allowed = suites.flatMap(\.file.survivors)
        let reasons = Dictionary(allowed.map { ($0.mutant, $0.reason) }) { first, _ in first }
        let names = found.names
        results = plans.enumerated().map { index, plan in
            Result(
                mutant: plan.mutant, noticedBy: names[index],
                reason: names[index] == nil ? reasons[plan.mutant.name] : nil)
        }
        let survived = Set(results.filter { $0.noticedBy == nil }.map(\.mutant.name))
        let known = Set(results.map(\.mutant.name))
        findings = allowed.filter { !survived.contains($0.mutant) }.map { survivor in
            let isKnown = known.contains(survivor.mutant)
            return Finding(
                severity: .error, code: isKnown ? "noticed-mutant" : "unknown-mutant",
                message: isKnown
                    ? "the mutant `\(survivor.mutant)` is noticed" : "there is no mutant `\(survivor.mutant)`",
                location: survivor.location, hint: "remove the line")
        }
    }

    /// What threads have found.
    private final class Noticed: Sendable {
        private let found = Mutex<(names: [Int: String], count: Int)>(([:], 0))
        var names: [Int: String] { found.withLock { $0.names } }
        var count: Int { found.withLock { $0.count } }

        func add(_ index: Int, _ name: String?) {
            found.withLock { found in
                found.names[index] = name
                found.count += 1
            }
        }
    }

    private struct Plan: Sendable {
        var mutant: Mutant
        var suites: [Int]
    }

    /// A mutant that several files of tests cover is one.
    private static func plans(_ run: TestRun) -> [Plan] {
        var plans: [Plan] = []
        var numbers: [String: Int] = [:]
        for (index, suite) in run.suites.enumerated() {
            for ruleSet in suite.ruleSets.values {
                var files: Set<String> = [FilePath.simplified(suite.file.rulesPath)]
                if suite.file.coversIncludes {
                    files.formUnion(ruleSet.sources.filter { $0.kind == .rules }.map(\.path))
                }
                for mutant in Mutant.all(of: ruleSet, in: files) {
                    let key = "\(mutant.location) \(mutant.name)"
                    let number = numbers[key] ?? plans.count
                    if number == plans.count {
                        numbers[key] = number
                        plans.append(Plan(mutant: mutant, suites: []))
                    }
                    if plans[number].suites.last != index { plans[number].suites.append(index) }
                }
            }
        }
        return plans.sorted { ($0.mutant.location, $0.mutant.name) < ($1.mutant.location, $1.mutant.name) }
    }

    /// The name of the first case that comes out otherwise.
    private static func notices(_ mutant: Mutant, _ suites: [TestRun.Suite]) -> String? {
        for suite in suites {
            var benches: [TestRun.RuleSetKey: Bench] = [:]
            for test in suite.ordered(for: mutant) {
                let key = TestRun.RuleSetKey(test)
                guard var ruleSet = suite.ruleSets[key] else { continue }
                let bench =
                    benches[key]
                    ?? {
                        mutant.change(&ruleSet)
                        return Bench(ruleSet)
                    }()
                benches[key] = bench
                for index in test.trials.indices
                where !Trial(test, index, on: bench).failures(stopsAtFirst: true).isEmpty {
                    return test.name
                }
            }
        }
        return nil
    }
}

extension TestRun.Suite {
    /// Those first in which the rule that is changed fired.
    fileprivate func ordered(for mutant: Mutant) -> [TestCase] {
        guard let rule = mutant.rule else { return file.cases }
        let (near, far) = file.cases.reduce(into: ([TestCase](), [TestCase]())) { parts, test in
            if fired[test.name]?.contains(rule) == true { parts.0.append(test) } else { parts.1.append(test) }
        }
        return near + far
    }
}
