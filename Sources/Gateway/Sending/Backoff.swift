/// How long to wait after so many failures: each time twice as long, up to a limit, and a little earlier or later, so that many who
/// failed together do not come together again. The same seed gives the same waits.
struct Backoff: Sendable {
    let retry: GatewayConfiguration.Retry

    /// Milliseconds.
    /// - Parameter name: of whatever waits.
    func delay(after failures: Int, for name: String) -> Int64 {
        let doubled = retry.first.multipliedReportingOverflow(by: 1 << min(max(failures - 1, 0), 40))
        let delay = doubled.overflow ? retry.most : min(doubled.partialValue, retry.most)
        // Four fifths to six fifths of it.
        let spread = Int64(Self.mixed(retry.seed, name, failures) % 401) - 200
        return max(1, delay + delay / 1000 * spread)
    }

    /// FNV-1a and SplitMix64: numbers that are the same on every machine.
    private static func mixed(_ seed: UInt64, _ name: String, _ failures: Int) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        var value = seed &+ hash &+ UInt64(failures) &* 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
