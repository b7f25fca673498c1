public import DICOMFile
import Deidentification

/// Finds text in the frames of a file, changing nothing: for people who want to see what is there.
public struct TextDetection {
    private let source: FrameSource
    private let recognition: TextRecognition
    private let text: SingleFileText

    /// - Throws: for an image without pixels that can be read here.
    public init(
        _ file: DICOMFile, codecs: PixelCodecs = .installed, recognition: TextRecognition = .installed
    ) throws(UncleanablePixels) {
        source = try FrameSource(file, codecs: codecs)
        self.recognition = recognition.forOneInstance
        do throws(Sequestration) {
            text = try SingleFileText(file)
        } catch {
            throw UncleanablePixels(error.reason)
        }
    }

    public var frameCount: Int { source.layout.frames }

    /// A line of text in a frame.
    public struct Line: Sendable, Hashable {
        public var line: ReadLine
        /// Whether a word of it identifies somebody, as far as the file itself says who.
        public var identifies: Bool
    }

    public struct Frame: Sendable {
        public var shown: ShownFrame
        public var lines: [Line]
    }

    /// What stands in a frame by its number from 0: what is read for certain, and what only looks like text.
    ///
    /// - Parameter method: another one finds other things.
    public func frame(
        _ number: Int, _ method: TextRecognition.Method = .lines
    ) throws(UncleanablePixels) -> Frame {
        let shown = try source.shown(number)
        let lines = try read(shown, method)
        return Frame(
            shown: shown,
            lines: lines.compactMap { line in
                let found = text.identifying(in: line.text)
                // What is known is recognised however badly it was read.
                guard line.certainty != .noise || !found.ranges.isEmpty && line.signCount > 3 else { return nil }
                return Line(line: line, identifies: found.identifies(line.confidence))
            })
    }

    /// All that was read in a frame by its number from 0, line by line: also what looks like nothing, and may be known to
    /// whoever knows more than the file says.
    public func everything(
        _ number: Int, _ method: TextRecognition.Method
    ) throws(UncleanablePixels) -> [String] {
        try read(try source.shown(number), method).filter { $0.signCount > 3 }.map(\.text)
    }

    /// All that is read in every frame, as a page and line by line. A frame that is the one before it is read once.
    ///
    /// - Parameter body: called for each reading of a frame, with its number from 0 and lines.
    /// - Throws: also where there is more to be read than is read of one image (P9).
    public func everything(
        mostWork: Int? = nil, _ body: (Int, [String]) -> Void
    ) throws(UncleanablePixels) {
        var last: (shown: ShownFrame, readings: [[String]])?
        var work = 0
        for number in 0..<frameCount {
            let shown = try source.shown(number)
            if last?.shown != shown {
                var readings: [[String]] = []
                for method in [TextRecognition.Method.page, .lines] {
                    let lines = try read(shown, method)
                    work += lines.count + TextFinder.work(of: shown)
                    guard work <= mostWork ?? TextCleaning.mostWork else {
                        throw UncleanablePixels("its frames have more to be read than is read of one image")
                    }
                    readings.append(lines.filter { $0.signCount > 3 }.map(\.text))
                }
                last = (shown, readings)
            }
            for reading in last?.readings ?? [] { body(number, reading) }
        }
    }

    private func read(
        _ shown: ShownFrame, _ method: TextRecognition.Method
    ) throws(UncleanablePixels) -> [ReadLine] {
        do throws(WorkerError) {
            var lines: [ReadLine] = []
            for picture in shown.pictures {
                lines += try recognition.read(picture, columns: shown.columns, rows: shown.rows, method).lines
            }
            return lines
        } catch {
            throw UncleanablePixels("its text cannot be looked for: \(error.reason)")
        }
    }
}
