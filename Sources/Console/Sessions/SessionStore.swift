internal import Crypto
package import Host
internal import Synchronization

/// Sessions, in memory: a restart ends them all. Of the secret in the cookie its hash alone is kept.
package final class SessionStore: Sendable {
    package struct Limits: Sendable, Hashable {
        /// Seconds without a request after which it is over.
        package var idle: Int64 = 15 * 60
        /// Seconds after which it is over, whatever happens.
        package var longest: Int64 = 10 * 60 * 60
        /// Of one account at once; another ends the one that was idle longest.
        package var perAccount = 8
        /// In all.
        package var most = 10_000

        package init() {}
    }

    package let limits: Limits
    private let sessions = Mutex<[String: Session]>([:])

    package init(limits: Limits) { self.limits = limits }

    /// Begins a session.
    ///
    /// - Returns: the secret for the cookie: 256 random bits, never one that somebody brought.
    package func begin(_ session: Session) -> String {
        let secret = Hex.text(SecureRandom.bytes(32))
        sessions.withLock { sessions in
            let own = sessions.filter { $0.value.account == session.account }
            if own.count >= limits.perAccount { Self.removeOldest(of: own, from: &sessions) }
            if sessions.count >= limits.most { Self.removeOldest(of: sessions, from: &sessions) }
            sessions[Self.key(secret)] = session
        }
        return secret
    }

    private static func removeOldest(of some: [String: Session], from sessions: inout [String: Session]) {
        if let oldest = some.min(by: { $0.value.lastSeen < $1.value.lastSeen }) { sessions[oldest.key] = nil }
    }

    /// The session of a secret, if it is not over; it has been seen now.
    package func session(_ secret: String, at time: Instant) -> Session? {
        sessions.withLock { sessions in
            let key = Self.key(secret)
            guard var session = sessions[key] else { return nil }
            guard isAlive(session, at: time) else {
                sessions[key] = nil
                return nil
            }
            session.lastSeen = max(session.lastSeen, time)
            sessions[key] = session
            return session
        }
    }

    private func isAlive(_ session: Session, at time: Instant) -> Bool {
        time < session.lastSeen.adding(seconds: limits.idle) && time < session.began.adding(seconds: limits.longest)
    }

    package func end(_ secret: String) { sessions.withLock { $0[Self.key(secret)] = nil } }

    /// Ends the sessions of an account.
    ///
    /// - Parameter except: the secret of one that stays.
    /// - Returns: how many.
    @discardableResult
    package func endAll(of account: String, except: String? = nil) -> Int {
        sessions.withLock { sessions in
            let kept = except.map { Self.key($0) }
            let over = sessions.filter { $0.value.account == account && $0.key != kept }.keys
            for key in over { sessions[key] = nil }
            return over.count
        }
    }

    /// Those of an account that are not over, the newest first.
    package func sessions(of account: String, at time: Instant) -> [Session] {
        sessions.withLock { sessions in
            sessions.values.filter { $0.account == account && isAlive($0, at: time) }.sorted { $0.began > $1.began }
        }
    }

    /// The identity provider has asked anew who somebody is.
    func setProof(_ secret: String, at time: Instant) { sessions.withLock { $0[Self.key(secret)]?.proved = time } }

    /// Whether there is a proof that is not older than so many seconds; it counts once.
    func useProof(_ secret: String, within seconds: Int64, at time: Instant) -> Bool {
        sessions.withLock { sessions in
            guard let proved = sessions[Self.key(secret)]?.proved else { return false }
            sessions[Self.key(secret)]?.proved = nil
            return time < proved.adding(seconds: seconds)
        }
    }

    package func setNotice(_ notice: String?, _ secret: String) {
        sessions.withLock { $0[Self.key(secret)]?.notice = notice }
    }

    private static func key(_ secret: String) -> String { Hex.text(SHA256.hash(data: Array(secret.utf8))) }
}
