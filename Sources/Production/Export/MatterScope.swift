internal import Host
internal import Registry

/// All instances that the holds of a matter are about, each once, in the order of their digests, a page in memory at a time.
///
/// An instance of which nobody can read whose it is, is held by every hold that may be about it, and handed over by none: it
/// may be somebody else's. A hold on the instance itself names it.
struct MatterScope {
    let registry: Registry
    let holds: [Hold]
    /// What was received later is not part of it.
    let size: Int

    private static let page = 500

    func forEach(_ body: (RecordedInstance) throws -> Void) throws {
        var pages = holds.map { Page(scope: $0.scope) }
        while true {
            for place in pages.indices { try pages[place].fill(registry, Self.page) }
            guard let next = pages.compactMap(\.first).min(by: { $0.instance.digest < $1.instance.digest }) else { return }
            for place in pages.indices { pages[place].drop(next.instance.digest) }
            if next.leaf < size { try body(next) }
        }
    }

    private struct Page {
        let scope: Scope
        var records: ArraySlice<RecordedInstance> = []
        var last: String?
        var isComplete = false

        init(scope: Scope) { self.scope = scope }

        var first: RecordedInstance? { records.first }

        mutating func fill(_ registry: Registry, _ limit: Int) throws {
            guard records.isEmpty, !isComplete else { return }
            records = try registry.instances(matching: scope, after: last, limit: limit)[...]
            isComplete = records.count < limit
            last = records.last?.instance.digest ?? last
        }

        mutating func drop(_ digest: String) {
            if records.first?.instance.digest == digest { records.removeFirst() }
        }
    }
}
