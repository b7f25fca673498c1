internal import Registry
internal import Synchronization

/// How many messages of feeds came to what.
package final class FeedCounters: Sendable {
    private struct Key: Hashable {
        var feed: String
        var outcome: FeedReport.Outcome
    }

    private let counts = Mutex<[Key: Int]>([:])
    private let labels = Mutex<(given: Int, withdrawn: Int, unknown: Int)>((0, 0, 0))

    package init() {}

    package func add(_ report: FeedReport) {
        counts.withLock { $0[Key(feed: report.feed, outcome: report.outcome), default: 0] += 1 }
        labels.withLock { labels in
            labels.given += report.receipt?.given.count ?? 0
            labels.withdrawn += report.receipt?.withdrawn.count ?? 0
        }
    }

    package func write(to metrics: inout MetricsText) {
        let samples = counts.withLock { $0 }.sorted {
            ($0.key.feed, $0.key.outcome.rawValue) < ($1.key.feed, $1.key.outcome.rawValue)
        }
        metrics.add(
            "cordon_feed_messages_total", .counter,
            help: "Messages and resources of other systems, by what came of them.",
            samples.map { (["feed": $0.key.feed, "outcome": $0.key.outcome.rawValue], Double($0.value)) })
        let labels = labels.withLock { $0 }
        metrics.add(
            "cordon_feed_labels_total", .counter, help: "Labels that feeds gave and withdrew.",
            [(["act": "given"], Double(labels.given)), (["act": "withdrawn"], Double(labels.withdrawn))])
    }
}
