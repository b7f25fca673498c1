extension Registry {
    /// Entries of the custody log about a patient, a study or an instance by name, ascending. Decisions are not among them: they
    /// stand with their instances.
    public func leaves(about scope: Scope) throws -> [Int] {
        try Words.check(scope)
        return try storage.read { transaction in
            Array(Set(try scope.subjects.flatMap { try transaction.leaves(about: $0) })).sorted()
        }
    }
}
