internal import Foundation

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
    init?(_ text: String) {
        guard let value = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else { return nil }
        self = value
    }
}
