import DICOMFile
import Deidentification
import RuleLanguage

/// Finds text in the frames of one image, one at a time, and remembers no more of them than what the record says.
struct TextCleaning {
    private let source: FrameSource
    private let finder: TextFinder
    private let areas: PixelMask
    private let text: (String) -> IdentifyingText
    private let comparesText: Bool
    /// Frames in which anything is made black because it was read.
    private(set) var frameCount = 0
    private(set) var lineCount = 0

    /// - Parameter areas: what is black in every frame anyway.
    init(
        _ source: FrameSource, _ removals: [TextRemoval], areas: PixelMask, in ruleSet: RuleSet?,
        recognition: TextRecognition, text: @escaping (String) -> IdentifyingText
    ) {
        self.source = source
        self.areas = areas
        self.text = text
        finder = TextFinder(removals, in: ruleSet, recognition: recognition.forOneInstance)
        comparesText = removals.contains { $0.extent == .identifying }
    }

    /// For the record; no values.
    var note: String { "lines of text that were read: \(lineCount); frames with some of it black: \(frameCount)" }

    /// What was found in a frame by its number from 0.
    ///
    /// - Throws: where it cannot be read, or where nobody can tell whether what is left is clean.
    mutating func mask(_ number: Int) throws(UncleanablePixels) -> PixelMask {
        var frame = try source.shown(number)
        let isInverted = source.layout.photometric == .monochrome1
        frame.blackOut(areas, isInverted: isInverted)
        let found = try finder.find(in: frame, isInverted: isInverted, text: text)
        if found.isEndless { throw UncleanablePixels("frame \(number + 1) has text that does not come to an end") }
        if found.isUnreadable {
            throw UncleanablePixels(
                "frame \(number + 1) has so much text that cannot be read that a person must look at it")
        }
        if comparesText, !found.doubtful.isEmpty {
            throw UncleanablePixels(
                "frame \(number + 1) has text in \(found.doubtful.count) places that cannot be read, so that nobody can tell "
                    + "whether it identifies")
        }
        if !found.mask.isEmpty { frameCount += 1 }
        lineCount += found.lines.count
        var mask = areas
        mask.add(found.mask)
        return mask
    }
}
