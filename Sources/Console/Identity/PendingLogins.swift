internal import Host
internal import Synchronization

/// Logins that were begun and have not come back, in memory. Each comes back once.
final class PendingLogins: Sendable {
    private let logins = Mutex<[String: PendingLogin]>([:])
    /// Seconds.
    static let longest: Int64 = 600
    private static let most = 10_000

    /// - Returns: its `state`.
    func begin(_ login: PendingLogin) -> String {
        let state = Hex.text(SecureRandom.bytes(32))
        logins.withLock { logins in
            if logins.count >= Self.most {
                logins = logins.filter { login.began < $0.value.began.adding(seconds: Self.longest) }
            }
            if logins.count >= Self.most, let oldest = logins.min(by: { $0.value.began < $1.value.began }) {
                logins[oldest.key] = nil
            }
            logins[state] = login
        }
        return state
    }

    /// The login of a state, if it was begun in this browser and is not too old; it is over with this.
    func take(_ state: String, browser: String, at time: Instant) -> PendingLogin? {
        logins.withLock { logins in
            guard let login = logins[state],
                SecretBytes.areEqual(Array(login.browser.utf8), Array(browser.utf8))
            else { return nil }
            logins[state] = nil
            return time < login.began.adding(seconds: Self.longest) ? login : nil
        }
    }
}
