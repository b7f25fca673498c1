internal import Foundation
internal import Synchronization

/// What a decision was made by, as the registry keeps it: JSON, without values of the data set.
struct RecordedExplanation: Decodable, Hashable, Sendable {
    /// The one that decided is the first.
    struct Clause: Decodable, Hashable, Sendable {
        /// Nil for `always`.
        var labels: [String]?
        var disposition: String
        var file: String?
        var line: Int?
        var liftedBy: String?
    }

    struct Label: Decodable, Hashable, Sendable {
        var label: String
        var certain: Bool
        var reasons: [Reason]
    }

    struct Reason: Decodable, Hashable, Sendable {
        var kind: String
        var id: String?
        var file: String?
        var line: Int?
        var evidence: [Evidence]?
    }

    struct Evidence: Decodable, Hashable, Sendable {
        var attribute: String
        var problem: String?
    }

    /// Why it was sequestered though no rule said so.
    var reason: String?
    var labels: [Label]?
    var clauses: [Clause]?

    /// Nil for what cannot be read.
    ///
    /// Most decisions of a site have few explanations: what was read a moment ago is not read again.
    init?(_ text: String) {
        let known = Self.known.withLock { $0[text] }
        let explanation = known ?? (try? JSONDecoder().decode(Self.self, from: Data(text.utf8)))
        if known == nil {
            Self.known.withLock { known in
                if known.count >= Self.mostKnown { known.removeAll() }
                known[text] = .some(explanation)
            }
        }
        guard let explanation else { return nil }
        self = explanation
    }

    /// What was read, and what could not be.
    private static let known = Mutex<[String: RecordedExplanation?]>([:])
    private static let mostKnown = 2000
}
