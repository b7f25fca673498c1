internal import Host
internal import Registry

/// What is kept back, and why: the newest first.
enum QueuePages {
    /// Decisions that one page looks at.
    static let looked = 400

    static let routes: [ConsoleRoute] = [.page("/queue", .seeStudies, list)]

    private struct Place: Hashable {
        var study: String
        var audience: String
    }

    private static func list(_ exchange: Exchange) throws -> ConsoleAnswer {
        let query = exchange.request.query
        let (all, next) = try rows(before: query["before"].flatMap { Int64($0) }, exchange)
        let rows = all.filter { row in
            (query["audience"].map { $0 == row.audience } ?? true) && (query["label"].map(row.labels.contains) ?? true)
        }.sorted { ($0.number, $0.audience) > ($1.number, $1.audience) }
        func choices(_ values: Set<String>, _ chosen: String?) -> [[String: Any]] {
            values.union(chosen.map { [$0] } ?? []).sorted().map { ["value": $0, "chosen": $0 == chosen] }
        }
        return exchange.page(
            "queue", "Queue",
            [
                "rows": rows.map(\.values), "none": rows.isEmpty,
                "count": Words.count(rows.count, "entry", "entries"),
                "audiences": choices(Set(all.map(\.audience)), query["audience"]),
                "labels": choices(Set(all.flatMap(\.labels)), query["label"]), "next": next.map { "\($0)" } ?? "",
                "looked": looked, "audience": PercentText.encode(query["audience"] ?? ""),
                "label": PercentText.encode(query["label"] ?? ""),
            ])
    }

    /// A study that is kept back from an audience.
    struct Row: Sendable {
        /// Of the newest decision.
        var number: Int64
        var study: String
        var audience: String
        var labels: Set<String>
        var causes: [String]
        var modalities: [String]
        var dates: [String]
        var count: Int
        var time: Instant?

        var values: [String: Any] {
            [
                "uid": study, "path": PercentText.encode(study), "audience": audience, "causes": causes,
                "modality": modalities.joined(separator: ", "), "date": dates.joined(separator: ", "),
                "count": count, "time": time.map { Words.time($0) } ?? "",
            ]
        }
    }

    /// What the newest decisions keep back, or those before a number, and where to go on.
    static func rows(before id: Int64?, _ exchange: Exchange) throws -> (rows: [Row], next: Int64?) {
        let (found, next) = try exchange.registry.keptBack(before: id, looking: looked)
        let groups = Dictionary(grouping: found) {
            Place(study: $0.instance.instance.attributes[.studyInstanceUID] ?? "", audience: $0.decision.audience)
        }
        let rows = groups.map { place, entries in
            row(place, entries, RecordedExplanation.all(entries.map(\.decision.explanation)))
        }
        return (rows, next)
    }

    private static func row(
        _ place: Place, _ entries: [(decision: DecisionEntry, instance: RecordedInstance)],
        _ explanations: [RecordedExplanation]
    ) -> Row {
        let deciding = explanations.compactMap { $0.clauses?.first }
        let labels = Set(deciding.flatMap { $0.labels ?? [] })
        var causes = labels.sorted()
        causes += Set(explanations.compactMap(\.reason)).sorted()
        if causes.isEmpty { causes = ["always, for this audience"] }
        let attributes = entries.map(\.instance.instance.attributes)
        let newest = entries.map(\.decision).max { $0.id < $1.id }
        return Row(
            number: newest?.id ?? 0, study: place.study, audience: place.audience, labels: labels, causes: causes,
            modalities: Set(attributes.compactMap { $0[.modality] }).sorted(),
            dates: Set(attributes.compactMap { $0[.studyDate] }).sorted(), count: entries.count, time: newest?.time)
    }
}
