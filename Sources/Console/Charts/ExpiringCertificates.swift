internal import Host
internal import NIOSSL

/// Certificates of the console, and until when they are good.
enum ExpiringCertificates {
    /// Days before its end from which on somebody should look after it.
    static let notice: Int64 = 30

    static func rows(_ settings: ConsoleSettings, at time: Instant) -> [[String: Any]] {
        (settings.tls?.certificateChain ?? []).enumerated().compactMap { place, source -> [String: Any]? in
            guard case .certificate(let certificate) = source else { return nil }
            let left = (Int64(certificate.notValidAfter) - time.milliseconds / 1000) / 86_400
            let end = Instant(milliseconds: Int64(certificate.notValidAfter) * 1000)
            return [
                "whose": place == 0 ? "this console" : "issuer \(place) of this console", "until": Words.day(end),
                "bad": left < 0, "soon": left >= 0 && left < notice,
                "state": end <= time ? "has run out" : "\(Words.count(Int(left), "day", "days")) left",
            ]
        }
    }
}
