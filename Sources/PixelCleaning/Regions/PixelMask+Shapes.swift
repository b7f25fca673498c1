public import DICOMFile
public import RuleLanguage

extension PixelMask {
    /// The pixels of a frame that shapes of a profile name, all together.
    ///
    /// - Throws: where the image does not say what a shape asks it for.
    public init(_ shapes: [PixelShape], of file: DICOMFile, _ layout: PixelLayout) throws(UncleanablePixels) {
        self.init(columns: layout.columns, rows: layout.rows)
        for shape in shapes {
            switch shape {
            case .rectangle(let left, let top, let width, let height):
                add(
                    PixelRectangle(
                        left: left, top: top, right: width.map { left + $0 } ?? layout.columns,
                        bottom: height.map { top + $0 } ?? layout.rows))
            case .polygon(let corners): add(polygon: corners.map { PixelPoint(x: $0.x, y: $0.y) })
            case .outsideUltrasoundRegions:
                var inside = PixelMask(columns: layout.columns, rows: layout.rows)
                for rectangle in try UltrasoundRegions(file).rectangles { inside.add(rectangle) }
                add(inside.inverted)
            // Found frame by frame (`TextCleaning`).
            case .text: continue
            }
        }
    }
}

extension PixelShape {
    /// As people write it: `left,top,width,height`, or corners `column,row` with blanks between them. Nil for anything
    /// else.
    public init?(text: String) {
        let words = text.split { $0.isWhitespace || $0 == ";" }.map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        }
        let numbers = words.map { $0.compactMap { $0.flatMap { 0...65_535 ~= $0 ? $0 : nil } } }
        guard zip(words, numbers).allSatisfy({ $0.count == $1.count }) else { return nil }
        if numbers.count == 1, numbers[0].count == 4, numbers[0][2] > 0, numbers[0][3] > 0 {
            self = .rectangle(left: numbers[0][0], top: numbers[0][1], width: numbers[0][2], height: numbers[0][3])
        } else if numbers.count > 2, numbers.allSatisfy({ $0.count == 2 }) {
            self = .polygon(numbers.map { Corner(x: $0[0], y: $0[1]) })
        } else {
            return nil
        }
    }
}
