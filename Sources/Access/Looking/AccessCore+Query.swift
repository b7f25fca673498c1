extension AccessCore {
    /// Gives what agrees with a query and may be seen, one by one, in the order of the archive; never a name, a count or a
    /// modality that comes from something withheld.
    ///
    /// - Parameter each: takes an answer, which has the keys that were asked for; false when no more are wanted.
    /// - Returns: whether a limit was reached and more may be there, of those that may be seen.
    /// - Throws: `AccessError`; what `each` throws.
    @discardableResult
    public func query(
        _ query: Query, by principal: Principal, each: (Identifier) async throws -> Bool
    ) async throws -> Bool {
        throw AccessError(.archive, "not yet")
    }
}
