internal import Host
internal import Registry
internal import Synchronization

/// How often the glass was broken since the start, for metrics.
package final class GlassCounters: Sendable {
    private let counts = Mutex((started: 0, ended: 0))

    func add(isStarted: Bool) {
        counts.withLock { if isStarted { $0.started += 1 } else { $0.ended += 1 } }
    }

    /// Beside it, from the registry: what runs, and what nobody has looked into yet.
    func write(to metrics: inout MetricsText, _ registry: Registry) {
        let counts = counts.withLock { $0 }
        metrics.add(
            "cordon_glass_total", .counter, help: "Emergency access that began and ended since the start.",
            [(["act": "broken"], Double(counts.started)), (["act": "mended"], Double(counts.ended))])
        guard let grants = try? registry.grants() else { return }
        metrics.add(
            "cordon_grants", .gauge, help: "Emergency access that runs, and that nobody has reviewed.",
            [
                (["state": "running"], Double(grants.count { $0.isRunning(at: .now) })),
                (["state": "unreviewed"], Double(grants.count { $0.reviews.isEmpty })),
            ])
    }
}
