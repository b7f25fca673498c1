internal import Host
internal import Synchronization

/// Spreads objects over time: at most so many in a span, evenly.
final class RateLimit: Sendable {
    private let next = Mutex(Instant(milliseconds: 0))

    /// How long to wait before the next object. Milliseconds.
    func delay(_ rate: GatewayConfiguration.Rate, now: Instant) -> Int64 {
        next.withLock { next in
            let start = max(next, now)
            next = Instant(milliseconds: start.milliseconds + max(1, rate.span / Int64(rate.count)))
            return start.milliseconds - now.milliseconds
        }
    }
}
