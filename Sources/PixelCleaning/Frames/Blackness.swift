/// What black is in a frame: a value for each component, as a sample of so many bits.
struct Blackness {
    /// By component, each within the bits stored.
    let samples: [Int]

    /// - Parameter extremes: smallest and largest sample of the frame, where they matter: signed samples, of which nobody
    ///   says which is shown black.
    init(_ layout: PixelLayout, isDecodedToRGB: Bool = false, extremes: () -> ClosedRange<Int>) {
        let largest = 1 << layout.stored - 1
        switch layout.photometric {
        case .monochrome2: samples = [layout.isSigned ? extremes().lowerBound : 0]
        case .monochrome1: samples = [layout.isSigned ? extremes().upperBound : largest]
        case .palette: samples = [layout.darkestIndex]
        case .rgb: samples = [0, 0, 0]
        case .yCbCrFull, .yCbCrFull422, .reversible, .irreversible:
            let middle = 1 << (layout.stored - 1)
            samples = isDecodedToRGB ? [0, 0, 0] : [0, middle, middle]
        case .yCbCrPartial420:
            // ITU-R BT.601: luminance from 16 of 256.
            let middle = 1 << (layout.stored - 1)
            samples = [middle / 8, middle, middle]
        }
    }
}
