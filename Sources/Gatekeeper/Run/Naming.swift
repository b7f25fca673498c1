import Host
import Inputs
import Synchronization

/// Instances that have one name: where all are the same bytes they are one file; where not, each is named by its digest
/// as well. Which of them comes first does not matter.
enum Naming {
    /// Marks the instances of `facts` whose name other bytes have too.
    /// - Parameters:
    ///   - isNamed: whether the instance needs a name at all.
    ///   - digest: of the input, nil when it cannot be read; asked for only where names meet.
    static func settle(
        _ facts: inout [InputFacts], jobs: Int, isNamed: (InputFacts) throws(RunError) -> Bool,
        digest: @escaping @Sendable (Int) -> ContentDigest?
    ) throws(RunError) {
        var claims: [(claim: UInt64, index: Int)] = []
        for (index, fact) in facts.enumerated() where fact.kind == .instance {
            if try isNamed(fact) { claims.append((fact.claim, index)) }
        }
        claims.sort { ($0.claim, $0.index) < ($1.claim, $1.index) }
        var groups: [Range<Int>] = []
        var start = 0
        while start < claims.count {
            let end = claims[start...].firstIndex { $0.claim != claims[start].claim } ?? claims.count
            if end - start > 1 { groups.append(start..<end) }
            start = end
        }
        let meeting = groups.flatMap { claims[$0].map(\.index) }
        guard !meeting.isEmpty else { return }
        let digests = Digests()
        let chunks = Workers.Chunks(count: meeting.count, size: 4)
        Workers.run(min(jobs, meeting.count), tick: {}) { _ in
            while let chunk = chunks.take(), StopSignal.number == nil {
                for index in meeting[chunk] { digests.set(digest(index), of: index) }
            }
        }
        for group in groups {
            let members = claims[group].map(\.index)
            // One that cannot be read may be anything.
            let distinct = Set(members.map { digests[$0] })
            if distinct.count > 1 || distinct.contains(nil) { for index in members { facts[index].isContested = true } }
        }
    }

    private final class Digests: Sendable {
        private let digests = Mutex<[Int: ContentDigest]>([:])
        func set(_ digest: ContentDigest?, of index: Int) { digests.withLock { $0[index] = digest } }
        subscript(_ index: Int) -> ContentDigest? { digests.withLock { $0[index] } }
    }
}
