internal import CustodyLog
internal import DICOMCore
internal import Host
internal import Registry
internal import RuleLanguage

/// Reads what comes onto the custody log, by whomever: labels and holds that are given or end, lists that change, instances that were
/// removed and are there again. Studies that it concerns are decided anew.
struct LogWatch: Sendable {
    let registry: Registry
    let journal: GatewayJournal
    /// The rules in force: they say what lists are asked by.
    let ruleSet: @Sendable () -> RuleSet
    /// Whoever is to end reads no further, and what was read in part is read again.
    var isStopping: @Sendable () -> Bool = { false }

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
        while position < size, !isStopping() {
            let start = position, end = min(position + Self.pageSize, size)
            let leaves = try registry.readLog { log in try (start..<end).map { try log.leaf(at: $0) } }
            var studies: Set<String> = [], scopes: Set<Scope> = []
            var isAll = false
            for (offset, leaf) in leaves.enumerated() {
                switch try concern(leaf, at: start + offset) {
                case .nothing: continue
                case .instance(let digest):
                    studies.formUnion(try journal.arrivals(ofDigest: digest).map(\.study))
                case .scope(let scope): scopes.insert(scope)
                case .patients(let patients): scopes.formUnion(patients.map { Scope.patient($0) })
                case .list(let found):
                    if !seen.changesLists { try lists() }
                    seen.changesLists = true
                    guard let found else {
                        isAll = true
                        continue
                    }
                    scopes.formUnion(found)
                case .removed(let digests):
                    for digest in digests { studies.formUnion(try journal.studies(ofOtherFormsOf: digest)) }
                }
            }
            // Once for all leaves of the page: a feed says much of one patient.
            for scope in isAll ? [] : scopes {
                guard !isStopping() else { return seen }
                studies.formUnion(try self.studies(of: scope))
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
        /// By its digest.
        case instance(String)
        case scope(Scope)
        case patients([PatientIdentity])
        /// Nil for everything.
        case list([Scope]?)
        /// Digests of instances beside which others of the same UID may have waited for somebody to choose.
        case removed([String])
    }

    private func concern(_ leaf: EventLeaf, at index: Int) throws -> Concern {
        func number(_ name: String) -> Int64? { leaf.facts.first { $0.name == name }.flatMap { Int64($0.value) } }
        func text(_ name: String) -> String? { leaf.facts.first { $0.name == name }?.value }
        switch leaf.kind {
        // Whoever was killed over it has told nobody that it is to be decided again.
        case .received where text("returned") == "yes": return text("digest").map { .instance($0) } ?? .nothing
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
            guard let name = text("list") else { return .list(nil) }
            return .list(try scopes(ofList: name, changedBy: index))
        case .deleted, .overwritten, .coerced:
            return .removed(leaf.facts.filter { $0.name == "digest" }.map(\.value))
        default: return .nothing
        }
    }

    /// Of a change with more rows each study is decided anew, rather than looked for.
    private static let mostRows = 1000

    /// Whom the rows name that came or went; nil when that cannot be told, or is many.
    ///
    /// A row whose other cells are not in an instance leaves open whether it is meant, so that the first cell alone, without which
    /// no row agrees, says whose decisions may change.
    private func scopes(ofList name: String, changedBy leaf: Int) throws -> [Scope]? {
        guard let list = try registry.list(name) else { return nil }
        let found: Set<InstanceAttribute> = [.patientID, .studyInstanceUID, .sopInstanceUID, .accessionNumber]
        guard let attribute = list.columns.first.flatMap({ InstanceAttribute(rawValue: $0) }),
            found.contains(attribute),
            ruleSet().asks(list: name, byFirst: attribute)
        else { return nil }
        var scopes: [Scope] = []
        let rows = try registry.listRows(ofLeaf: leaf)
        guard rows.count <= Self.mostRows else { return nil }
        for row in rows {
            // As rules compare it: a blank that came out of a table with it is no part of what it names.
            let cell = ValueList.compared(row.cells.first ?? "")
            // It is no row for rules either.
            if cell.allSatisfy({ $0 == " " || $0 == "\0" }) { continue }
            let query = InstanceQuery(terms: [InstanceQuery.Term(attribute: attribute, value: cell)])
            // Of what is no value for the attribute, and what a query would take for a pattern, nothing can be said.
            guard query.isUnderstood, !cell.contains(where: { $0 == "*" || $0 == "?" }) else { return nil }
            scopes.append(.query(query))
        }
        return scopes
    }

    /// Studies of which the registry knows an instance that a scope is about, or may be.
    private func studies(of scope: Scope) throws -> Set<String> {
        let reach = try registry.reach(of: scope)
        var studies = reach.studies.union(reach.instances.map { "!" + $0 })
        if case .study(let uid) = scope { studies.insert(uid) }
        return studies
    }
}

extension RuleSet {
    /// Whether rules look a list of the registry up by nothing but an attribute of the data set itself for the first column. Another
    /// one, as Other Patient IDs, is nothing that the registry finds instances by.
    fileprivate func asks(list name: String, byFirst attribute: InstanceAttribute) -> Bool {
        func isOther(_ condition: Condition, inItem: Bool) -> Bool {
            switch condition.kind {
            case .all(let parts), .any(let parts): return parts.contains { isOther($0, inItem: inItem) }
            case .not(let part): return isOther(part, inItem: inItem)
            case .item(_, of: _, let inner): return isOther(inner, inItem: true)
            case .inList(let list, let references):
                guard lists[list]?.registryName == name else { return false }
                guard !inItem, let first = references.first, first.path.steps.isEmpty,
                    case .standard(let tag) = first.path.element
                else { return true }
                return tag != attribute.tag
            default: return false
            }
        }
        return !rules.contains { isOther($0.condition, inItem: false) }
    }
}
