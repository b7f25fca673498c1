import Host
import Inputs
import Synchronization

/// Which files of OUT count, and of what bytes: no file takes the place of another.
final class Ledger: Sendable {
    private struct State {
        /// Paths that records point to, by hash.
        var live: Set<UInt64> = []
        /// Digests of what is there, by a hash of the path in small letters: some file systems do not tell them apart.
        var digests: [UInt64: UInt64] = [:]
    }

    private let state = Mutex(State())

    /// Takes a path for these bytes; false when other bytes have it.
    func take(_ path: String, for digest: ContentDigest) -> Bool {
        let exact = Self.hash(path), folded = Self.hash(path.lowercased())
        return state.withLock { state in
            if let present = state.digests[folded], present != digest.prefix { return false }
            state.digests[folded] = digest.prefix
            state.live.insert(exact)
            return true
        }
    }

    /// Whether a record points to the path with this hash.
    func isLive(_ hash: UInt64) -> Bool { state.withLock { $0.live.contains(hash) } }

    static func hash(_ path: String) -> UInt64 { ContentDigest.prefix(of: path.utf8) }
}
