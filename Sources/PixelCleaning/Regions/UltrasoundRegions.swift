import DICOMCore
import DICOMFile

/// Where an ultrasound image shows what was measured: Sequence of Ultrasound Regions (PS3.3 C.8.5.5). Names stand beside it.
struct UltrasoundRegions {
    let rectangles: [PixelRectangle]

    /// - Throws: where there are none, or one cannot be read: all of the image may be text then.
    init(_ file: DICOMFile) throws(UncleanablePixels) {
        guard let sequence = file.dataSet.child(Tag(0x0018, 0x6011)) else {
            throw UncleanablePixels("it has no Sequence of Ultrasound Regions (0018,6011)")
        }
        var rectangles: [PixelRectangle] = []
        for item in file.dataSet.children(of: sequence) {
            func edge(_ element: UInt16) -> Int? {
                guard let node = file.dataSet.child(Tag(0x0018, element), of: item),
                    let value = try? file.values(of: node).first
                else { return nil }
                // As far as UL goes: what is encoded as text may say anything.
                return Int(value).flatMap { 0...Int(UInt32.max) ~= $0 ? $0 : nil }
            }
            // Region Location Min X0, Min Y0, Max X1, Max Y1: corners that belong to it (C.8.5.5.1.1).
            guard let left = edge(0x6018), let top = edge(0x601A), let right = edge(0x601C), let bottom = edge(0x601E),
                left <= right, top <= bottom
            else { throw UncleanablePixels("its Sequence of Ultrasound Regions (0018,6011) cannot be read") }
            rectangles.append(PixelRectangle(left: left, top: top, right: right + 1, bottom: bottom + 1))
        }
        guard !rectangles.isEmpty else {
            throw UncleanablePixels("its Sequence of Ultrasound Regions (0018,6011) is empty")
        }
        self.rectangles = rectangles
    }
}
