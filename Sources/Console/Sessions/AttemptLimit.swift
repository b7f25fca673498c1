package import Host
internal import Synchronization

/// How often somebody may ask, or one address try to come in.
package final class AttemptLimit: Sendable {
    private struct Window {
        var begins: Int64
        var count: Int
    }

    private let windows = Mutex<[String: Window]>([:])
    private let most: Int
    private let span: Int64

    /// - Parameter span: in seconds.
    package init(most: Int = 30, span: Int64 = 300) {
        self.most = most
        self.span = span * 1000
    }

    package enum Answer: Hashable, Sendable {
        case allowed
        /// The first one too many of a window is for the log; what follows is the same.
        case refused(isFirst: Bool)
    }

    /// Of an IP address. Whoever has one of IPv6 has 2^64 of them, which count as one (RFC 4291 2.5.4).
    package func attempt(from address: String, at time: Instant) -> Answer {
        attempt(Self.network(address), at: time)
    }

    /// The first half of an address of IPv6; one of IPv4, also inside one of IPv6, as it is.
    static func network(_ address: String) -> String {
        guard address.contains(":"), !address.contains(".") else { return address }
        let halves = address.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false).map {
            $0.split(separator: ":")
        }
        let left = halves.first ?? [], right = halves.count > 1 ? halves[1] : []
        let zeros = [Substring](repeating: "0", count: max(0, 8 - left.count - right.count))
        return (left + zeros + right).prefix(4).joined(separator: ":") + "::/64"
    }

    package func attempt(_ address: String, at time: Instant) -> Answer {
        windows.withLock { windows in
            let now = time.milliseconds
            if windows.count > 10_000 { windows = windows.filter { now - $0.value.begins < span } }
            // Strangers with more addresses than that share one.
            let key = windows.count > 20_000 && windows[address] == nil ? "" : address
            var window = windows[key] ?? Window(begins: now, count: 0)
            if now - window.begins >= span { window = Window(begins: now, count: 0) }
            window.count += 1
            windows[key] = window
            return window.count <= most ? .allowed : .refused(isFirst: window.count == most + 1)
        }
    }
}
