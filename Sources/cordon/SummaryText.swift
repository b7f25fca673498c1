import Gatekeeper
import Inputs

extension InputSources {
    /// Why there was nothing to do: a list that is empty, or a folder, is often the mistake of whoever wrote it.
    func words(forNoneIn special: Int) -> String {
        let found = special == 0 ? "no file" : "no file, \(special) pipes or devices"
        if list != nil, paths.isEmpty { return "nothing was done: the list on standard input names \(found)" }
        return "nothing was done: there is \(found) in the inputs"
    }
}

/// A run's summary for people and for scripts.
enum SummaryText {
    /// More rows than anybody reads; the rest is in `decisions.jsonl`.
    private static let rowLimit = 200

    static func lines(_ report: BatchRun.Report, dryRun: Bool) -> [String] {
        let summary = report.summary, counts = summary.counts
        let showsPatients = summary.rows.contains { $0.patientID != nil }
        var columns = [Table.Column(title: "study", isNumber: true)]
        if showsPatients { columns.append(.init(title: "patient ID")) }
        columns += [
            .init(title: "modality"), .init(title: "instances", isNumber: true), .init(title: "disposition"),
            .init(title: "why"),
        ]
        var table = Table(columns)
        for row in summary.rows.prefix(rowLimit) {
            var cells = [row.study.map { "\($0)" } ?? "–"]
            if showsPatients { cells.append((row.patientID ?? "").printable) }
            cells += [
                row.modalities.joined(separator: " "), "\(row.count)", row.disposition,
                row.reasons.isEmpty ? "no label asks for more" : row.reasons.joined(separator: "; "),
            ]
            table.add(cells)
        }
        var lines = summary.rows.isEmpty ? [] : table.lines(width: TerminalSize.columns) + [""]
        if summary.rows.count > rowLimit {
            lines.insert(
                "… and \(summary.rows.count - rowLimit) more rows; decisions.jsonl has all", at: lines.count - 1)
        }
        lines.append(words(counts))
        if counts.unknownStudies > 0 {
            lines.append(
                "\(counts.unknownStudies) of the sequestered cannot be read as far as to name a study: "
                    + "what is in them could not count for their studies")
        }
        if dryRun {
            lines.append("dry run: nothing was written")
        } else if !report.isChanged {
            lines.append("all of it was done before: nothing was changed")
        } else if report.keptCount > 0 || report.withdrawnCount > 0 {
            lines.append("\(report.keptCount) were done before, \(report.withdrawnCount) withdrawn")
        }
        return lines
    }

    private static func words(_ counts: Summary.Counts) -> String {
        let parts = [
            (counts.released, "released"), (counts.flagged, "flagged"), (counts.deidentified, "de-identified"),
            (counts.sequestered, "sequestered"), (counts.refused, "refused"), (counts.duplicates, "of them duplicates"),
            (counts.notDICOM, "left alone, not DICOM"),
            (counts.special, counts.special == 1 ? "pipe or device passed by" : "pipes and devices passed by"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        let instances = "\(counts.recorded) \(counts.recorded == 1 ? "input" : "inputs")"
        let studies = "\(counts.studies) \(counts.studies == 1 ? "study" : "studies")"
        return "\(instances), \(studies)" + (parts.isEmpty ? "" : ": " + parts.joined(separator: ", "))
    }

    static func json(_ report: BatchRun.Report, dryRun: Bool) -> JSON {
        let summary = report.summary, counts = summary.counts
        return .object([
            "dryRun": .bool(dryRun),
            "changed": .bool(report.isChanged),
            "inputs": .number(counts.recorded),
            "studies": .number(counts.studies),
            "released": .number(counts.released),
            "flagged": .number(counts.flagged),
            "deidentified": .number(counts.deidentified),
            "sequestered": .number(counts.sequestered),
            "refused": .number(counts.refused),
            "duplicates": .number(counts.duplicates),
            "notDICOM": .number(counts.notDICOM),
            "unknownStudies": .number(counts.unknownStudies),
            "special": .number(counts.special),
            "kept": .number(report.keptCount),
            "withdrawn": .number(report.withdrawnCount),
            "refusals": .array(
                summary.refusals.sorted { $0.key < $1.key }.map { reason, count in
                    .object(["reason": .string(reason), "count": .number(count)])
                }),
            "rows": .array(
                summary.rows.map { row in
                    .object([
                        "study": row.study.map { .number($0) },
                        "patientID": row.patientID.map { .string($0) },
                        "modalities": .strings(row.modalities),
                        "instances": .number(row.count),
                        "disposition": .string(row.disposition),
                        "reasons": .strings(row.reasons),
                    ])
                }),
        ])
    }
}
