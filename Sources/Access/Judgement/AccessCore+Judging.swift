import DICOMCore
import DICOMFile
import Registry
import RuleEngine
import RuleLanguage

extension AccessCore {
    /// What audiences see of something with these labels: the most restrictive of what each sees.
    ///
    /// - Parameter sets: labels of each patient whom it is about; a label that lifts for one of them lifts nothing for another.
    func disclosure(of sets: [[AssignedLabel]], for audiences: [String]) throws(AccessError) -> Verdict {
        var worst: Verdict?
        var profiles: Set<String> = []
        for audience in audiences {
            for labels in sets {
                guard let decision = Decision.decide(audience: audience, labels: labels, in: ruleSet) else {
                    throw AccessError(.configuration, "audience `\(audience)` is not in the rule set")
                }
                let own = Verdict(
                    disclosure: disclosure(of: decision), audience: audience, decision: decision)
                if let profile = decision.profile { profiles.insert(profile) }
                if worst.map({ precedes($0, own) }) ?? true { worst = own }
            }
        }
        guard let worst else { return .withheld }
        // Two audiences that want different things of a copy: it is made by the profile that does what the other does, too.
        if worst.disclosure == .deidentified || worst.disclosure == .masked {
            let own = worst.decision?.profile
            let ancestors = own.flatMap { ruleSet.profiles[$0]?.ancestors } ?? []
            guard profiles.allSatisfy({ $0 == own || ancestors.contains($0) }) else { return .withheld }
        }
        return worst
    }

    /// More restrictive last; of the same, the profile that extends the other, then the one that carries labels.
    private func precedes(_ left: Verdict, _ right: Verdict) -> Bool {
        func rank(_ verdict: Verdict) -> (Int, Int, Int) {
            (
                verdict.disclosure.rawValue,
                verdict.decision?.profile.flatMap { ruleSet.profiles[$0]?.ancestors.count } ?? 0,
                verdict.decision?.carriesLabels == true ? 1 : 0
            )
        }
        return rank(left) < rank(right)
    }

    private func disclosure(of decision: Decision) -> Disclosure {
        switch decision.disposition {
        case .release, .flag: .visible
        case .deidentify:
            switch policy.deidentified[decision.audience] ?? .masked {
            case .masked: .masked
            case .deidentified: .deidentified
            case .withheld: .withheld
            }
        case .sequester: .withheld
        }
    }

    /// Whether a decision counts as one by the rules of now.
    func counts(_ decision: DecidedInstance) -> Bool {
        guard decision.ruleSet == ruleSet.id else { return false }
        if decision.ruleSetDigest == ruleSet.digest || policy.earlierDecisions == .count { return true }
        // The same revision with other lists, which are asked again of what the registry keeps of each instance.
        return listsAreAskedAgain && decision.revision != 0 && Int64(ruleSet.revision) == decision.revision
    }

    /// Instances that could not be made safe for an audience, though rules would have let them go, or that nobody could read.
    func refused(_ record: StudyRecord, _ audience: String) -> Set<String> {
        var refused = Set<String>()
        for known in record.instances {
            guard let last = record.decisions[known.instance.digest]?.last(where: { $0.audience == audience }),
                last.disposition == Disposition.sequester.name, last.byRules != Disposition.sequester.name
            else { continue }
            refused.formUnion(known.instance.values(.sopInstanceUID))
        }
        return refused
    }

    /// Whether lists are asked of nothing but what the registry keeps, so that a row that is new counts for what was decided
    /// before it came.
    static func asksListsOfWhatIsKept(_ ruleSet: RuleSet) -> Bool {
        let kept = Set(InstanceAttribute.allCases.map(\.tag))
        func isKept(_ condition: Condition) -> Bool {
            switch condition.kind {
            case .all(let parts), .any(let parts): parts.allSatisfy(isKept)
            case .not(let part): isKept(part)
            case .item(_, of: _, let inner): !asksList(inner)
            case .inList(_, let attributes):
                attributes.allSatisfy { reference in
                    guard reference.path.steps.isEmpty, case .standard(let tag) = reference.path.element else {
                        return false
                    }
                    return kept.contains(tag)
                }
            default: true
            }
        }
        func asksList(_ condition: Condition) -> Bool {
            switch condition.kind {
            case .all(let parts), .any(let parts): parts.contains(where: asksList)
            case .not(let part): asksList(part)
            case .item(_, of: _, let inner): asksList(inner)
            case .inList: true
            default: false
            }
        }
        // Within a rule that also asks for other data, a row that is new may decide what data then decided.
        func isAlone(_ condition: Condition) -> Bool {
            switch condition.kind {
            case .inList, .labelled, .held: true
            case .any(let parts): parts.allSatisfy { !asksList($0) || isAlone($0) }
            case .all(let parts): parts.allSatisfy(isAlone)
            case .not(let part): isAlone(part)
            default: !asksList(condition)
            }
        }
        return ruleSet.rules.allSatisfy { isKept($0.condition) && (!asksList($0.condition) || isAlone($0.condition)) }
    }

    /// What is asked of the archive of every study: by what it is judged.
    var studyKeys: Identifier {
        var keys = Identifier()
        for tag in [Tag.studyInstanceUID, .patientID, .issuerOfPatientID, .studyRelatedInstances] { keys.ask(for: tag) }
        if deidentifies {
            for tag in Identifier.personal { keys.ask(for: tag) }
        }
        if policy.unseen == .evaluate || policy.breakGlass?.audience != nil {
            for attribute in InstanceAttribute.allCases where Self.ofStudies.contains(attribute) {
                keys.ask(for: attribute.tag)
            }
            keys[.sensitiveContentCodeSequence] = NewElement(
                tag: .sensitiveContentCodeSequence, vr: .SQ, value: .items([]))
        }
        return keys
    }

    /// What an archive may say of a study as a whole.
    private static let ofStudies: Set<InstanceAttribute> = [
        .patientID, .issuerOfPatientID, .patientName, .patientBirthDate, .studyInstanceUID, .accessionNumber,
        .studyDate,
        .studyDescription, .referringPhysicianName, .institutionName,
    ]
}
