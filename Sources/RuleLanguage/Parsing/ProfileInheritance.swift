/// Joins a profile with those that it extends.
///
/// What several state counts by its nearest definers: one that another of them extends is overridden by it. Of the rest,
/// the same is the same, keeping gives way to anything else, and other differences are errors unless the profile itself
/// says what holds. The order in which parents are named means nothing (P4).
struct ProfileInheritance {
    private let log: FindingLog
    private let family: ProfileFamily
    private let own: ProfileParser.Written
    private let parents: [Profile]
    private let ancestors: [String]
    /// The profile and all that it is made of.
    private let all: [ProfileParser.Written]

    private typealias Stated = SettingsParser.Stated

    private var id: String { own.declared.id }

    /// - Parameter known: all that have been joined; those that it extends are among them.
    init(_ own: ProfileParser.Written, family: ProfileFamily, known: [String: Profile], log: FindingLog) {
        self.log = log
        self.family = family
        self.own = own
        parents = own.parents.compactMap { known[$0.text] }
        ancestors = (family.ancestors[own.declared.id] ?? []).sorted()
        all = ([own.declared.id] + ancestors).compactMap(family.written)
    }

    /// Nil when it cannot be joined, which has been said.
    func profile() -> Profile? {
        let errorsBefore = log.errorCount
        family.checkContradictions(of: own)
        let statements = statements()
        if statements[.anything] == nil {
            log.error(
                .noAnything, "the profile `\(id)` does not say what becomes of all other attributes",
                at: own.declared.idPlace, hint: "write <remove anything=\"true\"/>, or extend a profile that does")
        }
        AmbiguityCheck(log: log).check(Array(statements.values), own: own, parents: parents)
        let settings = settings()
        let burnedIn = one(\.burnedIn) { $0 == .pass }
        let pixels = pixels()
        guard log.errorCount == errorsBefore else { return nil }
        let stated = statements.values.map(\.value)
        // By number: a statement is large, and sorting would move each of them many times.
        let order = stated.indices.sorted { stated[$0].selector < stated[$1].selector }
        var profile = Profile(
            id: id, title: own.declared.element.attribute("title")?.value, parents: own.parents.map(\.text).sorted(),
            ancestors: ancestors, methodCodes: Set(all.flatMap(\.methods)).sorted(),
            statements: order.map { stated[$0] },
            burnedInAnnotation: burnedIn?.value ?? .sequester, settings: settings,
            location: own.declared.element.location)
        profile.pixels = pixels
        return profile
    }

    /// Areas add up. Where lossy pixels may be decoded gives way to where they may not, and where faces stay to where they go.
    private func pixels() -> PixelSettings {
        var pixels = PixelSettings()
        let areas = joined(\.settings.pixels.areas) { $0 }
        report(areas.conflicts.sorted { $0.key < $1.key }.map(\.value), .conflictingSettings)
        pixels.areas = areas.joined.sorted { $0.key < $1.key }.map(\.value.value)
        pixels.decodesLossy = one(\.decodesLossy) { $0 }?.value ?? false
        pixels.removesFaces = one(\.removesFaces) { !$0 }?.value ?? false
        return pixels
    }

    private func statements() -> [ProfileStatement.Selector: Stated<ProfileStatement>] {
        let (joined, conflicts) = joined(\.statements, isKeeping: { $0.action == .keep }) { $0.action }
        report(conflicts.sorted { $0.key < $1.key }.map(\.value), .conflictingStatements)
        return joined
    }

    private func settings() -> ProfileSettings {
        var settings = ProfileSettings()
        settings.dateShift = one(\.dateShift)?.value
        settings.pseudonyms = one(\.pseudonyms)?.value
        settings.recipients = one(\.recipients)?.value ?? []
        // More that can be given back is more that leaves: saying so gives way.
        settings.encryptsChanges = one(\.encryptsChanges) { $0 }?.value ?? false
        settings.honoursPrivateCharacteristics = one(\.honoursPrivateCharacteristics) { $0 }?.value ?? false
        settings.text.keptWords = all.reduce(into: Set()) { $0.formUnion($1.settings.keptWords) }.sorted()
        let patterns = joined(\.settings.patterns) { $0 }
        report(patterns.conflicts.sorted { $0.key < $1.key }.map(\.value), .conflictingSettings)
        settings.text.patterns = patterns.joined.sorted { $0.key < $1.key }.map(\.value.value)
        let concepts = joined(\.settings.concepts, isKeeping: { $0.action == .keep }) { $0.action }
        report(concepts.conflicts.sorted { $0.key < $1.key }.map(\.value), .conflictingStatements)
        settings.concepts = concepts.joined.sorted { $0.key < $1.key }.map(\.value.value)
        return settings
    }

    // MARK: - Joining

    private struct Conflict {
        var first: (owner: String, place: Place)
        var second: (owner: String, place: Place)
        var text: String
    }

    /// What all state, by key.
    ///
    /// - Parameter meaning: what must be the same for two statements to be the same.
    private func joined<Key: Hashable, Value: Hashable, Meaning: Hashable>(
        _ stated: KeyPath<ProfileParser.Written, [Key: Stated<Value>]>, isKeeping: (Value) -> Bool = { _ in false },
        meaning: (Value) -> Meaning
    ) -> (joined: [Key: Stated<Value>], conflicts: [Key: Conflict]) {
        let statements = all.map { (owner: $0.declared.id, stated: $0[keyPath: stated]) }
        let numbers = Dictionary(uniqueKeysWithValues: statements.enumerated().map { ($1.owner, $0) })
        var definers: [Key: [Int]] = [:]
        for (number, own) in statements.enumerated() {
            for key in own.stated.keys { definers[key, default: []].append(number) }
        }
        // The table states the same rows again and again: few lists of definers are different ones.
        var nearest: [[Int]: [Int]] = [:]
        var joined: [Key: Stated<Value>] = [:]
        joined.reserveCapacity(definers.count)
        var conflicts: [Key: Conflict] = [:]
        for (key, those) in definers {
            if those.count == 1, let only = those.first {
                joined[key] = statements[only].stated[key]
                continue
            }
            let counting: [Int]
            if let known = nearest[those] {
                counting = known
            } else {
                counting = family.nearest(Set(those.map { statements[$0].owner })).compactMap { numbers[$0] }
                nearest[those] = counting
            }
            let candidates = counting.compactMap { number in
                statements[number].stated[key].map { (owner: statements[number].owner, stated: $0) }
            }
            if candidates.count == 1, let only = candidates.first {
                joined[key] = only.stated
                continue
            }
            let lasting = candidates.filter { !isKeeping($0.stated.value) }
            let chosen = lasting.isEmpty ? candidates : lasting
            func earliest(_ those: [(owner: String, stated: Stated<Value>)]) -> (owner: String, stated: Stated<Value>)?
            {
                those.count < 2
                    ? those.first : those.min { $0.stated.place.location < $1.stated.place.location }
            }
            guard let first = earliest(chosen) else { continue }
            joined[key] = first.stated
            if let other = earliest(chosen.filter { meaning($0.stated.value) != meaning(first.stated.value) }) {
                conflicts[key] = Conflict(
                    first: (first.owner, first.stated.place), second: (other.owner, other.stated.place),
                    text: first.stated.text)
            }
        }
        return (joined, conflicts)
    }

    /// A setting of which there is one.
    private func one<Value: Hashable>(
        _ setting: KeyPath<SettingsParser.Written, Stated<Value>?>, isKeeping: (Value) -> Bool = { _ in false }
    ) -> Stated<Value>? {
        let definers = Set(all.filter { $0.settings[keyPath: setting] != nil }.map(\.declared.id))
        let candidates = family.nearest(definers).compactMap { owner in
            family.written(owner)?.settings[keyPath: setting].map { (owner: owner, stated: $0) }
        }
        let lasting = candidates.filter { !isKeeping($0.stated.value) }
        let chosen = lasting.isEmpty ? candidates : lasting
        guard let first = chosen.first else { return nil }
        if let other = chosen.first(where: { $0.stated.value != first.stated.value }) {
            let conflict = Conflict(
                first: (first.owner, first.stated.place), second: (other.owner, other.stated.place),
                text: first.stated.text)
            report([conflict], .conflictingSettings)
        }
        return first.stated
    }

    /// One finding for all conflicts of a profile: they stand at one place, and are mended by the same few lines.
    private func report(_ conflicts: [Conflict], _ code: FindingCode) {
        guard let conflict = conflicts.first else { return }
        let more = conflicts.count == 1 ? "" : ", and of \(conflicts.count - 1) more"
        log.error(
            code,
            "`\(conflict.first.owner)` and `\(conflict.second.owner)` say different things of `\(conflict.text)`\(more)",
            at: own.extendsPlace,
            hint: "at \(conflict.first.place.location) and \(conflict.second.place.location); say in `\(id)` what holds"
        )
    }
}
