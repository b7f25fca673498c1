internal import Host
internal import Registry

/// What is kept back, and why: the newest first.
enum QueuePages {
    /// Rows with pictures; further ones have them on the page of their study.
    static let mostPictured = 24

    static let routes: [ConsoleRoute] = [.page("/queue", .seeStudies, list)] + QueueActs.routes

    private static func list(_ exchange: Exchange) throws -> ConsoleAnswer {
        let query = exchange.request.query
        let filter = QueueFilter(query)
        let hasPictures = exchange.may(.seePatients) && query["pictures"] != "no"
        let listing = try QueueListing(filter, exchange)
        let all = listing.all, rows = listing.wanted
        func choices(_ values: Set<String>, _ chosen: String?) -> [[String: Any]] {
            values.union(chosen.map { [$0] } ?? []).sorted().map { ["value": $0, "chosen": $0 == chosen] }
        }
        let picksAll = query["pick"] == "all"
        return exchange.page(
            "queue", "Queue",
            [
                "rows": rows.enumerated().map { place, row in
                    values(
                        row, pictured: hasPictures && place < mostPictured,
                        picked: picksAll && place < QueueItem.most, exchange)
                },
                "none": rows.isEmpty, "count": Words.count(rows.count, "entry", "entries"),
                "audiences": choices(Set(all.map(\.audience)), filter.audience),
                "labels": choices(Set(all.flatMap(\.labels)), filter.label),
                "modalities": choices(Set(all.flatMap(\.modalities)), filter.modality),
                "showsKept": filter.kept == true, "showsAll": filter.kept == nil,
                "mayPicture": exchange.may(.seePatients), "pictures": hasPictures,
                "columns": hasPictures, "next": listing.next.map { "\($0)" } ?? "", "looked": QueueListing.looked,
                "filter": text(filter, hasPictures: hasPictures), "mayKeep": exchange.may(.keepStudies),
                "mayHold": exchange.may(.placeHolds),
                "mayLabel": exchange.may(.giveLabels), "most": QueueItem.most, "picksAll": picksAll,
                "before": filter.before.map { "\($0)" } ?? "",
            ])
    }

    /// As a query, for links to further pages.
    private static func text(_ filter: QueueFilter, hasPictures: Bool) -> String {
        let state = filter.kept.map { $0 ? "kept" : "open" } ?? "all"
        return [
            ("audience", filter.audience ?? ""), ("label", filter.label ?? ""), ("modality", filter.modality ?? ""),
            ("state", state), ("pictures", hasPictures ? "yes" : "no"),
        ].filter { !$0.1.isEmpty }.map { "\($0.0)=\(PercentText.encode($0.1))" }.joined(separator: "&")
    }

    /// What a label says; of what no label keeps, that nothing lifts it.
    private static func meaning(of cause: String, _ entry: QueueEntry, _ exchange: Exchange) -> String {
        if entry.labels.contains(cause) { return exchange.console.meaning(of: cause) }
        return entry.reasons.contains(cause) ? "it cannot be read, or made safe: no label lifts that" : ""
    }

    /// Whose it is, and of what: who looks for a study knows that, and no UID.
    private static func about(_ entry: QueueEntry) -> String {
        func all(_ attribute: InstanceAttribute) -> String {
            Set(entry.instances.compactMap { $0.instance.attributes[attribute] }).sorted().joined(separator: ", ")
        }
        return [all(.patientID), all(.studyDescription)].filter { !$0.isEmpty }.joined(separator: " · ")
    }

    private static func values(
        _ entry: QueueEntry, pictured: Bool, picked: Bool, _ exchange: Exchange
    ) -> [String: Any] {
        let study = entry.study
        var values: [String: Any] = [
            "uid": study, "path": PercentText.encode(study), "audience": entry.audience,
            "causes": entry.causes.map { ["cause": $0, "meaning": meaning(of: $0, entry, exchange)] },
            "about": exchange.may(.seePatients) ? about(entry) : "",
            "decision": study.isEmpty ? "" : "\(entry.number)", "picked": picked,
            "modality": entry.modalities.sorted().joined(separator: ", "),
            "date": entry.dates.sorted().map(Words.studyDate).joined(separator: ", "),
            "count": entry.instances.count, "time": entry.time.map { Words.time($0) } ?? "", "pictures": [] as [Any],
        ]
        if let kept = entry.kept {
            values["kept"] = "\(kept.person), \(Words.time(kept.time))"
            values["keptPath"] = exchange.may(.seeLog) ? "/log/\(kept.leaf)" : ""
        }
        if pictured, !study.isEmpty {
            // One instance's, or two of one series: a queue is looked through, and a study looked at.
            values["pictures"] = PictureChoice.of(entry.instances).pictures.prefix(2).map {
                $0.values(study: study, marksText: entry.isAboutPixels)
            }
        }
        return values
    }
}
