import Host

@testable import Registry

/// What a registry must do, as plainly as it can be said: everything is looked at each time.
struct Model {
    struct HoldState {
        var scope: Scope
        var placedBy: Int
        var start: Int64
        var request: Int?
        var isReleased = false
    }

    struct LabelState {
        var scope: Scope
        var tellsOfHold: Bool
        var request: Int?
        var isWithdrawn = false
    }

    struct RetentionState {
        var scope: Scope
        var isCompliance: Bool
        var until: Int64
    }

    var time: Int64 = 0
    var instances: [Instance] = []
    var removed = Set<String>()
    var holds: [HoldState] = []
    var labels: [LabelState] = []
    var retentions: [RetentionState] = []
    /// Studies in which the key made pseudonyms; nil before it was used.
    var studiesOfKey: Set<String>?
    var isKeyDestroyed = false

    func covers(_ scope: Scope, _ instance: Instance) -> Bool {
        func value(_ attribute: InstanceAttribute, of other: Instance) -> String? { other.attributes[attribute] }
        let study = value(.studyInstanceUID, of: instance)
        switch scope {
        case .study(let uid): return study == uid
        case .instance(let uid): return value(.sopInstanceUID, of: instance) == uid
        case .patient(let patient):
            let together = instances.filter { value(.studyInstanceUID, of: $0) == study } + [instance]
            return together.contains { other in
                let issuer = value(.issuerOfPatientID, of: other)
                return value(.patientID, of: other) == patient.id
                    && (issuer == nil || patient.issuer == nil || issuer == patient.issuer)
            }
        case .query(let query):
            return query.terms.allSatisfy { term in
                guard let own = value(term.attribute, of: instance) else { return false }
                let range = term.value.split(separator: "-")
                if range.count == 2 { return String(range[0]) <= own && own <= String(range[1]) }
                let wanted = term.value.lowercased()
                return wanted.last == "*"
                    ? own.lowercased().hasPrefix(String(wanted.dropLast())) : own.lowercased() == wanted
            }
        }
    }

    func isInForce(_ hold: HoldState) -> Bool { !hold.isReleased && hold.start <= time }

    func holds(on instance: Instance) -> [Int] {
        holds.indices.filter { isInForce(holds[$0]) && covers(holds[$0].scope, instance) }
    }

    func isRetained(_ instance: Instance) -> Bool {
        retentions.contains { time < $0.until && covers($0.scope, instance) }
    }

    func maySeeGone(_ targets: [Instance], retentionForbids: Bool = true) -> Bool {
        targets.allSatisfy { holds(on: $0).isEmpty && !(retentionForbids && isRetained($0)) }
    }

    /// Whether a hold stands on anything that the scope is about, or on the very same thing.
    func isHeld(_ scope: Scope) -> Bool {
        if instances.contains(where: { covers(scope, $0) && !holds(on: $0).isEmpty }) { return true }
        return holds.contains { hold in
            guard isInForce(hold) else { return false }
            if case .patient(let one) = hold.scope, case .patient(let other) = scope {
                return one.id == other.id
                    && (one.issuer == nil || other.issuer == nil || one.issuer == other.issuer)
            }
            return hold.scope == scope
        }
    }

    var mayDestroyKey: Bool {
        guard let studiesOfKey else { return !holds.contains(where: isInForce) }
        return instances.allSatisfy { instance in
            let study = instance.attributes[.studyInstanceUID] ?? ""
            return !studiesOfKey.contains(study) || holds(on: instance).isEmpty
        }
            && !holds.contains { hold in
                guard isInForce(hold), case .study(let uid) = hold.scope else { return false }
                return studiesOfKey.contains(uid)
            }
    }
}
