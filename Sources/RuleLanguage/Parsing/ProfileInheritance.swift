/// Joins a profile with those that it extends.
///
/// What several state counts by its nearest definers: one that another of them extends is overridden by it. Of the rest,
/// the same is the same, keeping gives way to anything else, and other differences are errors unless the profile itself
/// says what holds. The order in which parents are named means nothing (P4).
struct ProfileInheritance {
    private let log: FindingLog
    private let family: ProfileFamily
    private let own: ProfileParser.Written
    private let parents: [Joined]
    private let ancestors: [String]
    /// The profile and all that it is made of.
    private let all: [ProfileParser.Written]

    typealias Stated = SettingsParser.Stated

    /// A profile with those that it extends, as their children need it: with the place of each statement.
    struct Joined {
        var profile: Profile
        /// As if it had written itself what it inherits: statements, patterns, concepts and areas.
        var written: ProfileParser.Written
    }

    private var id: String { own.declared.id }

    /// - Parameter known: all that have been joined; those that it extends are among them.
    init(_ own: ProfileParser.Written, family: ProfileFamily, known: [String: Joined], log: FindingLog) {
        self.log = log
        self.family = family
        self.own = own
        parents = own.parents.compactMap { known[$0.text] }
        ancestors = (family.ancestors[own.declared.id] ?? []).sorted()
        all = ([own.declared.id] + ancestors).compactMap(family.written)
    }

    /// Nil when it cannot be joined, which has been said.
    func joined() -> Joined? {
        let errorsBefore = log.errorCount
        family.checkContradictions(of: own)
        let statements = statements()
        if statements[.anything] == nil {
            log.error(
                .noAnything, "the profile `\(id)` does not say what becomes of all other attributes",
                at: own.declared.idPlace, hint: "write <remove anything=\"true\"/>, or extend a profile that does")
        }
        AmbiguityCheck(log: log).check(Array(statements.values), own: own, parents: parents.map(\.profile))
        var written = own
        written.statements = statements
        let settings = settings(&written.settings)
        let burnedIn = one(\.burnedIn) { $0 == .pass }
        let pixels = pixels(&written.settings.pixels)
        guard log.errorCount == errorsBefore else { return nil }
        // A statement is large, and sorting would move each of them many times.
        let order = statements.indices.map { (order: statements[$0].key.order, index: $0) }
            .sorted { $0.order < $1.order }
        var profile = Profile(
            id: id, title: own.declared.element.attribute("title")?.value, parents: own.parents.map(\.text).sorted(),
            ancestors: ancestors, methodCodes: Set(all.flatMap(\.methods)).sorted(),
            statements: order.map { statements[$0.index].value.value },
            burnedInAnnotation: burnedIn?.value ?? .sequester, settings: settings,
            location: own.declared.element.location)
        profile.pixels = pixels
        return Joined(profile: profile, written: written)
    }

    /// Areas add up. Where lossy pixels may be decoded gives way to where they may not, and where faces stay to where they go.
    private func pixels(_ written: inout PixelParser.Written) -> PixelSettings {
        var pixels = PixelSettings()
        written.areas = joined(\.settings.pixels.areas, .conflictingSettings) { $0 }
        pixels.areas = written.areas.sorted { $0.key < $1.key }.map(\.value.value)
        pixels.decodesLossy = one(\.decodesLossy) { $0 }?.value ?? false
        pixels.removesFaces = one(\.removesFaces) { !$0 }?.value ?? false
        return pixels
    }

    private func statements() -> [ProfileStatement.Selector: Stated<ProfileStatement>] {
        joined(\.statements, .conflictingStatements, isKeeping: { $0.action == .keep }) { $0.action }
    }

    private func settings(_ written: inout SettingsParser.Written) -> ProfileSettings {
        var settings = ProfileSettings()
        settings.dateShift = one(\.dateShift)?.value
        settings.pseudonyms = one(\.pseudonyms)?.value
        settings.recipients = one(\.recipients)?.value ?? []
        // More that can be given back is more that leaves: saying so gives way.
        settings.encryptsChanges = one(\.encryptsChanges) { $0 }?.value ?? false
        settings.honoursPrivateCharacteristics = one(\.honoursPrivateCharacteristics) { $0 }?.value ?? false
        settings.text.keptWords = all.reduce(into: Set()) { $0.formUnion($1.settings.keptWords) }.sorted()
        written.patterns = joined(\.settings.patterns, .conflictingSettings) { $0 }
        settings.text.patterns = written.patterns.sorted { $0.key < $1.key }.map(\.value.value)
        written.concepts = joined(\.settings.concepts, .conflictingStatements, isKeeping: { $0.action == .keep }) {
            $0.action
        }
        settings.concepts = written.concepts.sorted { $0.key < $1.key }.map(\.value.value)
        return settings
    }

    // MARK: - Joining

    private struct Conflict {
        var first: (owner: String, place: Place)
        var second: (owner: String, place: Place)
        var text: String
    }

    /// What all state, by key. What the profile says itself holds, and of the rest what its parents, which have been
    /// joined, agree in: that is a choice among all of them as well, for what overrides it would have done so there.
    ///
    /// - Parameter meaning: what must be the same for two statements to be the same.
    private func joined<Key: Hashable & Comparable, Value: Hashable, Meaning: Hashable>(
        _ stated: KeyPath<ProfileParser.Written, [Key: Stated<Value>]>, _ code: FindingCode,
        isKeeping: (Value) -> Bool = { _ in false }, meaning: (Value) -> Meaning
    ) -> [Key: Stated<Value>] {
        var joined = parents.first?.written[keyPath: stated] ?? [:]
        var open: Set<Key> = []
        for parent in parents.dropFirst() {
            for (key, other) in parent.written[keyPath: stated] {
                guard let known = joined[key] else {
                    joined[key] = other
                    continue
                }
                if known !== other { open.insert(key) }
            }
        }
        for (key, own) in own[keyPath: stated] {
            joined[key] = own
            open.remove(key)
        }
        var conflicts: [Conflict] = []
        for key in open.sorted() {
            let definers = all.filter { $0[keyPath: stated][key] != nil }.map(\.declared.id)
            let candidates = family.nearest(Set(definers)).compactMap { owner in
                family.written(owner)?[keyPath: stated][key].map { (owner: owner, stated: $0) }
            }
            let lasting = candidates.filter { !isKeeping($0.stated.value) }
            let chosen = (lasting.isEmpty ? candidates : lasting).sorted {
                $0.stated.place.location < $1.stated.place.location
            }
            guard let first = chosen.first else { continue }
            joined[key] = first.stated
            if let other = chosen.first(where: { meaning($0.stated.value) != meaning(first.stated.value) }) {
                conflicts.append(
                    Conflict(
                        first: (first.owner, first.stated.place), second: (other.owner, other.stated.place),
                        text: first.stated.text))
            }
        }
        report(conflicts, code)
        return joined
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
