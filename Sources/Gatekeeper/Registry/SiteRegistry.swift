public import DICOMFile
public import Host
public import Inputs
public import Registry
public import RuleEngine
import RuleLanguage

/// A site's registry, as a run uses it: for one who acts, at one time.
public struct SiteRegistry: RegistryAccess {
    private let registry: Registry
    private let person: Person
    private let time: Instant

    /// - Parameter time: what is in force then counts, and records bear it.
    public init(_ registry: Registry, person: Person, time: Instant) {
        self.registry = registry
        self.person = person
        self.time = time
    }

    public func knowledge(of file: DICOMFile) throws(RunError) -> RegistryKnowledge {
        let identity = InstanceIdentity(file)
        let instance = instance(identity, digest: "", size: 0)
        return try asking {
            RegistryKnowledge(try registry.knowledge(of: instance, at: time))
        }
    }

    public func seen(_ file: DICOMFile?) -> InstanceIdentity {
        file.map { InstanceIdentity($0) } ?? InstanceIdentity(form: .damaged, beginning: nil)
    }

    public func place(_ holds: Set<WantedHold>, ofRuleSet ruleSet: String) throws(RunError) -> Int {
        try asking {
            var count = 0
            for order in WantedHold.orders(holds, ofRuleSet: ruleSet) {
                if try registry.placement(of: order, by: person, at: time).isNew { count += 1 }
            }
            return count
        }
    }

    public func record(_ decisions: [RecordedDecision]) throws(RunError) {
        try asking {
            let instances = decisions.map { instance($0.identity, digest: $0.digest, size: $0.size) }
            try registry.see(instances, by: person)
            try registry.record(decisions.map(entry), once: true)
        }
    }

    // MARK: -

    private func instance(_ identity: InstanceIdentity, digest: String, size: Int) -> Instance {
        Instance(
            digest: digest, size: Int64(size), attributes: identity.attributes, unreadable: identity.unreadable,
            received: time, source: "apply")
    }

    private func entry(_ decision: RecordedDecision) -> DecisionEntry {
        let context = decision.context
        return DecisionEntry(
            instance: decision.digest, audience: context.audience, disposition: decision.disposition,
            profile: decision.profile, ruleSet: context.ruleSet, revision: Int64(context.revision) ?? 0,
            ruleSetDigest: context.ruleSetDigest, tier: context.tier, key: decision.key,
            explanation: decision.explanation, output: decision.output, time: time, author: person)
    }

    /// Errors of the registry end a run: what nobody can look up is not "nothing".
    private func asking<Result>(_ body: () throws -> Result) throws(RunError) -> Result {
        do {
            return try body()
        } catch let error as RegistryError {
            throw RunError(error.code == .invalid ? .arguments : .output, "the registry: \(error)")
        } catch {
            throw RunError(.inconsistent, "the registry failed in an unknown way; please report this")
        }
    }
}

extension WantedHold {
    /// What is asked of a registry for holds that rules want; in the same order whatever the run was.
    package static func orders(_ holds: Set<WantedHold>, ofRuleSet ruleSet: String) -> [HoldOrder] {
        func key(_ want: WantedHold) -> (String, String, String) {
            (want.rule, want.hold.matter, "\(want.subject)")
        }
        return holds.sorted { key($0) < key($1) }.compactMap { want in
            guard let scope = want.scope else { return nil }
            return HoldOrder(
                matter: want.hold.matter, custodian: want.hold.custodian, reason: want.hold.reason,
                authority: want.hold.authority ?? "the rule set", scope: scope, rule: "\(ruleSet)/\(want.rule)")
        }
    }

    private var scope: Scope? {
        switch subject {
        case .study(let uid): .study(uid)
        case .patient(let patient):
            .patient(PatientIdentity(id: patient.id, issuer: patient.issuer.isEmpty ? nil : patient.issuer))
        case .unnamed: nil
        }
    }
}

extension RegistryKnowledge {
    /// What a registry has, as the engine asks for it.
    public init(_ known: InstanceKnowledge) {
        self.init(
            holds: known.holds.map { RegistryKnowledge.Hold(matter: $0.record.matter, isCertain: $0.isCertain) },
            labels: known.labels.map { found in
                RegistryKnowledge.Label(
                    name: found.record.label, scope: found.record.scope.reach, isCertain: found.isCertain,
                    record: found.record.id)
            })
    }
}

extension Scope {
    /// How far a label reaches. Of an instance or a query it restricts the study, and lifts nothing.
    fileprivate var reach: RegistryKnowledge.Label.Scope {
        switch self {
        case .patient: .patient
        case .study: .study
        case .instance, .query: .instance
        }
    }
}
