import DICOMCore
import Synchronization

/// New names that were shown, with what they stand for: an asker who was given the new UID of a study asks for its series by
/// that. By audience, since each has its own. Whoever asks by a name that nobody was shown gets what is not there.
///
/// The last so many are kept (P9); who comes back later looks again first.
final class Handles: Sendable {
    private struct Key: Hashable {
        var audience: String
        var tag: Tag
        var shown: String
    }

    private struct State {
        var originals: [Key: String] = [:]
        /// In the order in which they came, the oldest first.
        var order: [Key] = []
        var oldest = 0
    }

    private let state = Mutex(State())
    private let most: Int

    init(most: Int = 200_000) { self.most = most }

    func remember(_ original: String, as shown: String, _ tag: Tag, for audience: String) {
        guard original != shown, !shown.isEmpty else { return }
        let key = Key(audience: audience, tag: tag, shown: shown)
        state.withLock { state in
            guard state.originals.updateValue(original, forKey: key) == nil else { return }
            state.order.append(key)
            guard state.order.count - state.oldest > most else { return }
            state.originals[state.order[state.oldest]] = nil
            state.oldest += 1
            if state.oldest > most {
                state.order.removeFirst(state.oldest)
                state.oldest = 0
            }
        }
    }

    func original(of shown: String, _ tag: Tag, for audiences: [String]) -> String? {
        state.withLock { state in
            for audience in audiences {
                if let original = state.originals[Key(audience: audience, tag: tag, shown: shown)] { return original }
            }
            return nil
        }
    }
}
