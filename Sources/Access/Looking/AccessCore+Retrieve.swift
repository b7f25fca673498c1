extension AccessCore {
    /// Gives instances that may be seen, as they may be seen, each judged again by its own bytes.
    ///
    /// - Parameters:
    ///   - begin: hears how many there are, before the first: as if what is withheld were not there.
    ///   - each: takes one; what it throws ends the retrieval.
    /// - Throws: `AccessError`; what `begin` and `each` throw.
    public func retrieve(
        _ retrieval: Retrieval, by principal: Principal, to destination: Destination = .asker,
        begin: (Int) async throws -> Void, each: (Retrieved) async throws -> Void
    ) async throws {
        throw AccessError(.archive, "not yet")
    }

    /// The same for who wants the data sets without bulk data (WADO-RS metadata): they are judged and made as whole instances
    /// are, and whoever prints them leaves bulk data out.
    public func metadata(
        _ retrieval: Retrieval, by principal: Principal, begin: (Int) async throws -> Void,
        each: (Retrieved) async throws -> Void
    ) async throws {
        try await retrieve(retrieval, by: principal, begin: begin, each: each)
    }
}
