import Deidentification

/// Which words of a frame go because they identify, or because nobody can tell that they do not.
///
/// What stands in a line with what identifies, or right above or below it, is of the same block of text, in which screens
/// say who is looked at: its words go too, unless they are ordinary ones. So does what was read badly, since it could be
/// anything.
struct IdentifyingWords {
    private struct Word {
        var line: Int
        var range: Range<Int>
        var place: PixelRectangle
        var read: ReadWord
        var isRemoved = false
        var isOrdinary = false
    }

    private let lines: [ReadLine]
    private var words: [Word] = []
    private var lineIdentifies: [Bool]
    /// Pixels of what goes since nobody can tell what it says.
    private(set) var unsureArea = 0

    /// A word of fewer letters and digits is not looked at alone.
    private static let fewest = 3
    /// What was read less surely may be anything.
    private static let leastConfidence = 50

    /// - Parameter text: what of a text identifies somebody. Words of a frame are looked at together: a name can stand under
    ///   its label, and go over a line's end.
    init(_ lines: [ReadLine], _ text: (String) -> IdentifyingText) {
        self.lines = lines
        lineIdentifies = lines.map { _ in false }
        var whole: [UInt8] = []
        for (number, line) in lines.enumerated() where line.signCount > 0 {
            if !whole.isEmpty { whole.append(0x0A) }
            for (index, word) in line.words.enumerated() {
                if index > 0 { whole.append(0x20) }
                let start = whole.count
                whole += word.text.utf8
                words.append(Word(line: number, range: start..<whole.count, place: line.place(of: word), read: word))
            }
        }
        compare(text(String(decoding: whole, as: UTF8.self)))
        removeBlocks()
        removeUnsure()
    }

    /// Where words go.
    var places: Set<PixelRectangle> { Set(words.filter(\.isRemoved).map(\.place)) }

    private mutating func compare(_ found: IdentifyingText) {
        for index in words.indices {
            let word = words[index], isNoise = lines[word.line].certainty == .noise
            words[index].isOrdinary = found.ordinary.contains { $0.overlaps(word.range) }
            let isPart = found.possible.contains { possible in
                // Noise has four letters of anything.
                isFound(possible.range, index)
                    && (isNoise
                        ? possible.length > 5 && possible.isLikely(90) : possible.isLikely(word.read.confidence))
            }
            guard isPart || found.ranges.contains(where: { isFound($0, index) }) else { continue }
            words[index].isRemoved = true
            lineIdentifies[word.line] = true
        }
    }

    /// Whether a word is of what was found. In noise there are letters of anything, and behind a label they would be a name:
    /// what counts there are four letters and digits of a line.
    private func isFound(_ range: Range<Int>, _ index: Int) -> Bool {
        let word = words[index]
        guard range.overlaps(word.range) else { return false }
        guard lines[word.line].certainty == .noise else { return true }
        let found = words.filter { $0.line == word.line && $0.range.overlaps(range) }
        return found.reduce(0) { $0 + $1.read.signCount } > Self.fewest
    }

    private mutating func removeBlocks() {
        let identifying = lines.indices.filter { lineIdentifies[$0] && lines[$0].certainty != .noise }
        for index in words.indices where !words[index].isRemoved && !words[index].isOrdinary {
            let word = words[index], line = lines[word.line]
            guard line.certainty != .noise, word.read.signCount >= Self.fewest, !word.read.isMeasure else { continue }
            if lineIdentifies[word.line] || identifying.contains(where: { lines[$0].place.isOfBlock(with: line.place) })
            {
                words[index].isRemoved = true
            }
        }
    }

    private mutating func removeUnsure() {
        for index in words.indices where !words[index].isRemoved {
            let word = words[index], line = lines[word.line]
            // Of a line that cannot be read nobody knows where its words part: `QU ILL FEA` is none of three letters.
            let isUnsure =
                switch line.certainty {
                case .noise: false
                case .doubtful: word.read.signCount > 0
                case .sure: word.read.signCount > Self.fewest && word.read.confidence < Self.leastConfidence
                }
            guard isUnsure else { continue }
            // Another reading of the same place says what it is.
            let isKnown = words.contains { other in
                lines[other.line].certainty == .sure && other.read.confidence >= 75 && !other.isRemoved
                    && other.place.intersection(word.place).area * 2 > word.place.area
                    || other.isRemoved && other.place.intersection(word.place).area * 5 > word.place.area * 4
            }
            guard !isKnown else { continue }
            words[index].isRemoved = true
            unsureArea += word.place.area
        }
    }
}

extension ReadWord {
    /// A number of at most three digits, or one with a unit: `45`, `0.8`, `12cm`.
    var isMeasure: Bool {
        let digits = text.unicodeScalars.count { 0x30...0x39 ~= $0.value }
        return 1...3 ~= digits && signCount - digits <= 3
    }
}

extension PixelRectangle {
    /// Whether another line belongs to the same block of text: beside this one or right above or below it, as high, and
    /// aligned with it.
    func isOfBlock(with other: PixelRectangle) -> Bool {
        let low = min(height, other.height), high = max(height, other.height)
        guard high * 2 <= low * 3 else { return false }
        let down = max(top, other.top) - min(bottom, other.bottom)
        let across = max(left, other.left) - min(right, other.right)
        // Beside it.
        if down < 0, -down * 2 >= low { return across <= high * 2 }
        guard down <= high else { return false }
        // One of its ends, or its middle.
        return min(
            abs(left - other.left), abs(right - other.right), abs(left + right - other.left - other.right) / 2) <= high
    }
}
