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
    private let recognition: TextRecognition
    private let mostWork: Int
    /// What was read so far, in `TextFinder`'s measure.
    private(set) var work = 0
    /// Many frames of a film are the same, or differ where nothing is shown: what was read is not read again.
    private var last: (frame: ShownFrame, found: FoundText)?
    /// Frames in which anything is made black because it was read.
    private(set) var frameCount = 0
    private(set) var lineCount = 0

    /// An hour of a processor is some 400 000; a film of ten thousand frames of 800 by 600 is 2 500 000. What takes more is
    /// not read to its end, the same on any machine (P7, P9).
    static let mostWork = 6_000_000

    /// - Parameter areas: what is black in every frame anyway.
    init(
        _ source: FrameSource, _ removals: [TextRemoval], areas: PixelMask, in ruleSet: RuleSet?,
        recognition: TextRecognition, mostWork: Int = Self.mostWork, text: @escaping (String) -> IdentifyingText
    ) {
        self.source = source
        self.areas = areas
        self.mostWork = mostWork
        self.text = text
        self.recognition = recognition.forOneInstance
        finder = TextFinder(removals, in: ruleSet, recognition: self.recognition)
        comparesText = removals.contains { $0.extent == .identifying }
    }

    /// For the record; no values.
    ///
    /// - Throws: where it cannot be said by what text was read: what became black depends on that (P7).
    func note() throws(UncleanablePixels) -> String {
        let version: String
        do throws(WorkerError) {
            version = try recognition.version()
        } catch {
            throw UncleanablePixels("by what its text was read cannot be told: \(error.reason)")
        }
        return
            "lines of text that were read: \(lineCount); frames with some of it black: \(frameCount); read by \(version)"
    }

    /// What was found in a frame by its number from 0.
    ///
    /// - Throws: where it cannot be read, or where nobody can tell whether what is left is clean.
    mutating func mask(_ number: Int) throws(UncleanablePixels) -> PixelMask {
        var frame = try source.shown(number)
        let isInverted = source.layout.photometric == .monochrome1
        frame.blackOut(areas, isInverted: isInverted)
        let found = try find(frame, isInverted: isInverted)
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

    private mutating func find(_ frame: ShownFrame, isInverted: Bool) throws(UncleanablePixels) -> FoundText {
        if let last, last.frame == frame { return last.found }
        let found = try finder.find(in: frame, isInverted: isInverted, text: text)
        work += found.work
        guard work <= mostWork else {
            throw UncleanablePixels("its frames have more to be read than is read of one image")
        }
        last = (frame, found)
        return found
    }
}
