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
        let (shown, lines) = try read(number, method)
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
        try read(number, method).lines.filter { $0.signCount > 3 }.map(\.text)
    }

    private func read(
        _ number: Int, _ method: TextRecognition.Method
    ) throws(UncleanablePixels) -> (shown: ShownFrame, lines: [ReadLine]) {
        let shown = try source.shown(number)
        do throws(WorkerError) {
            var lines: [ReadLine] = []
            for picture in shown.pictures {
                lines += try recognition.read(picture, columns: shown.columns, rows: shown.rows, method).lines
            }
            return (shown, lines)
        } catch {
            throw UncleanablePixels("its text cannot be looked for: \(error.reason)")
        }
    }
}
