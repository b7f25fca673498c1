import Host
import Registry

/// What somebody may see: audiences, and grants that run.
struct Clearance: Hashable, Sendable {
    /// Sorted. Of each, and of the destination's, if there is one; empty for who sees nothing.
    var audiences: [String]
    /// Only for looking: none where anything leaves for somebody else.
    var grants: [Grant]
    /// Who looks or gets it is in no row of the table: not even a broken glass opens anything for such a destination.
    var isNobody: Bool

    var seesNothing: Bool { isNobody || audiences.isEmpty && grants.isEmpty }
}

extension AccessCore {
    func clearance(of principal: Principal, to destination: Destination, at time: Instant) throws(AccessError)
        -> Clearance
    {
        let own = policy.table.audiences(of: principal)
        switch destination {
        case .asker:
            var grants: [Grant] = []
            if policy.breakGlass != nil, let proof = principal.proof {
                grants = try storing { try registry.grants(runningFor: proof, at: time) }
            }
            return Clearance(audiences: own, grants: grants, isNobody: false)
        case .other(let other):
            let theirs = policy.table.audiences(of: other)
            return Clearance(
                audiences: Set(own + theirs).sorted(), grants: [], isNobody: own.isEmpty || theirs.isEmpty)
        }
    }

    /// What nobody can look up is not "nothing": it ends the question.
    func storing<Result>(_ body: () throws -> Result) throws(AccessError) -> Result {
        do {
            return try body()
        } catch let error as AccessError {
            throw error
        } catch let error as RegistryError {
            throw AccessError(.storage, "the registry: \(error)")
        } catch {
            throw AccessError(.storage, "the registry or the disk failed")
        }
    }
}
