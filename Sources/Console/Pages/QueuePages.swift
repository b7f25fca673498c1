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
        let (found, next) = try exchange.registry.keptBack(
            before: query["before"].flatMap { Int64($0) }, looking: looked)
        let groups = Dictionary(grouping: found) {
            Place(study: $0.instance.instance.attributes[.studyInstanceUID] ?? "", audience: $0.decision.audience)
        }
        let all = groups.map { place, entries in entry(place, entries) }
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

    private struct Row {
        var number: Int64
        var audience: String
        var labels: Set<String>
        var values: [String: Any]
    }

    private static func entry(
        _ place: Place, _ entries: [(decision: DecisionEntry, instance: RecordedInstance)]
    ) -> Row {
        let explanations = entries.compactMap { RecordedExplanation($0.decision.explanation) }
        let deciding = explanations.compactMap { $0.clauses?.first }
        let labels = Set(deciding.flatMap { $0.labels ?? [] })
        var causes = labels.sorted()
        causes += Set(explanations.compactMap(\.reason)).sorted()
        if causes.isEmpty { causes = ["always, for this audience"] }
        let attributes = entries.map(\.instance.instance.attributes)
        let newest = entries.map(\.decision).max { $0.id < $1.id }
        return Row(
            number: newest?.id ?? 0, audience: place.audience, labels: labels,
            values: [
                "uid": place.study, "path": PercentText.encode(place.study), "audience": place.audience,
                "causes": causes,
                "modality": Set(attributes.compactMap { $0[.modality] }).sorted().joined(separator: ", "),
                "date": Set(attributes.compactMap { $0[.studyDate] }).sorted().joined(separator: ", "),
                "count": entries.count, "time": newest.map { Words.time($0.time) } ?? "",
            ])
    }
}
