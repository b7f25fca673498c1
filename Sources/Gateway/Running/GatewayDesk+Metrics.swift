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
            "cordon_open_studies", .gauge, help: "Studies that settle, or wait to be decided.",
            Double(figures.openStudies))
        metrics.add(
            "cordon_sequestered", .gauge, help: "Outcomes that were sequestered.", Double(figures.sequestered))
        metrics.add(
            "cordon_commitments_owed", .gauge, help: "Storage commitments that we owe.", Double(figures.commitments))
        var deliveries: [MetricsText.Sample] = [], ages: [MetricsText.Sample] = [], reachable: [MetricsText.Sample] = []
        let now = Instant.now.milliseconds, gone = Set(unreachable)
        for destination in figures.destinations {
            let name = ["destination": destination.name]
            for (state, count) in destination.counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                let labels = ["destination": destination.name, "state": state.rawValue]
                deliveries.append((labels: labels, value: Double(count)))
            }
            if let oldest = destination.oldest {
                ages.append((labels: name, value: Double(max(0, now - oldest.milliseconds) / 1000)))
            }
            reachable.append((labels: name, value: gone.contains(destination.name) ? 0 : 1))
        }
        metrics.add("cordon_deliveries", .gauge, help: "Objects for destinations, by state.", deliveries)
        metrics.add(
            "cordon_oldest_delivery_seconds", .gauge, help: "Age of the oldest object that waits for a destination.",
            ages)
        metrics.add(
            "cordon_destination_reachable", .gauge,
            help: "Whether a destination could be reached when it was tried last.", reachable)
    }

    /// What a feed said, in the log: numbers of labels, never a patient. Whatever it changed is to be decided anew.
    func note(_ report: FeedReport) {
        let isTaken = report.outcome != .refused && report.outcome != .failed
        let receipt = report.receipt ?? FeedReceipt()
        log.write(
            isTaken ? .learned : .notLearned,
            [
                "feed": .string(report.feed), "kind": .string(report.kind), "outcome": .string(report.outcome.rawValue),
                "sender": .string(report.sender), "given": .number(receipt.given.count),
                "withdrawn": .number(receipt.withdrawn.count), "linked": .number(receipt.linked.count),
                "notes": .array(report.notes.map { .string($0) }),
            ])
        if !receipt.changesNothing { wake() }
    }
}
