internal import Host
internal import Production

/// A production that is made, or verified: at the desk, so that a console that is started again goes on with it.
struct ProductionJob: Hashable, Sendable {
    enum State: Hashable, Sendable {
        case waiting
        case running(done: Int)
        case done(Result)
        case failed(String)

        var isOver: Bool {
            switch self {
            case .waiting, .running: false
            case .done, .failed: true
            }
        }
    }

    /// What is to be done; forgotten when it is.
    struct Task: Hashable, Codable, Sendable {
        var matter: String?
        var reason: String?
        var allowsMissingRules = false
        var withholdsOpenings = false
        /// Of a verification: fingerprints that somebody was told by other means.
        var trusted: [String] = []
    }

    /// What came of it, in words for people.
    struct Result: Hashable, Codable, Sendable {
        struct Fingerprint: Hashable, Codable, Sendable {
            var digest: String
            var whose: String
        }

        struct Answer: Hashable, Codable, Sendable {
            var question: String
            var word: String
            var findings: [String]
        }

        var lines: [String] = []
        var fingerprints: [Fingerprint] = []
        /// Of a verification.
        var answers: [Answer] = []
        /// The worst of them.
        var word: String?
        var failure: String?
    }

    var id: Int64
    /// Of the folder.
    var name: String
    var isVerification: Bool
    var person: String
    var began: Instant
    /// Instances that the matter holds; 0 where nobody counted them, or there are too many to count beforehand.
    var expected = 0
    var state = State.waiting
}

extension ProductionJob.Result {
    init(_ report: ProductionReport) {
        lines = [
            "\(Words.count(report.instances, "original", "originals")) of \(Words.count(report.studies, "study", "studies")), \(report.bytes) bytes",
            "\(report.entries) entries of the log, \(report.decisions) decisions",
            "on the log as entry \(report.leaf); digest of the bag \(report.tagManifest)",
        ]
        if report.absent > 0 { lines.append("\(report.absent) are named and not there: their bytes were not kept") }
        if report.uncertain > 0 {
            lines.append("\(report.uncertain) are held of which nobody can tell whose they are, and were left out")
        }
        if !report.missingRules.isEmpty {
            lines.append("rule sets that decided and are missing: \(report.missingRules.joined(separator: ", "))")
        }
        fingerprints = report.fingerprints.map { Fingerprint(digest: $0.digest, whose: "\($0.role) \($0.name)") }
    }

    /// Of one question: somebody else's bag may have any number of files that are wrong.
    static let mostFindings = 500

    init(_ verdicts: BagVerdicts) {
        answers = Question.allCases.map { question in
            let found = verdicts[question].findings
            let more = found.count - Self.mostFindings
            return Answer(
                question: question.rawValue, word: verdicts[question].word.rawValue,
                findings: found.prefix(Self.mostFindings).map(\.text)
                    + (more > 0 ? ["and \(more) more: `cordon hold verify` tells all"] : []))
        }
        word = (verdicts.verdicts.values.map(\.word).max() ?? .error).rawValue
    }
}
