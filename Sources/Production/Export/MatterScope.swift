internal import Host
internal import Registry

/// All instances that the holds of a matter are about, each once, in the order of their digests, a page in memory at a time.
///
/// An instance of which nobody can read whose it is, is held by every hold that may be about it, and handed over by none: it
/// may be somebody else's. A hold on the instance itself, or on its study, names it.
struct MatterScope {
    let registry: Registry
    let holds: [Hold]
    /// What was received later is not part of it.
    let size: Int

    private static let page = 500

    /// - Parameter uncertain: is told of those of which nobody can tell.
    func forEach(
        uncertain: (RecordedInstance) throws -> Void = { _ in }, _ body: (RecordedInstance) throws -> Void
    ) throws {
        var pages = holds.map { Page(scope: $0.scope) }
        while true {
            for place in pages.indices { try pages[place].fill(registry, Self.page) }
            guard let next = pages.compactMap(\.first).min(by: { $0.instance.digest < $1.instance.digest }) else {
                return
            }
            var isCertain = false
            for place in pages.indices where pages[place].first?.instance.digest == next.instance.digest {
                pages[place].drop()
                if !isCertain { isCertain = try self.isCertain(next.instance, pages[place].scope) }
            }
            guard next.leaf < size else { continue }
            if isCertain { try body(next) } else { try uncertain(next) }
        }
    }

    /// Whether what makes an instance part of a scope was read, in it or in another instance of its study.
    private func isCertain(_ instance: Instance, _ scope: Scope) throws -> Bool {
        switch scope {
        case .query: return true
        case .study: return !instance.unreadable.contains(.studyInstanceUID)
        case .instance: return !instance.unreadable.contains(.sopInstanceUID)
        case .patient(let patient):
            func names(_ other: Instance) -> Bool {
                other.unreadable.isDisjoint(with: [.patientID, .issuerOfPatientID])
                    && Self.values(.patientID, of: other).contains { $0.lowercased() == patient.id.lowercased() }
            }
            if names(instance) { return true }
            return try Self.values(.studyInstanceUID, of: instance).contains { study in
                try registry.instances(inStudy: study).contains { names($0.instance) }
            }
        }
    }

    private static func values(_ attribute: InstanceAttribute, of instance: Instance) -> [String] {
        (instance.attributes[attribute] ?? "").split(separator: "\\").map(String.init)
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

        mutating func drop() { records.removeFirst() }
    }
}
