internal import CustodyLog
internal import Host
internal import Registry

/// Reads what comes onto the custody log, by whomever: labels and holds that are given or end, lists that change. Studies that it
/// concerns are decided anew.
struct LogWatch: Sendable {
    let registry: Registry
    let journal: GatewayJournal

    struct Seen: Sendable {
        var raised = 0
        /// Rules that name lists have to be read again before anything is decided.
        var changesLists = false
    }

    private static let cursor = "log"
    private static let pageSize = 500

    /// - Parameter lists: called when a list has changed, before studies are raised. When it throws, the log is read from there
    ///   on again the next time.
    func look(at now: Instant, lists: () throws -> Void) throws -> Seen {
        var seen = Seen()
        let size = try registry.readLog { try $0.logSize() }
        guard let text = try journal.meta(Self.cursor), var position = Int(text) else {
            // A spool that is new: nothing has been decided by it.
            try journal.setMeta(Self.cursor, "\(size)")
            return seen
        }
        while position < size {
            let start = position, end = min(position + Self.pageSize, size)
            let leaves = try registry.readLog { log in try (start..<end).map { try log.leaf(at: $0) } }
            var studies: Set<String> = []
            var isAll = false
            for leaf in leaves {
                switch try concern(leaf) {
                case .nothing: continue
                case .scope(let scope): studies.formUnion(try self.studies(of: scope))
                case .patients(let patients):
                    for patient in patients { studies.formUnion(try self.studies(of: .patient(patient))) }
                case .list(let scopes):
                    if !seen.changesLists { try lists() }
                    seen.changesLists = true
                    guard let scopes else {
                        isAll = true
                        continue
                    }
                    for scope in scopes { studies.formUnion(try self.studies(of: scope)) }
                }
            }
            seen.raised += isAll ? try journal.raiseAll(at: now) : try journal.raise(studies, at: now)
            // After that: a leaf that is read twice raises what has been decided meanwhile once more, which changes nothing.
            try journal.setMeta(Self.cursor, "\(end)")
            position = end
        }
        return seen
    }

    private enum Concern {
        case nothing
        case scope(Scope)
        case patients([PatientIdentity])
        /// Nil for everything.
        case list([Scope]?)
    }

    private func concern(_ leaf: EventLeaf) throws -> Concern {
        func number(_ name: String) -> Int64? { leaf.facts.first { $0.name == name }.flatMap { Int64($0.value) } }
        switch leaf.kind {
        case .labelled, .labelWithdrawn:
            let id = number("number") ?? number("label")
            return try id.flatMap { try registry.label($0) }.map { .scope($0.scope) } ?? .nothing
        case .held, .released:
            return try number("hold").flatMap { try registry.hold($0) }.map { .scope($0.scope) } ?? .nothing
        // What is of one is of both, or was.
        case .linked, .unlinked:
            return try number("number").flatMap { try registry.link($0) }.map { .patients([$0.one, $0.other]) }
                ?? .nothing
        case .listChanged:
            guard let name = leaf.facts.first(where: { $0.name == "list" })?.value else { return .list(nil) }
            return .list(try scopes(ofList: name, changedAt: leaf.time))
        default: return .nothing
        }
    }

    /// Whom the rows name that came or went; nil when that cannot be told.
    private func scopes(ofList name: String, changedAt time: Instant) throws -> [Scope]? {
        guard let list = try registry.list(name) else { return nil }
        let attributes = list.columns.map { InstanceAttribute(rawValue: $0) }
        guard attributes.contains(where: { $0 == .patientID || $0 == .studyInstanceUID || $0 == .accessionNumber })
        else {
            return nil
        }
        let rows = try registry.history(ofList: name).filter { $0.added.time == time || $0.removed?.time == time }
        return rows.compactMap { row in
            let terms = zip(attributes, row.cells).compactMap { attribute, cell -> InstanceQuery.Term? in
                guard let attribute, attribute != .issuerOfPatientID, !cell.isEmpty else { return nil }
                return InstanceQuery.Term(attribute: attribute, value: cell)
            }
            let query = InstanceQuery(terms: terms)
            return query.isUnderstood ? .query(query) : nil
        }
    }

    /// Studies of which the registry knows an instance that a scope is about.
    private func studies(of scope: Scope) throws -> Set<String> {
        if case .study(let uid) = scope { return [uid] }
        var studies: Set<String> = []
        var last: String?
        while true {
            let page = try registry.instances(matching: scope, after: last, limit: 1000)
            for record in page {
                studies.insert(record.instance.attributes[.studyInstanceUID] ?? "!" + record.instance.digest)
            }
            guard page.count == 1000, let end = page.last else { return studies }
            last = end.instance.digest
        }
    }
}
