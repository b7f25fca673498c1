import DICOMCore
import RuleEngine
package import RuleLanguage

/// What tests have gone through of the rule sets they run on: joined over files, so that what one leaves out another may
/// have. An entry stands where its element does.
package struct CoverageBook: Sendable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case rule, condition, clause, statement, label

        package var plural: String { rawValue + "s" }
    }

    /// Something that can be gone through, and in how many ways.
    package struct Entry: Sendable {
        package var kind: Kind
        package var location: SourceLocation
        /// `rule vip-name`, `condition 2.1 of rule vip-name: matches PatientName`.
        package var text: String
        /// In the order in which they are told: `true`, `false`, `unknown`; `fires`; `applies`, `does not`, `lifted`.
        package var ways: [String]
        /// Ways that no data set goes, as the tests say.
        package var excepted: Set<String> = []
        package var gone: Set<String> = []

        package var missing: [String] { ways.filter { !gone.contains($0) && !excepted.contains($0) } }
        package var wanted: Int { ways.count { !excepted.contains($0) } }
    }

    package private(set) var entries: [SourceLocation: Entry] = [:]
    /// Names of the files of which coverage is asked.
    private var files: Set<String> = []
    /// Exceptions that are no such thing.
    package private(set) var findings: [Finding] = []
    private var choices: [String: FollowedStatements] = [:]

    package init() {}

    // MARK: - What there is

    mutating func enter(_ ruleSet: RuleSet, of tests: TestFile) {
        files.insert(FilePath.simplified(tests.rulesPath))
        if tests.coversIncludes { files.formUnion(ruleSet.sources.filter { $0.kind == .rules }.map(\.path)) }
        for rule in ruleSet.rules where rule.tier <= ruleSet.tier {
            add(Entry(kind: .rule, location: rule.location, text: "rule \(rule.id)", ways: ["fires"]))
            for (path, condition) in rule.condition.parts() {
                add(
                    Entry(
                        kind: .condition, location: condition.location,
                        text: "condition \(conditionPath(path)) of rule \(rule.id): \(condition.words)",
                        ways: condition.possibleOutcomes.names))
            }
        }
        for label in ruleSet.labels.values where label.tier <= ruleSet.tier && label.location != .builtIn {
            add(Entry(kind: .label, location: label.location, text: "label \(label.id)", ways: ["given"]))
        }
        for audience in ruleSet.audiences.values {
            add(
                Entry(
                    kind: .clause, location: audience.location, text: "always of audience \(audience.id)",
                    ways: ["applies"]))
            for clause in audience.clauses {
                add(
                    Entry(
                        kind: .clause, location: clause.location,
                        text: "on \(clause.labels.joined(separator: " ")) of audience \(audience.id)",
                        ways: ["applies", "does not"] + (clause.unless == nil ? [] : ["lifted"])))
            }
        }
        enterProfiles(of: ruleSet)
        for exception in tests.exceptions { except(exception, ruleSet) }
    }

    private mutating func enterProfiles(of ruleSet: RuleSet) {
        // Those that an audience gets, or that are built on: a statement that others override is followed in its own.
        for profile in ruleSet.profiles.values.sorted(by: { $0.ancestors.count < $1.ancestors.count }) {
            for statement in profile.statements {
                add(
                    Entry(
                        kind: .statement, location: statement.location,
                        text: "\(statement.words) of profile \(profile.id)", ways: ["followed"]))
            }
            for concept in profile.settings.concepts {
                add(
                    Entry(
                        kind: .statement, location: concept.location,
                        text: "concept \(concept.code) of profile \(profile.id)", ways: ["followed"]))
            }
        }
    }

    private mutating func add(_ entry: Entry) {
        if entries[entry.location] == nil { entries[entry.location] = entry }
    }

    private mutating func except(_ exception: CoverageException, _ ruleSet: RuleSet) {
        var problem: String?
        switch exception.what {
        case .condition(let id, let path, let outcomes):
            let rule = ruleSet.rules.first { $0.id == id }
            if let condition = rule?.condition.parts().first(where: { $0.path == path })?.condition {
                entries[condition.location]?.excepted.formUnion(outcomes.names)
            } else {
                problem = rule == nil ? "there is no rule `\(id)`" : "the rule has no such condition"
            }
        case .statement(let id, let words):
            if let statement = ruleSet.profiles[id]?.statements.first(where: { $0.words == words }) {
                entries[statement.location]?.excepted.insert("followed")
            } else {
                problem = "the profile `\(id)` has no statement `\(words)`"
            }
        }
        guard let problem else { return }
        let finding = Finding(
            severity: .error, code: "unknown-condition", message: problem, location: exception.location)
        if !findings.contains(finding) { findings.append(finding) }
    }

    // MARK: - What was gone through

    mutating func add(_ trial: Trial, _ trace: ConditionOutcomes) {
        let ruleSet = trial.bench.ruleSet
        for rule in ruleSet.rules where trial.observed.fired[rule.id] == true { go(rule.location, "fires") }
        for label in Set(trial.observed.labels.joined().map(\.label)) {
            if let location = ruleSet.labels[label]?.location { go(location, "given") }
        }
        let views = LabelViews(trial)
        for index in trial.instances.indices {
            let outcomes = trace.outcomes(
                of: trial.instances[index].file, source: trial.test.source, known: trial.test.known,
                signatures: trial.test.signature.map(StatedSignature.init)
            ) { name, tier in views.truth(name, tier: tier, instance: index) }
            for (location, outcome) in outcomes {
                for name in outcome.names { go(location, name) }
            }
        }
        for expectation in trial.test.expectations { add(expectation, trial) }
    }

    private mutating func go(_ location: SourceLocation, _ way: String) { entries[location]?.gone.insert(way) }

    /// A clause counts where a decision is expected, a statement where a copy is.
    private mutating func add(_ expectation: Expectation, _ trial: Trial) {
        switch expectation.kind {
        case .decision(let decision):
            for audience in decision.audiences { addClauses(of: audience, expectation, trial) }
        case .copy(let copy):
            if case .audience(let audience) = copy.target { addClauses(of: audience, expectation, trial) }
            guard copy.refusal == nil else { return }
            for index in trial.numbers(expectation) { addStatements(copy.target, index, expectation, trial) }
        case .labels, .rules, .holds: break
        }
    }

    private mutating func addClauses(of name: String, _ expectation: Expectation, _ trial: Trial) {
        guard let audience = trial.bench.ruleSet.audiences[name] else { return }
        for index in trial.numbers(expectation) {
            guard let decision = trial.decision(name, index) else { continue }
            go(audience.location, "applies")
            for clause in audience.clauses {
                let met = decision.clauses.first { $0.location == clause.location }
                go(clause.location, met == nil ? "does not" : met?.liftedBy == nil ? "applies" : "lifted")
            }
        }
    }

    private mutating func addStatements(
        _ target: ExpectedCopy.Target, _ index: Int, _ expectation: Expectation, _ trial: Trial
    ) {
        let name: String? =
            switch target {
            case .audience(let audience): trial.decision(audience, index)?.profile
            case .profile(let profile): profile
            }
        let comparison = CopyComparison(trial: trial, instance: index, expectation: expectation)
        guard let profile = name.flatMap({ trial.bench.ruleSet.profiles[$0] }),
            case .copy(let copy) = comparison.passage(target)
        else { return }
        let key = trial.bench.ruleSet.digest + profile.id
        let choice = choices[key] ?? FollowedStatements(profile)
        choices[key] = choice
        for place in choice.followed(in: trial.instances[index].file, copy: copy) { go(place, "followed") }
    }

    // MARK: - Report

    /// All entries of which coverage is asked, by place.
    package var report: [Entry] {
        entries.values.filter { files.contains($0.location.file) && $0.wanted > 0 }.sorted {
            $0.location < $1.location
        }
    }

    /// Outcomes that no data set has, as the tests say, and that one had.
    package var contradictions: [Entry] {
        entries.values.filter { !$0.excepted.isDisjoint(with: $0.gone) }.sorted { $0.location < $1.location }
    }

    package struct Count: Sendable, Hashable {
        package var gone = 0
        package var wanted = 0
        /// Rounded down, so that 100 is all.
        package var percent: Int { wanted == 0 ? 100 : gone * 100 / wanted }
    }

    package func count(_ kind: Kind) -> Count {
        report.filter { $0.kind == kind }.reduce(into: Count()) { count, entry in
            count.wanted += entry.wanted
            count.gone += entry.wanted - entry.missing.count
        }
    }

    /// Of the kind that is covered least.
    package var lowestPercent: Int { Kind.allCases.map { count($0).percent }.min() ?? 100 }
}

/// The labels of a trial as the rules of each tier see them: those that lower tiers gave.
private final class LabelViews {
    private let trial: Trial
    private var views: [Int: [[String: Bool]]] = [:]

    init(_ trial: Trial) { self.trial = trial }

    func truth(_ label: String, tier: Int, instance: Int) -> Truth {
        if views[tier] == nil { views[tier] = view(below: tier) }
        guard let isCertain = views[tier]?[instance][label] else { return .false }
        return isCertain ? .true : .unknown
    }

    private func view(below tier: Int) -> [[String: Bool]] {
        var book = StudyBook(trial.bench.ruleSet, tier: tier - 1)
        for evaluation in trial.observed.evaluations { book.add(evaluation) }
        let resolved = book.resolve()
        return trial.observed.evaluations.map { evaluation in
            let labels = resolved.labels(study: evaluation.study, patient: evaluation.patient)
            return Dictionary(labels.map { ($0.label, $0.isCertain) }) { $0 || $1 }
        }
    }
}

extension ProfileStatement {
    /// `PatientName`'s place, or what else is chosen.
    var words: String {
        switch selector {
        case .path(let pattern): "\(pattern)"
        case .tag(let tag): "\(tag)"
        case .repeating(let group, let element): "\(PathPattern.Element.repeating(group: group, element: element))"
        case .privateElement(let group, let creator, let element):
            "\(PathPattern.Element.privateElement(group: group, creator: creator, element: element))"
        case .creator(let creator): "creator \(creator)"
        case .group(let group, let isRepeating):
            isRepeating ? "group \(hexadecimal(group).prefix(2))xx" : "group \(hexadecimal(group))"
        case .privateGroups: "group private"
        case .vr(let vr): "vr \(vr)"
        case .anything: "anything"
        }
    }
}
