/// A word that was read, and where.
public struct ReadWord: Sendable, Hashable {
    public var place: PixelRectangle
    public var text: String
    /// 0 to 100.
    public var confidence: Int

    /// No higher than this; as high, where it would be nothing.
    func clipped(to bounds: PixelRectangle?) -> ReadWord {
        guard let bounds else { return self }
        var word = self
        word.place.top = max(0, max(place.top, bounds.top))
        word.place.bottom = min(place.bottom, bounds.bottom)
        if word.place.top >= word.place.bottom {
            (word.place.top, word.place.bottom) = (max(0, bounds.top), bounds.bottom)
        }
        return word
    }

    /// Letters and digits.
    var signCount: Int { text.unicodeScalars.count { $0.properties.isAlphabetic || 0x30...0x39 ~= $0.value } }
}

/// Something that may be a line of text, and the words that were read in it.
public struct ReadLine: Sendable, Hashable {
    public let place: PixelRectangle
    /// From the left to the right.
    public let words: [ReadWord]
    /// Letters and digits.
    let signCount: Int
    /// Of its words, each as much as it has letters and digits; 0 to 100.
    public let confidence: Int
    /// What is text: the shorter, the better it must have been read, since a few letters can be seen in anything.
    /// Measured on images without text and with (docs/pixels.md).
    public let certainty: Certainty

    /// Lines are compared with all others of a frame: what is said of one is found out once.
    init(place: PixelRectangle, words: [ReadWord]) {
        self.place = place
        self.words = words
        let count = words.reduce(0) { $0 + $1.signCount }
        let sum = words.reduce(0) { $0 + $1.confidence * $1.signCount }
        let mean = count == 0 ? 0 : sum / count
        signCount = count
        confidence = mean
        certainty = Self.certainty(of: words, count, mean)
    }

    public var text: String { Self.text(of: words) }

    private static func text(of words: [ReadWord]) -> String { words.map(\.text).joined(separator: " ") }

    /// A word, as high as its line: where it ends is not known to the pixel.
    func place(of word: ReadWord) -> PixelRectangle {
        guard place.height < word.place.height * 2 else { return word.place }
        return PixelRectangle(
            left: word.place.left, top: min(word.place.top, place.top), right: word.place.right,
            bottom: max(word.place.bottom, place.bottom))
    }

    public enum Certainty: String, Sendable, Hashable {
        case sure
        /// Looks like text, and cannot be read well: nobody can tell what it says.
        case doubtful
        /// What is in every picture: edges, speckle, anatomy.
        case noise
    }

    private static func certainty(of words: [ReadWord], _ count: Int, _ confidence: Int) -> Certainty {
        // Steps and edges read as one letter again and again.
        let signs = Set(text(of: words).lowercased().filter { $0.isLetter || $0.isNumber })
        guard signs.count > 1 else { return .noise }
        let grades = words.map { grade($0.signCount, $0.confidence) } + [grade(count, confidence)]
        return grades.contains(.sure) ? .sure : grades.contains(.doubtful) ? .doubtful : .noise
    }

    private static func grade(_ count: Int, _ confidence: Int) -> Certainty {
        let (sure, doubtful) =
            switch count {
            case 0...1: (101, 101)
            case 2: (92, 101)
            case 3: (84, 101)
            case 4: (76, 70)
            case 5: (70, 60)
            case 6, 7: (64, 52)
            default: (58, 46)
            }
        return confidence >= sure ? .sure : confidence >= doubtful ? .doubtful : .noise
    }
}

/// All that was read of one picture.
struct TextReading: Sendable, Hashable {
    /// From the top to the bottom. Some may be parts of others, which were found at another scale.
    var lines: [ReadLine] = []

    private static let headByteCount = 28

    /// Left, top, right, bottom, confidence, line, bytes of text, text; without text, what may be a line.
    init?(_ bytes: [UInt8], columns: Int, rows: Int) {
        var places: [Int: PixelRectangle] = [:]
        var words: [Int: [ReadWord]] = [:]
        var position = 0
        while position < bytes.count {
            guard bytes.count - position >= Self.headByteCount else { return nil }
            let head = (0..<7).map { index in
                bytes[position + index * 4..<position + index * 4 + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
            }
            position += Self.headByteCount
            let place = PixelRectangle(left: head[0], top: head[1], right: head[2], bottom: head[3])
            guard !place.isEmpty, place.right <= columns, place.bottom <= rows, head[6] <= bytes.count - position,
                head[4] <= 100
            else { return nil }
            if head[6] == 0 {
                places[head[5]] = place
            } else {
                let text = String(decoding: bytes[position..<position + head[6]], as: UTF8.self)
                words[head[5], default: []].append(ReadWord(place: place, text: text, confidence: head[4]))
            }
            position += head[6]
        }
        lines = Set(places.keys).union(words.keys).compactMap { number -> ReadLine? in
            let inLine = (words[number] ?? []).sorted { ($0.place.left, $0.text) < ($1.place.left, $1.text) }
            guard let place = places[number] ?? inLine.map(\.place).reduce(nil, { $0?.union($1) ?? $1 }) else {
                return nil
            }
            // A word that was cut out with its line is no higher than the line, whatever stands around it.
            let bounds = places[number]?.padded
            return ReadLine(place: place, words: inLine.map { $0.clipped(to: bounds) })
        }.sorted {
            ($0.place.top, $0.place.left, $0.place.bottom, $0.text)
                < ($1.place.top, $1.place.left, $1.place.bottom, $1.text)
        }
    }
}

extension PixelRectangle {
    public var width: Int { right - left }
    public var height: Int { bottom - top }

    /// The smallest that has both.
    func union(_ other: PixelRectangle) -> PixelRectangle {
        PixelRectangle(
            left: min(left, other.left), top: min(top, other.top), right: max(right, other.right),
            bottom: max(bottom, other.bottom))
    }

    func intersection(_ other: PixelRectangle) -> PixelRectangle {
        PixelRectangle(
            left: max(left, other.left), top: max(top, other.top), right: min(right, other.right),
            bottom: min(bottom, other.bottom))
    }

    var area: Int { isEmpty ? 0 : width * height }

    /// With a little around it: more beside it, where a letter may have been missed, than above and below, where the next line is.
    var padded: PixelRectangle {
        let across = max(2, height / 5), down = max(1, height / 10)
        return PixelRectangle(left: left - across, top: top - down, right: right + across, bottom: bottom + down)
    }

    /// Whether another one may be the rest of what stands here: in the same line, about as high, and not farther away than
    /// a sign is wide.
    func isContinued(by other: PixelRectangle) -> Bool {
        let shared = min(bottom, other.bottom) - max(top, other.top)
        let gap = max(left, other.left) - min(right, other.right)
        return shared * 4 >= max(height, other.height) * 3 && gap <= height && other.width <= height * 8
    }
}
