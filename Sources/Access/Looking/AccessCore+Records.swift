import CustodyLog
import DICOMCore
import Host
import Registry

/// What is written down of looking: on the custody log, and by it in audit messages (110112, 110103, 110106). How much was
/// withheld stands there, and of whom does not.
extension AccessCore {
    func record(
        _ query: Query, _ clearance: Clearance, given: Int, _ withheld: Int, by principal: Principal, at time: Instant
    ) throws(AccessError) {
        guard policy.recordsLooking else { return }
        let keys = query.keys.tags.filter { query.keys.isMatched($0) }.prefix(50).map { tag in
            "\(tag)=\(query.keys.values(tag).joined(separator: "\\").prefix(256))"
        }
        let event = CustodyEvent(
            .queried, time: time, actor: principal.name,
            facts: [
                CustodyEvent.Fact("level", query.level.rawValue), CustodyEvent.Fact("given", String(given)),
                CustodyEvent.Fact("withheld", String(withheld)),
            ] + facts(principal, clearance),
            personal: [CustodyEvent.Fact("query", keys.joined(separator: "\n"))])
        try storing {
            _ = try registry.record(event, about: Self.scopes(query.keys.values(.studyInstanceUID), query.keys.patient))
        }
    }

    /// One entry for each study of which something was given.
    func record(
        _ given: [String: Int], _ plan: RetrievalPlan, _ clearance: Clearance, _ destination: Destination,
        by principal: Principal, at time: Instant
    ) throws(AccessError) {
        guard policy.recordsLooking else { return }
        for (study, count) in given.sorted(by: { $0.key < $1.key }) {
            var facts = [CustodyEvent.Fact("instances", String(count))] + facts(principal, clearance)
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
