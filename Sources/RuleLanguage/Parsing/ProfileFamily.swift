/// Which profile extends which: ancestors, and an order in which all come after those that they extend. Finds profiles
/// that are missing, that extend themselves, and that contradict each other.
struct ProfileFamily {
    private let written: [String: ProfileParser.Written]
    private let log: FindingLog
    /// Parents before children; without those that extend something missing or themselves.
    private(set) var order: [String] = []
    private(set) var ancestors: [String: Set<String>] = [:]

    init(_ written: [String: ProfileParser.Written], log: FindingLog) {
        self.written = written
        self.log = log
        for own in written.values { checkNames(of: own) }
        sort()
        for own in written.values where ancestors[own.declared.id] == nil { checkCycle(of: own) }
    }

    func written(_ id: String) -> ProfileParser.Written? { written[id] }

    /// Of those who state something, the ones whom nobody nearer overrides: in a diamond, the definer that another one
    /// extends does not count. Sorted.
    func nearest(_ definers: Set<String>) -> [String] {
        definers.filter { definer in !definers.contains { ancestors[$0]?.contains(definer) == true } }.sorted()
    }

    private func checkNames(of own: ProfileParser.Written) {
        for word in own.parents + own.contradicted where written[word.text] == nil {
            log.error(
                .unknownProfile, "there is no profile `\(word.text)`", at: word.place,
                hint: Spelling.suggestion(for: word.text, among: written.keys))
        }
    }

    private mutating func sort() {
        var children: [String: [String]] = [:]
        var missing: [String: Int] = [:]
        for own in written.values {
            missing[own.declared.id] = own.parents.count
            for parent in own.parents { children[parent.text, default: []].append(own.declared.id) }
        }
        var ready = missing.filter { $0.value == 0 }.keys.sorted(by: >)
        while let id = ready.popLast() {
            order.append(id)
            let parents = written[id]?.parents.map(\.text) ?? []
            ancestors[id] = parents.reduce(into: Set(parents)) { $0.formUnion(ancestors[$1] ?? []) }
            for child in children[id] ?? [] {
                missing[child, default: 0] -= 1
                if missing[child] == 0 { ready.append(child) }
            }
        }
    }

    /// Says of a profile that it extends itself, and by which way; those that only extend such a one are not spoken of.
    private func checkCycle(of own: ProfileParser.Written) {
        let id = own.declared.id
        for word in own.parents.sorted(by: { $0.text < $1.text }) {
            guard let way = way(from: word.text, to: id) else { continue }
            log.error(
                .profileCycle,
                "a profile extends itself: \(([id] + way).map { "`\($0)`" }.joined(separator: " → "))",
                at: word.place, hint: "remove one of these `extends`")
            return
        }
    }

    /// The shortest way from child to parent.
    private func way(from start: String, to end: String) -> [String]? {
        var from: [String: String] = [start: start]
        var level = [start]
        while !level.isEmpty, from[end] == nil {
            var next: [String] = []
            for id in level {
                for parent in written[id]?.parents.map(\.text).sorted() ?? [] where from[parent] == nil {
                    from[parent] = id
                    next.append(parent)
                }
            }
            level = next
        }
        guard from[end] != nil else { return nil }
        var way = [end]
        while let last = way.last, last != start, let before = from[last] { way.append(before) }
        return way.reversed()
    }

    /// Whether a profile joins two that cannot both hold.
    func checkContradictions(of own: ProfileParser.Written) {
        let joined = (ancestors[own.declared.id] ?? []).union([own.declared.id])
        for id in joined.sorted() {
            for word in written[id]?.contradicted ?? [] where joined.contains(word.text) {
                // A parent that joins both has been spoken of.
                guard !own.parents.contains(where: { joins($0.text, id, word.text) }) else { continue }
                log.error(
                    .contradictingProfiles,
                    "`\(own.declared.id)` joins `\(id)` and `\(word.text)`, which contradict each other",
                    at: own.extendsPlace, hint: "it is said at \(word.place.location); extend one of them")
            }
        }
    }

    private func joins(_ id: String, _ one: String, _ other: String) -> Bool {
        let joined = (ancestors[id] ?? []).union([id])
        return joined.contains(one) && joined.contains(other)
    }
}
