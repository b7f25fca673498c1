internal import CustodyLog
internal import Host
internal import Registry

/// A study that somebody does not get, and because of what: what the page and the interface show of it.
struct QueueEntry: Sendable {
    /// Empty for what names none.
    var study: String
    var audience: String
    /// The newest decision that keeps something of it back.
    var number: Int64
    var time: Instant?
    var labels: Set<String>
    /// Why it is kept though no rule says so.
    var reasons: [String]
    /// The labels, and why else.
    var causes: [String]
    var modalities: Set<String>
    var dates: Set<String>
    var instances: [RecordedInstance]
    /// Something about pixels kept it: boxes are drawn around what looks like text.
    var isAboutPixels: Bool
    var kept: DeskStore.Kept?

    init(
        _ study: String, _ audience: String, _ entries: [(decision: DecisionEntry, instance: RecordedInstance)],
        _ desk: DeskStore
    ) throws {
        self.study = study
        self.audience = audience
        // The instances of a study have one explanation, or few.
        let explanations = Set(entries.map(\.decision.explanation)).compactMap { RecordedExplanation($0) }
        labels = Set(explanations.compactMap { $0.clauses?.first }.flatMap { $0.labels ?? [] })
        reasons = Set(explanations.compactMap(\.reason)).sorted()
        causes = labels.sorted() + reasons
        if causes.isEmpty { causes = ["always, for this audience"] }
        isAboutPixels = reasons.contains { $0.contains("ixel") }
        instances = entries.map(\.instance)
        modalities = Set(instances.compactMap { $0.instance.attributes[.modality] })
        dates = Set(instances.compactMap { $0.instance.attributes[.studyDate] })
        let newest = entries.map(\.decision).max { $0.id < $1.id }
        number = newest?.id ?? 0
        time = newest?.time
        kept = try desk.kept(study: study, audience: audience, since: number)
    }
}

/// What of the queue is wanted.
struct QueueFilter: Sendable {
    var audience: String?
    var label: String?
    var modality: String?
    /// Looked at, and to stay: nil for all.
    var kept: Bool?
    var before: Int64?

    init(_ query: FormFields) {
        audience = query["audience"]
        label = query["label"]
        modality = query["modality"]
        kept = query["state"] == "kept" ? true : query["state"] == "all" ? nil : false
        before = query["before"].flatMap { Int64($0) }
    }

    func takes(_ entry: QueueEntry) -> Bool {
        (audience.map { $0 == entry.audience } ?? true) && (label.map(entry.labels.contains) ?? true)
            && (modality.map(entry.modalities.contains) ?? true) && (kept.map { $0 == (entry.kept != nil) } ?? true)
    }
}

/// What is kept back among some of the newest decisions, the newest first.
struct QueueListing: Sendable {
    /// Decisions that one page looks at.
    static let looked = 400

    /// All that were found, and of them those that are wanted.
    var all: [QueueEntry]
    var wanted: [QueueEntry]
    /// Below which decision to go on; nil at the end.
    var next: Int64?

    private struct Place: Hashable {
        var study: String
        var audience: String
    }

    /// Reads it; that somebody looked is written down before anything is shown: from which decision to which.
    init(_ filter: QueueFilter, _ exchange: Exchange) throws {
        let (found, next) = try exchange.registry.keptBack(before: filter.before, looking: Self.looked)
        let groups = Dictionary(grouping: found) {
            Place(study: $0.instance.instance.attributes[.studyInstanceUID] ?? "", audience: $0.decision.audience)
        }
        let desk = exchange.console.desk
        all = try groups.map { try QueueEntry($0.study, $0.audience, $1, desk) }.sorted {
            ($0.number, $0.audience) > ($1.number, $1.audience)
        }
        wanted = all.filter(filter.takes)
        self.next = next
        try exchange.console.record(
            .viewed, by: exchange.person().name, at: exchange.time,
            [
                ("what", "queue"), ("count", "\(wanted.count)"), ("patient", exchange.may(.seePatients) ? "yes" : "no"),
                ("newest", "\(found.first?.decision.id ?? 0)"), ("oldest", "\(found.last?.decision.id ?? 0)"),
            ])
    }
}
