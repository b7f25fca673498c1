internal import Host
internal import Registry

/// What is kept back, and why: the newest first.
enum QueuePages {
    /// Decisions that one page looks at.
    static let looked = 400
    /// Rows with pictures; further ones have them on the page of their study.
    static let mostPictured = 24

    static let routes: [ConsoleRoute] = [.page("/queue", .seeStudies, list)] + QueueActs.routes

    private struct Place: Hashable {
        var study: String
        var audience: String
    }

    /// What of the queue is wanted.
    private struct Filter {
        var audience: String?
        var label: String?
        var modality: String?
        /// Looked at, and to stay: nil for all.
        var kept: Bool?
        var hasPictures: Bool

        init(_ query: FormFields, mayPicture: Bool) {
            audience = query["audience"]
            label = query["label"]
            modality = query["modality"]
            kept = query["state"] == "kept" ? true : query["state"] == "all" ? nil : false
            hasPictures = mayPicture && query["pictures"] != "no"
        }

        func takes(_ row: Row) -> Bool {
            (audience.map { $0 == row.audience } ?? true) && (label.map(row.labels.contains) ?? true)
                && (modality.map(row.modalities.contains) ?? true) && (kept.map { $0 == (row.kept != nil) } ?? true)
        }

        /// As a query, for links to further pages.
        var text: String {
            let state = kept.map { $0 ? "kept" : "open" } ?? "all"
            return [
                ("audience", audience ?? ""), ("label", label ?? ""), ("modality", modality ?? ""), ("state", state),
                ("pictures", hasPictures ? "yes" : "no"),
            ].filter { !$0.1.isEmpty }.map { "\($0.0)=\(PercentText.encode($0.1))" }.joined(separator: "&")
        }
    }

    private static func list(_ exchange: Exchange) throws -> ConsoleAnswer {
        let query = exchange.request.query
        let filter = Filter(query, mayPicture: exchange.may(.seePatients))
        let (found, next) = try exchange.registry.keptBack(
            before: query["before"].flatMap { Int64($0) }, looking: looked)
        let groups = Dictionary(grouping: found) {
            Place(study: $0.instance.instance.attributes[.studyInstanceUID] ?? "", audience: $0.decision.audience)
        }
        let all = try groups.map { place, entries in try Row(place.study, place.audience, entries, exchange) }
        let rows = all.filter(filter.takes).sorted { ($0.number, $0.audience) > ($1.number, $1.audience) }
        func choices(_ values: Set<String>, _ chosen: String?) -> [[String: Any]] {
            values.union(chosen.map { [$0] } ?? []).sorted().map { ["value": $0, "chosen": $0 == chosen] }
        }
        let picksAll = query["pick"] == "all"
        return exchange.page(
            "queue", "Queue",
            [
                "rows": rows.enumerated().map { place, row in
                    row.values(
                        pictured: filter.hasPictures && place < mostPictured,
                        picked: picksAll && place < QueueItem.most, exchange)
                },
                "none": rows.isEmpty, "count": Words.count(rows.count, "entry", "entries"),
                "audiences": choices(Set(all.map(\.audience)), filter.audience),
                "labels": choices(Set(all.flatMap(\.labels)), filter.label),
                "modalities": choices(Set(all.flatMap(\.modalities)), filter.modality),
                "showsKept": filter.kept == true, "showsAll": filter.kept == nil,
                "mayPicture": exchange.may(.seePatients), "pictures": filter.hasPictures,
                "columns": filter.hasPictures, "next": next.map { "\($0)" } ?? "", "looked": looked,
                "filter": filter.text, "mayKeep": exchange.may(.keepStudies), "mayHold": exchange.may(.placeHolds),
                "mayLabel": exchange.may(.giveLabels), "most": QueueItem.most, "picksAll": picksAll,
                "before": query["before"].flatMap { Int64($0) }.map { "\($0)" } ?? "",
            ])
    }

    private struct Row {
        var study: String
        var number: Int64
        var audience: String
        var labels: Set<String>
        var modalities: Set<String>
        var causes: [String]
        /// Something about pixels kept it: boxes are drawn around what looks like text.
        var isAboutPixels: Bool
        var dates: Set<String>
        var instances: [RecordedInstance]
        var time: Instant?
        var kept: DeskStore.Kept?

        init(
            _ study: String, _ audience: String, _ entries: [(decision: DecisionEntry, instance: RecordedInstance)],
            _ exchange: Exchange
        ) throws {
            self.study = study
            self.audience = audience
            let explanations = entries.compactMap { RecordedExplanation($0.decision.explanation) }
            labels = Set(explanations.compactMap { $0.clauses?.first }.flatMap { $0.labels ?? [] })
            let reasons = Set(explanations.compactMap(\.reason)).sorted()
            causes = labels.sorted() + reasons
            if causes.isEmpty { causes = ["always, for this audience"] }
            isAboutPixels = reasons.contains { $0.contains("ixel") }
            instances = entries.map(\.instance)
            let attributes = instances.map(\.instance.attributes)
            modalities = Set(attributes.compactMap { $0[.modality] })
            dates = Set(attributes.compactMap { $0[.studyDate] })
            let newest = entries.map(\.decision).max { $0.id < $1.id }
            number = newest?.id ?? 0
            time = newest?.time
            kept = try exchange.console.desk.kept(study: study, audience: audience, since: number)
        }

        func values(pictured: Bool, picked: Bool, _ exchange: Exchange) -> [String: Any] {
            var values: [String: Any] = [
                "uid": study, "path": PercentText.encode(study), "audience": audience, "causes": causes,
                "decision": study.isEmpty ? "" : "\(number)", "picked": picked,
                "modality": modalities.sorted().joined(separator: ", "), "date": dates.sorted().joined(separator: ", "),
                "count": instances.count, "time": time.map { Words.time($0) } ?? "", "pictures": [] as [Any],
            ]
            if let kept {
                values["kept"] = "\(kept.person), \(Words.time(kept.time))"
                values["keptPath"] = exchange.may(.seeLog) ? "/log/\(kept.leaf)" : ""
            }
            if pictured, !study.isEmpty {
                // One instance's, or two of one series: a queue is looked through, and a study looked at.
                values["pictures"] = PictureChoice.of(instances).pictures.prefix(2).map {
                    $0.values(study: study, marksText: isAboutPixels)
                }
            }
            return values
        }
    }
}
