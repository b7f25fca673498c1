public import DICOMFile
import DICOMCore

/// Reads text in pixels. This module looks for what was read; who can read answers.
public protocol PixelTextReading: Sendable {
    /// Hands over what stands in each frame, in every way in which it was read.
    ///
    /// - Parameter body: gets the number of a frame, from 1, and lines of text.
    /// - Returns: the number of frames.
    /// - Throws: where one cannot be read.
    func forEachFrame(of file: DICOMFile, _ body: (Int, String) -> Void) throws -> Int
}

extension OutputCheck {
    /// What is found again in text that was read.
    mutating func searchPixels(_ file: DICOMFile, _ scanner: Scanner, _ reader: any PixelTextReading) {
        guard file.dataSet.child(.pixelData) != nil else { return }
        var hits: [(place: String, hits: Set<Hit>)] = []
        do {
            frameCount = try reader.forEachFrame(of: file) { frame, text in
                var found = scanner.hits(in: text)
                for variant in Self.variants(of: text) { found.formUnion(scanner.hits(in: variant)) }
                if !found.isEmpty { hits.append(("\(Tag.pixelData) frame \(frame), read in pixels", found)) }
            }
        } catch {
            hasUnreadPixels = true
        }
        for (place, found) in hits { add(found, place) }
    }

    /// The text with what looks like a digit as that digit, and the other way round.
    private static func variants(of text: String) -> [String] {
        let digits: [Character: Character] = [
            "O": "0", "o": "0", "Q": "0", "I": "1", "l": "1", "i": "1", "|": "1", "Z": "2", "z": "2", "S": "5",
            "s": "5", "B": "8",
        ]
        let letters: [Character: Character] = ["0": "O", "1": "l", "2": "Z", "5": "S", "8": "B"]
        return [String(text.map { digits[$0] ?? $0 }), String(text.map { letters[$0] ?? $0 })].filter { $0 != text }
    }
}
