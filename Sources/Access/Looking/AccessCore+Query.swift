import DICOMCore
import DICOMFile
import Host

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
        let pace = Pace(policy.quantum)
        let time = clock()
        let clearance = try clearance(of: principal, to: .asker, at: time)
        guard !clearance.seesNothing else {
            try await pace.settle()
            return false
        }
        let session = Session(self, clearance, at: time)
        let search = try Search(self, query, session)
        var given = 0, passed = 0
        var hasMore = false
        // Held until it is written down that they are given: all of a short list, the first of a long one.
        var held: [Identifier] = []
        var size = 0
        var isBegun = false
        let leave = ArchiveLeave()
        do {
            try await archived {
                try await search.run(leave) { answer in
                    guard passed >= query.offset else {
                        passed += 1
                        return true
                    }
                    if let limit = query.limit, given >= limit {
                        hasMore = true
                        return false
                    }
                    given += 1
                    if isBegun { return try await each(answer) }
                    held.append(answer)
                    size += answer.size
                    guard held.count >= Self.mostHeld || size >= Self.mostHeldBytes else { return true }
                    try recordBegin(of: query, clearance, by: principal, at: time)
                    isBegun = true
                    if query.namesSeveral { try await pace.settle() }
                    let first = held
                    held = []
                    for one in first {
                        guard try await each(one) else { return false }
                    }
                    return true
                }
            }
        } catch {
            // Who went away in the midst of it has seen what was given; what is held was not.
            try record(
                query, clearance, given: isBegun ? given : 0, session.withheld, by: principal, at: time)
            throw error
        }
        try record(query, clearance, given: given, session.withheld, by: principal, at: time)
        if given == 0 || query.namesSeveral && !isBegun { try await pace.settle() }
        for one in held {
            guard try await each(one) else { break }
        }
        return hasMore
    }

    /// Answers that wait for one entry on the log, with all that can be said. A list that is longer has one when it begins, and one
    /// when it has ended.
    private static let mostHeld = 100
    private static let mostHeldBytes = 1 << 20

    /// Errors of the archive, in words for an asker.
    func archived<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch is ArchiveError {
            throw AccessError(.archive, "the archive did not answer", advice: "try again later")
        }
    }
}

/// Answers without a match, and those to a list of names, leave at multiples of a time, so that what was looked at and withheld is not
/// told by the clock: in a list what somebody may see would else stand beside what they may not.
struct Pace {
    private let quantum: Duration
    private let start = ContinuousClock.now

    init(_ quantum: Duration) { self.quantum = quantum }

    func settle() async throws {
        guard quantum > .zero else { return }
        let passed = ContinuousClock.now - start
        let steps = (passed / quantum).rounded(.up)
        try await Task.sleep(until: start + quantum * Int(max(1, steps)), clock: .continuous)
    }
}
