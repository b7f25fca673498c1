import DICOMCore
import DICOMEncoding

/// Takes out of text what identifies the patient and others: what is known of them, what looks like it by its form, and
/// names by what stands beside them. What stays is as it was. Linear in the text.
struct TextCleaner: Sendable {
    private let means: TextMeans
    let known: KnownText

    /// Longer texts go as a whole: what people write has a few thousand characters.
    static let longest = 4 << 20

    /// What stands where something was, in VRs that hold sentences. In short ones nothing does.
    static let mark = "[removed]"

    init(_ means: TextMeans, _ known: KnownText) {
        self.means = means
        self.known = known
    }

    /// Words that stay.
    var kept: KeptWords { means.kept }

    enum Outcome: Sendable, Equatable {
        case unchanged
        case changed(String)
        /// Nothing but marks and signs would be left.
        case nothing
    }

    /// One text.
    ///
    /// - Parameter marks: whether a mark stands where something was.
    func clean(_ text: String, dates: DatesOfText, marks: Bool) -> Outcome {
        let folded = FoldedText(text)
        if folded.units.isEmpty { return .unchanged }
        let removed = removedRanges(folded, dates)
        let changes = Changes(removed: removed, dates: Self.dateChanges(folded.bytes, dates), in: folded)
        return changes.outcome(mark: marks ? Self.mark : "")
    }

    enum BytesOutcome: Sendable, Equatable {
        case unchanged
        case changed([UInt8])
        case nothing
        /// Cannot be read or written: why, without values.
        case refused(String)
    }

    /// The value of an element, as it is stored.
    ///
    /// - Parameter set: in force where the element stands; nil for one that cannot be read.
    func clean(_ bytes: [UInt8], vr: VR, set: SpecificCharacterSet?, dates: DatesOfText) -> BytesOutcome {
        guard bytes.count <= Self.longest else { return .refused("is longer than what is cleaned") }
        var end = bytes.count
        while end > 0, bytes[end - 1] == 0 || bytes[end - 1] == .space { end -= 1 }
        guard end > 0 else { return .unchanged }
        guard let set, let values = try? set.decode(Array(bytes[..<end]), vr: vr) else {
            return .refused("cannot be read in its character set")
        }
        let marks = vr.holdsSentences
        var outcomes = values.map { clean($0, dates: dates, marks: marks) }
        if outcomes.allSatisfy({ $0 == .unchanged }) { return .unchanged }
        var cleaned = Self.texts(outcomes, values)
        if marks, let most = vr.mostCharacters, cleaned.contains(where: { $0.unicodeScalars.count > most }) {
            outcomes = values.map { clean($0, dates: dates, marks: false) }
            cleaned = Self.texts(outcomes, values)
        }
        guard cleaned.contains(where: { !$0.isEmpty }) else { return .nothing }
        guard let encoded = try? set.encode(cleaned, vr: vr) else {
            return .refused("cannot be written in its character set without what identifies")
        }
        return .changed(encoded)
    }

    private static func texts(_ outcomes: [Outcome], _ values: [String]) -> [String] {
        zip(outcomes, values).map { outcome, value in
            switch outcome {
            case .unchanged: value
            case .changed(let text): text
            case .nothing: ""
            }
        }
    }

    /// Whether the text names the patient: by a number, or by first and last name.
    func namesPatient(_ text: String) -> Bool { known.namesPatient(FoldedText(text)) }

    // MARK: What goes

    func removedRanges(_ text: FoldedText, _ dates: DatesOfText) -> [Range<Int>] {
        let words = TextWords(text)
        let hits = known.hits(in: text)
        let names = NameHits(
            hits.filter { $0.meaning.kind == .part || $0.meaning.kind == .wholeName }, text, words, known, means.kept)
        var units = names.ranges
        for hit in hits {
            switch hit.meaning.kind {
            case .number, .digits, .phrase: units.append(hit.first...hit.last)
            case .date: if case .keep = dates {} else { units.append(hit.first...hit.last) }
            case .part, .wholeName: break
            }
        }
        let knownWords = names.knownWords
        units += NameContexts.ranges(text, words, kept: means.kept) { knownWords.contains($0) }
        return units.map { Int(text.units[$0.lowerBound].start)..<Int(text.units[$0.upperBound].end) }
            + (means.patterns?.ranges(in: text.bytes) ?? [0..<text.bytes.count])
    }

    /// Places of dates with what stands there then; empty for what goes.
    private static func dateChanges(_ text: [UInt8], _ dates: DatesOfText) -> [(range: Range<Int>, new: [UInt8])] {
        switch dates {
        case .keep: []
        case .remove: DatesInText.find(in: text).map { ($0.range, []) }
        case .shift(let offset): DatesInText.find(in: text).map { ($0.range, $0.shifted(by: offset, in: text) ?? []) }
        }
    }
}

extension VR {
    /// Text in which a sentence would mean something else if a word were gone without a trace.
    var holdsSentences: Bool { self == .LT || self == .ST || self == .UT }

    /// PS3.5 Table 6.2-1; nil for VRs without a bound that matters here.
    var mostCharacters: Int? {
        switch self {
        case .ST: 1024
        case .LT: 10240
        default: nil
        }
    }

    /// Whether text is cleaned in it: words, not numbers, dates or UIDs.
    var isCleanable: Bool {
        switch self {
        case .AE, .CS, .LO, .LT, .PN, .SH, .ST, .UC, .UT: true
        default: false
        }
    }
}
