internal import Host
internal import Inputs
internal import Registry

extension GatewayDesk {
    /// How the gateway's work stands. What cannot be read is left out, and that is a metric too.
    func write(to metrics: inout MetricsText) {
        let figures = try? journal.figures()
        metrics.add(
            "cordon_journal_readable", .gauge, help: "Whether the journal could be read.", figures == nil ? 0 : 1)
        guard let figures else { return }
        metrics.add("cordon_arrivals", .gauge, help: "Objects that arrived and are known.", Double(figures.arrivals))
        metrics.add(
            "cordon_open_studies", .gauge, help: "Studies that settle, or wait to be decided.", Double(figures.openStudies))
        metrics.add("cordon_sequestered", .gauge, help: "Outcomes that were sequestered.", Double(figures.sequestered))
        metrics.add("cordon_commitments_owed", .gauge, help: "Storage commitments that we owe.", Double(figures.commitments))
        metrics.add(
            "cordon_deliveries", .gauge, help: "Objects for destinations, by state.",
            figures.destinations.flatMap { destination in
                destination.counts.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                    (["destination": destination.name, "state": "\($0.key.rawValue)"], Double($0.value))
                }
            })
        let now = Instant.now.milliseconds
        metrics.add(
            "cordon_oldest_delivery_seconds", .gauge, help: "Age of the oldest object that waits for a destination.",
            figures.destinations.compactMap { destination in
                destination.oldest.map { (["destination": destination.name], Double(max(0, now - $0.milliseconds) / 1000)) }
            })
        let gone = Set(unreachable)
        metrics.add(
            "cordon_destination_reachable", .gauge, help: "Whether a destination could be reached when it was tried last.",
            figures.destinations.map { (["destination": $0.name], gone.contains($0.name) ? 0 : 1) })
    }

    /// What a feed said, in the log: numbers of labels, never a patient. Whatever it changed is to be decided anew.
    func note(_ report: FeedReport) {
        let isTaken = report.outcome != .refused && report.outcome != .failed
        log.write(
            isTaken ? .learned : .notLearned,
            [
                "feed": .string(report.feed), "kind": .string(report.kind), "outcome": .string(report.outcome.rawValue),
                "sender": .string(report.sender),
                "given": report.receipt.map { .number($0.given.count) },
                "withdrawn": report.receipt.map { .number($0.withdrawn.count) },
                "linked": report.receipt.map { .number($0.linked.count) },
                "notes": report.notes.isEmpty ? nil : .array(report.notes.map { .string($0) }),
            ])
        if let receipt = report.receipt, !receipt.changesNothing { wake() }
    }
}
