import DICOMCore
import DICOMFile
import Host
import PixelCleaning

/// Small pictures of what was done to pixels, on one page: of what was cleaned as it leaves, with boxes around what became
/// black; of what was sequestered for its pixels where text or something like it was found. It is made of the files as they
/// are, not of what a run remembers, so that it is the same for a run that was interrupted.
struct ContactSheet {
    /// Pictures of originals may be on it.
    let showsValues: Bool
    private var entries: [UInt8] = []
    private var count = 0
    private var leftOut = 0

    /// What all sheets begin with.
    static let beginning = Array("<!DOCTYPE html>\n<html lang=\"en\">\n<!-- cordon contact sheet -->\n".utf8)

    /// More than anybody looks at (P9).
    private static let most = 200
    /// Longer side of a picture, in pixels.
    private static let side = 280
    private static let framesOfEach = 3

    init(showsValues: Bool) { self.showsValues = showsValues }

    /// Whether an outcome has to do with pixels.
    static func isMeant(_ outcome: Outcome) -> Bool {
        switch outcome.result {
        case .deidentify: outcome.notes.contains { $0.hasPrefix("\(Tag.pixelData)") }
        case .sequester: outcome.reason.map { $0.contains("ixel") || $0.contains("(0028,030") } ?? false
        case .release, .flag, .refused, .ignored: false
        }
    }

    /// - Parameters:
    ///   - number: of the input, as `decisions.jsonl` has it.
    ///   - output: what was made of it; nil for what was sequestered.
    mutating func add(_ number: Int, _ outcome: Outcome, original: DICOMFile?, output: DICOMFile?) {
        guard count < Self.most else {
            leftOut += 1
            return
        }
        count += 1
        let words =
            outcome.result == .sequester
            ? [outcome.reason ?? ""] : outcome.notes.filter { $0.hasPrefix("\(Tag.pixelData)") }
        var text = "<article><h2>Input \(number): \(outcome.result == .sequester ? "sequestered" : "cleaned")</h2>\n"
        for line in words { text += "<p>\(Self.escaped(line))</p>\n" }
        var problem: String?
        if let original {
            do throws(UncleanablePixels) {
                if let output {
                    text += try cleaned(original, output)
                } else {
                    text += try sequestered(original)
                }
            } catch {
                problem = error.reason
            }
        } else {
            problem = "it cannot be read"
        }
        if let problem { text += "<p class=\"none\">No picture: \(Self.escaped(problem))</p>\n" }
        entries += Array((text + "</article>\n").utf8)
    }

    private func cleaned(_ original: DICOMFile, _ output: DICOMFile) throws(UncleanablePixels) -> String {
        let old = try FrameSource(original), new = try FrameSource(output)
        let drawing = TextRecognition.installed.forOneInstance
        var text = ""
        for frame in Self.frames(new.layout.frames) {
            let marks = try ChangedPlaces.find(old, new, frame: frame).map { PictureMark($0, colour: 0xE0_2020) }
            text += try picture(new.shown(frame), marks, drawing, "frame \(frame + 1): \(marks.count) places black")
        }
        return text
    }

    /// Where something was found; what, only if values may be shown: who makes the sheet may not be who may see them.
    private func sequestered(_ original: DICOMFile) throws(UncleanablePixels) -> String {
        let detection = try TextDetection(original), drawing = TextRecognition.installed.forOneInstance
        var text = ""
        for frame in Self.frames(detection.frameCount) {
            let found = try detection.frame(frame)
            let marks = found.lines.map { line in
                PictureMark(
                    line.line.place,
                    colour: line.identifies ? 0xE0_2020 : line.line.certainty == .doubtful ? 0x30_80FF : 0xF0_C000,
                    isFilled: !showsValues)
            }
            let shown = showsValues ? found.shown : found.shown.blank
            text += try picture(shown, marks, drawing, "frame \(frame + 1): text in \(marks.count) places")
        }
        return text
    }

    private static func frames(_ count: Int) -> [Int] {
        count <= framesOfEach ? Array(0..<count) : [0, count / 2, count - 1]
    }

    private func picture(
        _ frame: ShownFrame, _ marks: [PictureMark], _ drawing: TextRecognition, _ words: String
    ) throws(UncleanablePixels) -> String {
        do throws(WorkerError) {
            let png = try drawing.png(frame, marks, longest: Self.side)
            return
                "<figure><img alt=\"\" src=\"data:image/png;base64,\(Base64.encode(png))\"><figcaption>\(words)</figcaption></figure>\n"
        } catch {
            throw UncleanablePixels(error.reason)
        }
    }

    // MARK: The page

    func write(to sink: inout TextSink) throws {
        try sink.write(Self.beginning + Array(Self.head.utf8))
        if count == 0 {
            try sink.write(Array("<p>No pixels were cleaned, and none were a reason to sequester.</p>\n".utf8))
        }
        if leftOut > 0 { try sink.write(Array("<p>\(count) are shown; \(leftOut) more are not.</p>\n".utf8)) }
        try sink.write(entries)
        try sink.write(Array("</main>\n</body>\n</html>\n".utf8))
    }

    private static let head = """
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <title>Pixels: what was done</title>
        <style>
        :root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --paper: #fff; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6edf3; --soft: #9aa4af; --line: #3a424b; --paper: #14181d; }
        }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 72rem; background: var(--paper); color: var(--ink);
          font: 1rem/1.5 system-ui, "Segoe UI", "Liberation Sans", sans-serif; }
        h1 { margin: 0 0 .5rem; font-size: 2rem; line-height: 1.2; }
        header { border-bottom: 2px solid var(--ink); margin-bottom: 1.5rem; }
        main { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1.5rem; align-items: start; }
        article { border: 1px solid var(--line); padding: 1rem; break-inside: avoid; overflow-wrap: anywhere; }
        h2 { margin: 0 0 .5rem; font-size: 1.05rem; }
        article p { margin: 0 0 .5rem; font-size: .875rem; color: var(--soft); }
        figure { margin: .75rem 0 0; }
        img { max-width: 100%; background: #000; display: block; }
        figcaption { font-size: .8rem; color: var(--soft); }
        </style>
        </head>
        <body>
        <header><h1>Pixels: what was done</h1>
        <p>Cleaned images as they leave, with red boxes around what became black. Of sequestered images: red where what was read
        identifies, yellow other text, blue what looks like text and cannot be read.</p></header>
        <main>

        """

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
