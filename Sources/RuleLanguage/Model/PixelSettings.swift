/// What a profile says of text that is burned into pixels: which parts of which images are made black.
public struct PixelSettings: Sendable, Hashable {
    /// Own and inherited, sorted by id. An instance gets the areas of all whose condition it fulfils.
    public var areas: [PixelAreas] = []
    /// Whether frames that were compressed with loss may be decoded, made black in part, and coded again without more loss.
    /// JPEG baseline and extended need no decoding.
    public var decodesLossy = false
    /// Whether faces are taken out of series of the head.
    public var removesFaces = false

    public init() {}

    public var isEmpty: Bool { areas.isEmpty && !removesFaces }

    /// Whether text is recognised in any image.
    public var readsText: Bool { areas.contains { $0.shapes.contains { $0.textRemoval != nil } } }

    /// Whether recognised text is compared with what is known of the patient.
    public var comparesText: Bool { areas.contains { $0.shapes.contains { $0.textRemoval?.extent == .identifying } } }

    /// Lists of words that stay.
    public var keptWords: Set<String> {
        areas.reduce(into: []) { $0.formUnion($1.shapes.flatMap { $0.textRemoval?.kept ?? [] }) }
    }
}

/// Areas of the images of one kind of device, or that an image itself names.
public struct PixelAreas: Sendable, Hashable {
    public var id: String
    public var title: String?
    public var condition: Condition
    /// Sorted by what they say; empty when these images are known to have no text.
    public var shapes: [PixelShape]
    public var location: SourceLocation
    /// All that it says, as it is written, without places and spaces.
    public var text: String

    public init(
        id: String, title: String?, condition: Condition, shapes: [PixelShape], location: SourceLocation, text: String
    ) {
        self.id = id
        self.title = title
        self.condition = condition
        self.shapes = shapes
        self.location = location
        self.text = text
    }

    /// What stands elsewhere and says the same is the same.
    public static func == (left: PixelAreas, right: PixelAreas) -> Bool { left.text == right.text }
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// A part of a frame.
public enum PixelShape: Sendable, Hashable {
    /// From the left and the top, in pixels; without a width or height to the edge of the frame.
    case rectangle(left: Int, top: Int, width: Int?, height: Int?)
    /// Corners: columns and rows.
    case polygon([Corner])
    /// All that lies outside of Sequence of Ultrasound Regions (0018,6011).
    case outsideUltrasoundRegions
    /// Text, wherever it is recognised: in each frame its own.
    case text(TextRemoval)

    public var textRemoval: TextRemoval? { if case .text(let removal) = self { removal } else { nil } }

    public struct Corner: Sendable, Hashable {
        public var x: Int
        public var y: Int

        public init(x: Int, y: Int) {
            self.x = x
            self.y = y
        }
    }
}

/// Which of the text that is recognised in pixels becomes black.
public struct TextRemoval: Sendable, Hashable {
    public enum Extent: String, Sendable, Hashable {
        /// All of it.
        case all
        /// Words that identify the patient or others; an image in which some text cannot be read is sequestered.
        case identifying
        /// All but the words of lists.
        case unlisted
    }

    public var extent: Extent
    /// Lists of words that stay, sorted; of `unlisted` alone.
    public var kept: [String]

    public init(_ extent: Extent, kept: [String] = []) {
        self.extent = extent
        self.kept = kept
    }
}
