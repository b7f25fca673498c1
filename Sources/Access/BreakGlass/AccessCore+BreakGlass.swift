import Host
public import Registry

extension AccessCore {
    /// What somebody asks for who breaks the glass.
    public struct EmergencyRequest: Hashable, Sendable {
        /// A patient or a study.
        public var scope: Scope
        public var reason: String
        /// At most the policy's; nil takes that.
        public var duration: Duration?

        public init(scope: Scope, reason: String, duration: Duration? = nil) {
            self.scope = scope
            self.reason = reason
            self.duration = duration
        }
    }

    /// Breaks the glass: from now on, for a limited time, this person may look at a patient or a study that rules withhold. Not
    /// send it elsewhere, not change it; holds stay what they are.
    ///
    /// Whether there is such a patient or study is not told.
    ///
    /// - Throws: `AccessError` with code `forbidden` for who may not; that they tried is then on the custody log.
    public func breakGlass(_ request: EmergencyRequest, by principal: Principal) throws(AccessError) -> Grant {
        let time = clock()
        let person = try person(principal)
        if let why = objection(to: principal) {
            try storing {
                try registry.refuseBreakGlass(
                    request.scope, reason: request.reason, why: why, by: person, at: time)
            }
            throw AccessError(.forbidden, "the glass is not yours to break: \(why)", advice: "the attempt was recorded")
        }
        guard let policy = policy.breakGlass, let proof = principal.proof else {
            throw AccessError(.forbidden, "nobody breaks the glass here")
        }
        let wanted = request.duration ?? policy.most
        guard wanted > .zero else {
            throw AccessError(.invalid, "a grant runs for some time", advice: "give a duration")
        }
        let seconds = max(1, min(wanted, policy.most).components.seconds)
        let order = GrantOrder(
            scope: request.scope, proof: proof, reason: request.reason, until: time.adding(seconds: seconds),
            audience: policy.audience)
        let grant = try granting { try registry.breakGlass(order, by: person, at: time) }
        alert(grant, true)
        return grant
    }

    /// Ends a grant of one's own before its time.
    public func endGrant(_ id: Int64, by principal: Principal, reason: String) throws(AccessError) -> Grant {
        let time = clock()
        guard let grant = try storing({ try registry.grant(id) }), let proof = principal.proof, grant.proof == proof
        else {
            throw AccessError(.forbidden, "there is no grant of yours with this number")
        }
        let person = try person(principal)
        let ended = try granting { try registry.end(grant: id, reason: reason, by: person, at: time) }
        alert(ended, false)
        return ended
    }

    /// Grants of one's own that run.
    public func grants(of principal: Principal) throws(AccessError) -> [Grant] {
        guard policy.breakGlass != nil, let proof = principal.proof else { return [] }
        let time = clock()
        return try storing { try registry.grants(runningFor: proof, at: time) }
    }

    /// Writes down of grants whose time is over that it is (110138). To be called now and then; a grant is over at its time all
    /// the same.
    @discardableResult
    public func endGrantsRunOut() throws(AccessError) -> Int {
        guard let person = Person("cordon") else { return 0 }
        let time = clock()
        return try storing {
            let due = try registry.grantsRunOut(at: time)
            guard !due.isEmpty else { return 0 }
            let count = try registry.endGrantsRunOut(by: person, at: time)
            for grant in due { alert(grant, false) }
            return count
        }
    }

    /// Why somebody may not break the glass; nil where they may.
    private func objection(to principal: Principal) -> String? {
        guard let policy = policy.breakGlass else { return "the configuration has nobody who may" }
        guard principal.proof != nil else { return "who you are was not proved" }
        guard policy.criteria.contains(where: { $0.isMet(by: principal) }) else {
            return "no claim of yours says so"
        }
        if !policy.acr.isEmpty, !(principal.token?.acr.map(policy.acr.contains) ?? false) {
            return "you did not log in as it asks for (acr)"
        }
        if !policy.amr.isEmpty, policy.amr.isDisjoint(with: principal.token?.amr ?? []) {
            return "you did not log in with a second factor (amr)"
        }
        return nil
    }

    private func person(_ principal: Principal) throws(AccessError) -> Person {
        guard let person = Person(principal.name) else {
            throw AccessError(.forbidden, "who you are has no name that can be written down")
        }
        return person
    }

    /// What cannot be meant is the asker's to correct.
    private func granting<Result>(_ body: () throws -> Result) throws(AccessError) -> Result {
        do {
            return try body()
        } catch let error as RegistryError where error.code == .invalid || error.code == .conflict {
            throw AccessError(.invalid, error.what, advice: error.advice)
        } catch {
            return try storing { throw error }
        }
    }
}
