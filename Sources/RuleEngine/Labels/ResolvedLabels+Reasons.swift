import DICOMCore
import RuleLanguage

extension ResolvedLabels {
    /// The most reasons that are told for one label.
    static let reasonLimit = 12

    /// Labels that hold for an instance of this study and patient, sorted by name, with their reasons.
    public func labels(study: StudyKey, patient: PatientKey) -> [AssignedLabel] {
        guard !isEmpty else { return [] }
        var found: [Int: [ReasonKey: AssignedLabel.Reason]] = [:]
        for (holder, holdsCertainly) in holders(study: number(of: study), patient: patient) {
            for cause in self[holder].causes {
                let reason = reason(for: cause, holdsCertainly)
                for label in labels(of: cause) { add(reason, to: &found[label, default: [:]]) }
            }
        }
        if found.isEmpty { return [] }
        implyParents(&found)
        // Doubt of what lifts is no doubt of what it refines, which restricts.
        for label in labels.lifting
        where found[label] != nil && !mayLift(label, study: number(of: study), patient: patient) {
            found[label] = found[label]?.mapValues(Self.doubted)
        }
        return found.sorted { $0.key < $1.key }.map { label, reasons in
            let sorted = reasons.values.sorted { ($0.isCertain ? 0 : 1, $0) < ($1.isCertain ? 0 : 1, $1) }
            return AssignedLabel(
                label: labels.names[label], isCertain: sorted.contains(where: \.isCertain),
                reasons: Array(sorted.prefix(Self.reasonLimit)))
        }
    }

    private static func doubted(_ reason: AssignedLabel.Reason) -> AssignedLabel.Reason {
        var reason = reason
        guard reason.isCertain else { return reason }
        reason.isCertain = false
        reason.evidence = reason.evidence.map {
            Evidence(
                attribute: $0.attribute, location: $0.location,
                problem: "it lifts nothing here: said by a code that came in, or not of every patient in the study")
        }
        return reason
    }

    private struct ReasonKey: Hashable {
        var kind: AssignedLabel.Reason.Kind
        var id: String
    }

    private func add(_ reason: AssignedLabel.Reason, to reasons: inout [ReasonKey: AssignedLabel.Reason]) {
        let key = ReasonKey(kind: reason.kind, id: reason.id)
        guard var joined = reasons[key] else {
            reasons[key] = reason
            return
        }
        if joined.isCertain == reason.isCertain {
            joined.evidence = Evidence.joined(joined.evidence, reason.evidence)
            reasons[key] = joined
        } else if reason.isCertain {
            reasons[key] = reason
        }
    }

    /// Children before their parents: a label that is there brings its parents, as certain as it is itself.
    private func implyParents(_ found: inout [Int: [ReasonKey: AssignedLabel.Reason]]) {
        for label in labels.childrenFirst {
            guard let reasons = found[label] else { continue }
            for parent in labels.parents[label] {
                let implied = AssignedLabel.Reason(
                    kind: .impliedBy, id: labels.names[label], location: labels.locations[label],
                    isCertain: reasons.values.contains(where: \.isCertain), evidence: [])
                add(implied, to: &found[parent, default: [:]])
            }
        }
    }

    private func reason(for cause: Holding.Cause, _ holdsCertainly: Bool) -> AssignedLabel.Reason {
        let number = Int(cause.number)
        var reason: AssignedLabel.Reason
        switch cause.kind {
        case .studyRule, .patientRule:
            let rule = rules.rules[number]
            reason = AssignedLabel.Reason(
                kind: .rule, id: rule.id, location: rule.location, isCertain: cause.isCertain, evidence: [])
        case .knownCode:
            let label = vocabulary[labels.names[number]]
            let code = "\(label?.code ?? "131395") \(label?.system ?? "DCM")"
            reason = AssignedLabel.Reason(
                kind: .incomingCode, id: code, location: label?.location, isCertain: cause.isCertain, evidence: [])
        case .studyRegistry, .patientRegistry, .instanceRegistry:
            reason = AssignedLabel.Reason(
                kind: .registry, id: "", location: labels.locations[number], isCertain: cause.isCertain, evidence: [])
        case .unreadableIdentity:
            reason = AssignedLabel.Reason(
                kind: .unreadableIdentity, id: "", location: labels.locations[number], isCertain: false, evidence: [])
        case .unknownCode, .unreadableCode:
            reason = AssignedLabel.Reason(
                kind: cause.kind == .unknownCode ? .unknownCode : .unreadableCode, id: "",
                location: labels.locations[number], isCertain: cause.isCertain, evidence: [])
        }
        reason.evidence = evidence[cause.evidence]
        guard !holdsCertainly, reason.isCertain else { return reason }
        reason.isCertain = false
        reason.evidence = Evidence.joined(
            reason.evidence,
            reason.evidence.prefix(1).map {
                Evidence(
                    attribute: "\(Tag.issuerOfPatientID)", location: $0.location,
                    problem: "given here and not there: it may be the same patient")
            })
        return reason
    }
}
