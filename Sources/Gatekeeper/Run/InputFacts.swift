import Host
import Inputs

/// What a run keeps of each input between its passes: fewer than a hundred bytes, so that a million of them fit (P9).
struct InputFacts: Sendable {
    enum Kind: UInt8, Sendable {
        /// Not looked at.
        case pending
        /// Left alone.
        case notDICOM, special
        /// Cannot be read to its end.
        case unreadable
        case instance
        case refused

        /// As it counts in what an outcome depends on.
        var name: String {
            switch self {
            case .pending: "pending"
            case .notDICOM: "notDICOM"
            case .special: "special"
            case .unreadable: "unreadable"
            case .instance: "instance"
            case .refused: "refused"
            }
        }
    }

    var kind = Kind.pending
    /// Why it was refused, or left alone.
    var refusal: Refusal?
    var fingerprint: Fingerprint?
    /// In `Verdicts`.
    var verdict: UInt32 = 0
    /// In `People`, where the audience gets anything de-identified.
    var people: UInt32 = 0
    /// In `SeriesNumbers`, of an instance that may show a face where those are taken out; `none` of any other.
    var series = SeriesNumbers.none
    /// Of what was found of faces in its series; 0 where nobody looked.
    var faces: UInt64 = 0
    /// Its pseudonym is somebody else's too.
    var sharesPseudonym = false
    /// Of all that the rules took from the instance. Must be the same when it is read again.
    var evaluation = 0
    /// Of the instance's own name; see `TargetName.claim`.
    var claim: UInt64 = 0
    /// It cannot be read as far as to say which study it is of.
    var hasUnknownStudy = false
    /// Another instance, of other bytes, has the same name.
    var isContested = false

    /// Whether the input ends in a record.
    var isRecorded: Bool {
        switch kind {
        case .unreadable, .instance, .refused, .notDICOM: true
        case .pending, .special: false
        }
    }

    /// The outcome of an input of which there is nothing but a record; nil where something is to be written.
    func settled(_ key: InputKey) -> Outcome? {
        switch kind {
        case .refused: Outcome(key: key, result: .refused, reason: refusal)
        case .notDICOM: Outcome(key: key, result: .ignored, reason: refusal)
        case .pending, .special, .unreadable, .instance: nil
        }
    }
}
