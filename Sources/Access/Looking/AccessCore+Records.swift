import CustodyLog
import DICOMCore
import Host
import Registry

/// What is written down of looking: on the custody log, and by it in audit messages (110112, 110103, 110106). How much was
/// withheld stands there, and of whom does not.
///
/// Nothing is given before it is written down: an entry that cannot be written ends the question.
extension AccessCore {
    func record(
        _ query: Query, _ clearance: Clearance, given: Int, _ withheld: Int, by principal: Principal, at time: Instant
    ) throws(AccessError) {
        let counts = [CustodyEvent.Fact("given", String(given)), CustodyEvent.Fact("withheld", String(withheld))]
        try record(query, clearance, counts, by: principal, at: time)
    }

    /// Of a list that is too long to be held until it is counted.
    func recordBegin(
        of query: Query, _ clearance: Clearance, by principal: Principal, at time: Instant
    ) throws(AccessError) {
        try record(query, clearance, [CustodyEvent.Fact("phase", "begun")], by: principal, at: time)
    }

    private func record(
        _ query: Query, _ clearance: Clearance, _ counts: [CustodyEvent.Fact], by principal: Principal,
        at time: Instant
    ) throws(AccessError) {
        guard policy.recordsLooking else { return }
        let keys = query.keys.tags.filter { query.keys.isMatched($0) }.prefix(50).map { tag in
            "\(tag)=\(query.keys.values(tag).joined(separator: "\\").prefix(256))"
        }
        let event = CustodyEvent(
            .queried, time: time, actor: principal.name,
            facts: [CustodyEvent.Fact("level", query.level.rawValue)] + counts + facts(principal, clearance),
            personal: [CustodyEvent.Fact("query", keys.joined(separator: "\n"))])
        try storing {
            _ = try registry.record(event, about: Self.scopes(query.keys.values(.studyInstanceUID), query.keys.patient))
        }
    }

    /// One entry for a study, before the first of it is given: as much as there may come.
    func record(
        begun planned: [String: Int], _ plan: RetrievalPlan, _ clearance: Clearance, _ destination: Destination,
        by principal: Principal, at time: Instant
    ) throws(AccessError) {
        try record(planned, of: nil, plan, clearance, destination, by: principal, at: time)
    }

    /// Another for each study of which less was given than that.
    func record(
        ended given: [String: Int], of planned: [String: Int], _ plan: RetrievalPlan, _ clearance: Clearance,
        _ destination: Destination, by principal: Principal, at time: Instant
    ) throws(AccessError) {
        let less = given.filter { $0.value != planned[$0.key] }
        try record(less, of: planned, plan, clearance, destination, by: principal, at: time)
    }

    private func record(
        _ given: [String: Int], of planned: [String: Int]?, _ plan: RetrievalPlan, _ clearance: Clearance,
        _ destination: Destination, by principal: Principal, at time: Instant
    ) throws(AccessError) {
        guard policy.recordsLooking else { return }
        for (study, count) in given.sorted(by: { $0.key < $1.key }) {
            var facts = [CustodyEvent.Fact("instances", String(count))] + facts(principal, clearance)
            if let announced = planned?[study] { facts.append(CustodyEvent.Fact("announced", String(announced))) }
            var kind = CustodyEvent.Kind.viewed
            if case .other(let other) = destination {
                kind = .exported
                facts.append(CustodyEvent.Fact("destination", other.name))
            }
            for grant in plan.verdicts[study]?.grants ?? [] { facts.append(CustodyEvent.Fact("grant", String(grant))) }
            let event = CustodyEvent(
                kind, time: time, actor: principal.name, facts: facts,
                personal: [CustodyEvent.Fact("StudyInstanceUID", study)])
            try storing { _ = try registry.record(event, about: Self.scopes([study], nil)) }
        }
    }

    private func facts(_ principal: Principal, _ clearance: Clearance) -> [CustodyEvent.Fact] {
        clearance.audiences.map { CustodyEvent.Fact("audience", $0) }
            + (principal.callingAETitle.map { [CustodyEvent.Fact("ae", $0)] } ?? [])
            + (principal.address.map { [CustodyEvent.Fact("address", $0)] } ?? [])
    }

    private static func scopes(_ studies: [String], _ patient: PatientIdentity?) -> [Scope] {
        studies.filter { !$0.isEmpty }.prefix(100).map { .study($0) } + (patient.map { [.patient($0)] } ?? [])
    }
}
