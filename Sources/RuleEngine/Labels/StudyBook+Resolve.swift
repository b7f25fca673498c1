extension StudyBook {
    /// Labels of every study, tier by tier: rules of a tier see the labels that rules of lower tiers gave, never their own,
    /// so that what a lower tier says is the same for every site (P5). Call once, when everything has been added.
    public func resolve() -> ResolvedLabels {
        var resolved = ResolvedLabels(self)
        for (key, group) in groups where !group.incoming.isEmpty {
            guard let study = resolved.number(of: key.study) else { continue }
            for code in group.incoming {
                let cause = Holding.Cause(
                    kind: Holding.Cause.Kind(code.kind), number: code.label, isCertain: code.kind.isCertain,
                    evidence: code.evidence)
                let patient = cause.kind == .patientRegistry ? resolved.number(of: key.patient) : nil
                resolved.give(cause, to: patient.map { .patient($0) } ?? .study(study))
            }
        }
        for tier in stride(from: 1, through: tier, by: 1) {
            resolved.enterIncomingLabels(upTo: tier - 1)
            var given: [(Holding.Cause, ResolvedLabels.Holder)] = []
            for (key, group) in groups where !group.outcomes.isEmpty {
                collect(tier, of: group, key, in: &resolved, into: &given)
            }
            for (cause, holder) in given { resolved.give(cause, to: holder) }
        }
        resolved.enterIncomingLabels(upTo: tier)
        return resolved
    }

    /// What the rules of one tier give to a group's study and patient, under the labels of lower tiers.
    private func collect(
        _ tier: Int, of group: Group, _ key: GroupKey, in resolved: inout ResolvedLabels,
        into given: inout [(Holding.Cause, ResolvedLabels.Holder)]
    ) {
        var known: LabelSet?
        for outcome in group.outcomes {
            let rule = rules.rules[Int(outcome.rule)]
            guard rule.tier == tier else { continue }
            guard let study = resolved.number(of: key.study) else { return }
            var truth = Truth.unknown
            var number = outcome.evidence
            if case .known(let value) = residuals[outcome.residual] {
                truth = value
            } else {
                let view = known ?? resolved.labelsHeld(study: study)
                known = view
                truth = residuals[outcome.residual].truth(view.truth)
                let asked = residuals[outcome.residual].asked(view.truth).map { asked in
                    Evidence(
                        attribute: "label \(labels.names[asked.label])", location: asked.location,
                        problem: asked.truth == .unknown ? "the label is uncertain" : nil)
                }
                number = resolved.joined(number, asked)
            }
            guard truth != .false else { continue }
            let patient = resolved.number(of: key.patient)
            let isCertain = truth == .true
            if !rule.studyLabels.isEmpty {
                let cause = Holding.Cause(
                    kind: .studyRule, number: outcome.rule, isCertain: isCertain, evidence: number)
                given.append((cause, .study(study)))
            }
            if !rule.patientLabels.isEmpty {
                let cause = Holding.Cause(
                    kind: .patientRule, number: outcome.rule, isCertain: isCertain, evidence: number)
                // Without a patient the label stays with the study: it is never lost.
                given.append((cause, patient.map { .patient($0) } ?? .study(study)))
            }
        }
    }
}

extension Evaluation.IncomingCode.Kind {
    /// Codes that come in count as certain unless they cannot be read.
    var isCertain: Bool {
        switch self {
        case .known, .unknown: true
        case .unreadable, .unreadableIdentity: false
        case .registered(_, let isCertain): isCertain
        }
    }
}

extension Holding {
    /// Asked of each holding and not of `ResolvedLabels`, which would be copied, with all of its holdings, for every one.
    fileprivate mutating func enterIncomingLabels(upTo tier: Int, _ table: LabelTable) {
        for cause in causes where !cause.kind.isRule {
            for label in table.closures[Int(cause.number)] where table.tiers[label] <= tier {
                let isCertain = cause.isCertain && (cause.kind.mayLift || !table.lifting.contains(label))
                labels.insert(label, isCertain: isCertain)
            }
        }
    }
}

extension ResolvedLabels {
    /// Labels that a cause gives, without their ancestors.
    func labels(of cause: Holding.Cause) -> [Int] {
        switch cause.kind {
        case .studyRule: rules.rules[Int(cause.number)].studyLabels
        case .patientRule: rules.rules[Int(cause.number)].patientLabels
        case .knownCode, .unknownCode, .unreadableCode, .unreadableIdentity, .studyRegistry, .patientRegistry,
            .instanceRegistry:
            within(tier, Int(cause.number))
        }
    }

    /// The label itself, or its ancestors of the tier and below.
    private func within(_ tier: Int, _ label: Int) -> [Int] {
        labels.tiers[label] <= tier ? [label] : labels.closures[label].filter { labels.tiers[$0] <= tier }
    }

    /// The cause, and for a rule its labels with all that comes with them.
    fileprivate mutating func give(_ cause: Holding.Cause, to holder: Holder) {
        isEmpty = false
        let given = cause.kind.isRule ? labels(of: cause).flatMap { labels.closures[$0] } : []
        switch holder {
        case .study(let number): studyHoldings[number].add(cause, given, &evidence)
        case .patient(let number): patientHoldings[number].add(cause, given, &evidence)
        }
    }

    /// Labels that came in, and the registry's, become visible with their own tier, so that a rule sees the same of them
    /// at every site.
    fileprivate mutating func enterIncomingLabels(upTo tier: Int) {
        let table = labels
        for study in studyHoldings.indices { studyHoldings[study].enterIncomingLabels(upTo: tier, table) }
        for patient in patientHoldings.indices { patientHoldings[patient].enterIncomingLabels(upTo: tier, table) }
    }

    fileprivate mutating func joined(_ number: Int32, _ more: [Evidence]) -> Int32 {
        evidence.number(Evidence.joined(evidence[number], more))
    }

    /// The labels that hold for a study so far.
    fileprivate func labelsHeld(study: Int) -> LabelSet {
        var result = LabelSet()
        for (holder, isCertain) in holders(study: study) {
            result.formUnion(self[holder].labels, asCertain: isCertain)
        }
        for label in labels.lifting where !mayLift(label, study: study) { result.doubt(label) }
        return result
    }

    subscript(holder: Holder) -> Holding {
        switch holder {
        case .study(let number): studyHoldings[number]
        case .patient(let number): patientHoldings[number]
        }
    }
}
