/// Which words of a text that was read out of pixels identify somebody. Ranges are of the text's UTF-8.
package struct IdentifyingText: Sendable, Hashable {
    /// What identifies, whatever else is said of it.
    package var ranges: [Range<Int>]
    /// What may be a part of something that is known.
    package var possible: [Possible]
    /// Words of a language, of imaging, of institutions, and those that the profile keeps.
    package var ordinary: [Range<Int>]

    /// Words, one behind the other, that are like a part of something known but for some letters.
    package struct Possible: Sendable, Hashable {
        package var range: Range<Int>
        /// Letters and digits in it.
        package var length: Int
        /// How many of them are others, missing or too many.
        package var errors: Int

        package init(range: Range<Int>, length: Int, errors: Int) {
            self.range = range
            self.length = length
            self.errors = errors
        }

        /// Whether it is to be taken for that part: the worse it was read, the more letters can be wrong. Of four and
        /// five letters none is, if they were read well.
        ///
        /// - Parameter confidence: of the reading, 0 to 100.
        package func isLikely(_ confidence: Int) -> Bool {
            if length < 6 { return errors == 0 || errors == 1 && confidence < 60 }
            return errors * (confidence >= 80 ? 8 : confidence >= 60 ? 5 : 3) <= length
        }
    }

    package init(ranges: [Range<Int>] = [], possible: [Possible] = [], ordinary: [Range<Int>] = []) {
        self.ranges = ranges
        self.possible = possible
        self.ordinary = ordinary
    }

    package static let nothing = IdentifyingText()

    /// Whether anything identifies, if all of it was read with this confidence.
    package func identifies(_ confidence: Int) -> Bool {
        !ranges.isEmpty || possible.contains { $0.isLikely(confidence) }
    }
}
