/// What is asked of a production, each question by itself.
public enum Question: String, CaseIterable, Hashable, Sendable {
    /// Is every file there as it was written, and no other?
    case integrity
    /// Who signed the log's checkpoints and, through them, this bag?
    case authorship
    /// When did it exist at the latest, by an independent time stamp?
    case time
    /// Is all here that was to be handed over, and is every log entry proved?
    case completeness
    /// Is what was kept back declared, and is nothing else missing?
    case redaction
}

/// What was found on one question. The worst of it is the answer.
public struct Verdict: Hashable, Sendable {
    public enum Word: String, Comparable, Hashable, Sendable {
        case pass = "PASS"
        /// Nothing is wrong, and the proof ends in something that came with the bag.
        case unconfirmed = "UNCONFIRMED"
        /// It cannot be checked.
        case error = "ERROR"
        case fail = "FAIL"

        private var rank: Int {
            switch self {
            case .pass: 0
            case .unconfirmed: 1
            case .error: 2
            case .fail: 3
            }
        }

        public static func < (left: Word, right: Word) -> Bool { left.rank < right.rank }
    }

    public struct Finding: Hashable, Sendable {
        public var word: Word
        /// Names files of the bag and entries of the log; no patient.
        public var text: String
    }

    public private(set) var findings: [Finding] = []

    public var word: Word { findings.map(\.word).max() ?? .pass }

    mutating func add(_ word: Word, _ text: String) { findings.append(Finding(word: word, text: text)) }
}

/// The answers to all questions.
public struct BagVerdicts: Hashable, Sendable {
    public var verdicts: [Question: Verdict] = [:]

    public subscript(question: Question) -> Verdict { verdicts[question] ?? Verdict() }

    /// As `verify.py` ends: 0 when all is PASS, else 1 for FAIL, 2 for ERROR, 3 for UNCONFIRMED.
    public var status: Int32 {
        switch verdicts.values.map(\.word).max() ?? .pass {
        case .pass: 0
        case .fail: 1
        case .error: 2
        case .unconfirmed: 3
        }
    }
}

/// What was checked is not as it must be.
struct Wrong: Error {
    var text: String

    init(_ text: String) { self.text = text }
}

func require(_ isGood: Bool, _ text: @autoclosure () -> String) throws(Wrong) {
    guard isGood else { throw Wrong(text()) }
}
