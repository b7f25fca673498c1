public import Host

extension Registry {
    /// What keeps back, among the newest decisions: those that sequester and are still the last for their instance and audience,
    /// the newest first, with their instances.
    ///
    /// - Parameters:
    ///   - id: only decisions with smaller numbers; nil for all.
    ///   - looking: at how many decisions.
    /// - Returns: what was found, and below which number to go on; nil at the end.
    public func keptBack(
        before id: Int64? = nil, looking limit: Int
    ) throws -> (found: [(decision: DecisionEntry, instance: RecordedInstance)], next: Int64?) {
        try storage.read { transaction in
            let (decisions, next) = try transaction.keptBack(before: id ?? .max, looking: limit)
            var instances: [String: RecordedInstance] = [:]
            var found: [(decision: DecisionEntry, instance: RecordedInstance)] = []
            for decision in decisions {
                guard let instance = try instances[decision.instance] ?? transaction.instance(decision.instance) else {
                    continue
                }
                instances[decision.instance] = instance
                found.append((decision, instance))
            }
            return (found, next)
        }
    }

    /// The newest decisions, the last first.
    ///
    /// - Parameter id: only decisions with smaller numbers; nil for all.
    public func recentDecisions(before id: Int64? = nil, limit: Int) throws -> [DecisionEntry] {
        try storage.read { try $0.decisions(before: id ?? .max, limit: limit) }
    }

    /// How many decisions there were in each span of time.
    ///
    /// - Parameters:
    ///   - width: of a span, in milliseconds; spans begin at multiples of it since 1970.
    ///   - newest: decisions that are counted at most, so that nobody waits for millions.
    public func decisionCounts(since time: Instant, width: Int64, newest: Int64) throws -> [DecisionCount] {
        try storage.read { try $0.decisionCounts(since: time, width: max(1, width), newest: newest) }
    }

    /// Entries of the custody log about a patient, a study or an instance by name, ascending. Decisions are not among them: they
    /// stand with their instances.
    public func leaves(about scope: Scope) throws -> [Int] {
        try Words.check(scope)
        return try storage.read { transaction in
            Array(Set(try scope.subjects.flatMap { try transaction.leaves(about: $0) })).sorted()
        }
    }

    /// The last of those, ascending: for whoever shows them, and does not wait for all that were ever recorded.
    public func leaves(about scope: Scope, last limit: Int) throws -> [Int] {
        try Words.check(scope)
        return try storage.read { transaction in
            let found = Set(try scope.subjects.flatMap { try transaction.leaves(about: $0, last: limit) })
            return Array(found.sorted().suffix(limit))
        }
    }
}
