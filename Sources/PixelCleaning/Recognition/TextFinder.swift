import Deidentification
import RuleLanguage

/// Finds text in frames and says what of it becomes black.
///
/// A frame is read line by line. What is to go is made black in what was read, and the rest is read again in another way,
/// as a page; what that finds goes too, until nothing is found. What is black then is black in the frame.
struct TextFinder: Sendable {
    private let recognition: TextRecognition
    private let removals: [TextRemoval]
    private let lists: [String: ValueList]

    /// How often what is left is read again. What still has text then cannot be cleaned.
    private static let mostReadings = 4

    /// - Parameter removals: of all areas that are of an image: what one of them removes is removed.
    init(_ removals: [TextRemoval], in ruleSet: RuleSet?, recognition: TextRecognition) {
        self.removals = removals
        self.recognition = recognition
        lists = ruleSet?.lists ?? [:]
    }

    /// - Parameters:
    ///   - frame: with what areas make black already black.
    ///   - isInverted: whether black is the largest sample.
    ///   - text: what of a text identifies somebody.
    func find(
        in frame: ShownFrame, isInverted: Bool, text: (String) -> IdentifyingText
    ) throws(UncleanablePixels) -> FoundText {
        var found = FoundText(mask: PixelMask(columns: frame.columns, rows: frame.rows))
        var frame = frame
        var method = TextRecognition.Method.lines
        for _ in 0..<Self.mostReadings {
            var lines = try read(frame, method)
            found.work += lines.count + Self.work(of: frame)
            if method == .page {
                lines = Self.withoutStructures(lines, found.lines)
                lines.removeAll { Self.isEdge($0, found.removed) }
            }
            let ink = InkExtent(frame)
            let removed = self.removed(lines, ink, text, &found.unsureArea)
            found.add(lines, removed, isFirst: method == .lines)
            found.work += ink.work
            if removed.isEmpty, method == .page { return found }
            var mask = PixelMask(columns: frame.columns, rows: frame.rows)
            let kept = keepsText ? Self.staying(lines, removed) : []
            for place in removed + TextBlocks(removed, ink, sparing: kept).rests { mask.add(place.padded) }
            frame.blackOut(mask, isInverted: isInverted)
            found.mask.add(mask)
            method = .page
        }
        found.isEndless = true
        return found
    }

    /// Whether some of the text of a frame may stay.
    private var keepsText: Bool { !removals.contains { $0.extent == .all } }

    /// A line takes about as long to be read as ten thousand pixels to be looked at: 10 ms.
    static func work(of frame: ShownFrame) -> Int {
        1 + frame.columns * frame.rows * frame.pictures.count / 10_000
    }

    private func read(
        _ frame: ShownFrame, _ method: TextRecognition.Method
    ) throws(UncleanablePixels) -> [ReadLine] {
        do throws(WorkerError) {
            var lines: [ReadLine] = []
            for picture in frame.pictures {
                lines += try recognition.read(picture, columns: frame.columns, rows: frame.rows, method).lines
            }
            return lines
        } catch {
            throw UncleanablePixels("its text cannot be looked for: \(error.reason)")
        }
    }

    /// A page is read with all that is on it, anatomy too: what is much higher than the text that there is, and was not read
    /// well, is none. Large text was found line by line.
    private static func withoutStructures(_ lines: [ReadLine], _ known: [ReadLine]) -> [ReadLine] {
        let heights = known.filter { $0.certainty == .sure && $0.confidence >= 70 && $0.signCount > 3 }
            .map(\.place.height)
        guard let highest = heights.max() else { return lines }
        return lines.compactMap { line in
            let words = line.words.filter { $0.place.height * 2 <= highest * 5 || $0.confidence >= 80 }
            if words.count == line.words.count { return line }
            guard let place = words.map(\.place).reduce(nil as PixelRectangle?, { $0?.union($1) ?? $1 }) else {
                return nil
            }
            return ReadLine(place: place, words: words)
        }
    }

    /// What was made black has edges, and a few of them beside each other look like letters, much larger than those that
    /// stood there.
    private static func isEdge(_ line: ReadLine, _ removed: [PixelRectangle]) -> Bool {
        guard line.signCount < 6 else { return false }
        let black = removed.map { ($0.height, $0.padded.intersection(line.place).area) }.filter { $0.1 > 0 }
        guard let highest = black.map(\.0).max() else { return false }
        return line.place.height >= highest * 2 && black.reduce(0) { $0 + $1.1 } * 8 >= line.place.area
    }

    /// Words that were read surely and do not go. What looks like a word in noise says nothing of where a line ends.
    static func staying(_ lines: [ReadLine], _ removed: [PixelRectangle]) -> [PixelRectangle] {
        lines.filter { $0.certainty == .sure }.flatMap { line in line.words.map { line.place(of: $0) } }
            .filter { word in !removed.contains { $0.intersection(word).area * 2 > word.area } }
    }

    // MARK: What goes

    /// Places as high as their strokes are.
    private func removed(
        _ lines: [ReadLine], _ ink: InkExtent, _ text: (String) -> IdentifyingText, _ unsureArea: inout Int
    ) -> [PixelRectangle] {
        var places: Set<PixelRectangle> = []
        for removal in removals {
            switch removal.extent {
            case .all:
                for line in lines where line.certainty != .noise || Self.isNearText(line, lines) {
                    places.formUnion(Self.places(of: line, among: lines))
                }
            case .unlisted:
                for line in lines where line.certainty != .noise {
                    for word in line.words where line.certainty == .doubtful || !isListed(word.text, removal) {
                        places.insert(line.place(of: word))
                    }
                }
            case .identifying:
                let words = IdentifyingWords(lines, text)
                places.formUnion(words.places)
                unsureArea += words.unsureArea
            }
        }
        guard !places.isEmpty else { return [] }
        let tight = Set(places.map { ink.tightened($0) })
        guard !keepsText else {
            return Self.grown(tight, lines, ink, sparing: kept(lines, places))
        }
        let grown = Self.grown(tight, lines, ink, sparing: [])
        // A line of which a part is black already becomes black as a whole: what is left of it can be made out by people.
        let heights = lines.filter { $0.certainty == .sure && $0.signCount > 3 && Self.finer(than: $0, lines).isEmpty }
            .map { ink.tightened($0.place).height }
        // What of a line that was read well goes is known.
        let cut = lines.filter { $0.certainty != .sure && $0.signCount > 2 && Self.finer(than: $0, lines).isEmpty }
            .map { ink.tightened($0.place) }
            .filter { place in
                heights.contains { $0 * 2 <= place.height * 3 && place.height * 2 <= $0 * 3 }
                    && grown.contains { Self.cuts($0, place) }
            }
        return grown + cut
    }

    /// Whether a place takes a part away from a line, and leaves another. What only grazes it leaves it to be read.
    private static func cuts(_ place: PixelRectangle, _ line: PixelRectangle) -> Bool {
        let part = place.padded.intersection(line)
        return part.height * 2 >= line.height && part.area * 8 > line.area && part.area < line.area
    }

    /// Whether what was read badly stands right above, below or beside what was read well, as high as that.
    private static func isNearText(_ line: ReadLine, _ lines: [ReadLine]) -> Bool {
        guard line.signCount > 2, line.confidence >= 25 else { return false }
        let place = line.place
        return lines.contains { other in
            guard other.certainty == .sure, other.signCount > 3 else { return false }
            let (low, high) = (min(place.height, other.place.height), max(place.height, other.place.height))
            let down = max(place.top, other.place.top) - min(place.bottom, other.place.bottom)
            let across = max(place.left, other.place.left) - min(place.right, other.place.right)
            return high * 5 <= low * 8 && down * 5 <= high * 6 && across <= high
        }
    }

    /// All of a line: its words, what lies between them, and the rest of it unless that is most of it: what was read can be
    /// a part of a word, and noise can stand in one line with text.
    private static func places(of line: ReadLine, among lines: [ReadLine]) -> [PixelRectangle] {
        let finer = finer(than: line, lines)
        let words = line.words.filter { $0.signCount > 0 && $0.confidence >= 20 }
        guard finer.isEmpty else {
            // Several lines were taken for one: what is in it beside them.
            return words.map(\.place).filter { word in
                word.height * 3 <= line.place.height * 4
                    && !finer.contains { $0.place.intersection(word).area * 4 >= min(word.area, $0.place.area) }
            }
        }
        guard
            let whole = words.map({ line.place(of: $0) }).reduce(nil as PixelRectangle?, { $0?.union($1) ?? $1 })
        else { return [line.place] }
        // What is much higher than what was read in it is no line of it.
        let isRest = whole.width * 2 >= line.place.width && whole.height * 3 >= line.place.height * 2
        return isRest ? [whole, line.place] : [whole]
    }

    /// Lines within a line that are lower than it, and were read better.
    private static func finer(than line: ReadLine, _ lines: [ReadLine]) -> [ReadLine] {
        lines.filter { other in
            other.certainty == .sure && other.signCount > 3 && other.confidence >= max(60, line.confidence)
                && other.place.height * 3 <= line.place.height * 2
                && other.place.intersection(line.place).area * 5 >= other.place.area * 4
        }
    }

    /// Whether a word stays, as far as one removal says: a list of its own has it. What another keeps does not matter to
    /// it, and a list that is not there has no word.
    func isListed(_ text: String, _ removal: TextRemoval) -> Bool {
        let word = text.drop { !$0.isLetter && !$0.isNumber }.reversed().drop { !$0.isLetter && !$0.isNumber }
            .reversed()
        let plain = String(word)
        if plain.isEmpty { return true }
        return removal.kept.contains { id in
            guard let list = lists[id] else { return false }
            return list.contains([plain]) == .found || list.contains([plain.lowercased()]) == .found
        }
    }

    /// Lines of which all that was read stays.
    private func kept(_ lines: [ReadLine], _ removed: Set<PixelRectangle>) -> [PixelRectangle] {
        lines.filter { $0.certainty == .sure }.flatMap { line in
            line.words.map { line.place(of: $0) }.filter { !removed.contains($0) }
        }
    }

    /// With what may be text right beside what goes, and was not read: the rest of a word of which a part was.
    private static func grown(
        _ places: Set<PixelRectangle>, _ lines: [ReadLine], _ ink: InkExtent, sparing kept: [PixelRectangle]
    ) -> [PixelRectangle] {
        var result = places
        var rest = lines.filter { line in
            line.certainty != .sure && !kept.contains { !$0.intersection(line.place).isEmpty }
        }.map { ink.tightened($0.place) }
        for _ in 0..<2 {
            let near = rest.filter { place in result.contains { $0.isContinued(by: place) } }
            if near.isEmpty { break }
            result.formUnion(near)
            rest.removeAll { near.contains($0) }
        }
        return result.sorted { ($0.top, $0.left, $0.bottom, $0.right) < ($1.top, $1.left, $1.bottom, $1.right) }
    }
}

/// What was found in a frame.
public struct FoundText: Sendable, Hashable {
    /// Text, and what looks like it, as it was read first; then what a later reading found beside it.
    public var lines: [ReadLine] = []
    /// Of those, and of what stands right beside them: what becomes black, without what is added around it.
    public var removed: [PixelRectangle] = []
    /// What becomes black.
    public var mask: PixelMask
    /// There was always more to be found.
    public var isEndless = false
    /// Pixels that become black since nobody can tell what was written there.
    public var unsureArea = 0
    /// What was read for it: lines, and pixels in ten thousands.
    var work = 0

    /// Whether so much cannot be read that what becomes black may as well be no text, and what was read be wrong.
    public var isUnreadable: Bool { unsureArea * 25 > mask.columns * mask.rows }

    init(mask: PixelMask) { self.mask = mask }

    fileprivate mutating func add(_ read: [ReadLine], _ places: [PixelRectangle], isFirst: Bool) {
        let text = read.filter { $0.certainty != .noise }
        lines += isFirst ? text : text.filter { line in places.contains { !$0.intersection(line.place).isEmpty } }
        removed += places
    }

    /// Lines that look like text, cannot be read, and do not become black.
    public var doubtful: [ReadLine] {
        lines.filter { line in
            guard line.certainty == .doubtful else { return false }
            // What is a part of a line that was read is known; of several lines that were taken for one, each word is.
            let parts = removed + lines.filter { $0.certainty == .sure }.map(\.place)
            func isKnown(_ place: PixelRectangle) -> Bool {
                parts.contains { $0.intersection(place).area * 2 >= place.area }
            }
            let words = line.words.filter { $0.signCount > 0 }
            return !isKnown(line.place) && (words.isEmpty || !words.allSatisfy { isKnown($0.place) })
        }
    }
}
