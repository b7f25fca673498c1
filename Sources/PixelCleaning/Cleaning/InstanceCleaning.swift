package import DICOMCore
package import DICOMFile
package import Deidentification

/// Makes pixels of all frames of an instance black, one frame at a time: an object of ten thousand frames takes no more
/// memory than one of one (P9). What was made lies in a spill until it is written.
package struct InstanceCleaning {
    private let file: DICOMFile
    private let layout: PixelLayout
    private let content: PixelContent
    private let codecs: PixelCodecs
    private let decodesLossy: Bool
    private let keepsAll: Bool
    private let scratch: String?

    /// - Parameter keepsAll: whether what stands beside pixels stays where pixels do: behind native ones, and in the
    ///   fragments of frames that are not changed.
    package init(
        _ file: DICOMFile, _ layout: PixelLayout, _ content: PixelContent, codecs: PixelCodecs, decodesLossy: Bool,
        keepsAll: Bool = false, scratch: String? = nil
    ) {
        self.file = file
        self.layout = layout
        self.content = content
        self.codecs = codecs.forOneInstance
        self.decodesLossy = decodesLossy
        self.keepsAll = keepsAll
        self.scratch = scratch
    }

    /// What takes the place of Pixel Data.
    package struct Result {
        /// Empty when no pixel is another one.
        package var elements: [Tag: NewElement] = [:]
        /// How many frames are not what they were.
        package var changedCount = 0
        /// Whether frames that were compressed with loss were decoded, and coded again without.
        package var wasLossy = false
    }

    /// Of what lies behind the frames.
    private static let pieceByteCount = 1 << 20

    var coding: FrameCoding { FrameCoding(file.transferSyntax) }

    /// - Parameter mask: what is made black in a frame, by its number from 0.
    package func blackOut(_ mask: (Int) throws(UncleanablePixels) -> PixelMask) throws(UncleanablePixels) -> Result {
        switch content.storage {
        case .native(let range, let bits): return try native(range, bits, mask)
        case .frames(let frames, let tables): return try encapsulated(frames, tables, mask)
        case .video: throw UncleanablePixels("its pixels are a video, which is not cleaned")
        case .closed(let reason): throw UncleanablePixels(reason)
        }
    }

    private func cleaner(_ mask: PixelMask) -> FrameCleaner {
        FrameCleaner(layout: layout, mask: mask, coding: coding, codecs: codecs, decodesLossy: decodesLossy)
    }

    private func native(
        _ range: Range<Int>, _ bits: StoredBits?, _ mask: (Int) throws(UncleanablePixels) -> PixelMask
    ) throws(UncleanablePixels) -> Result {
        guard coding == .native else {
            throw UncleanablePixels("its pixels are not encoded as its transfer syntax says")
        }
        let size = layout.frameByteCount
        let (all, overflow) = size.multipliedReportingOverflow(by: layout.frames)
        guard !overflow, all <= range.count else { throw UncleanablePixels("its pixels are fewer than its size says") }
        // Some say YBR_FULL_422 of pixels that share nothing: each is somewhere else then.
        guard layout.photometric != .yCbCrFull422 || range.count - all <= 1 else {
            throw UncleanablePixels("its pixels are more than its size says")
        }
        // A word whose higher byte comes first has the second of its two cells first (PS3.5 8.1.1).
        guard !layout.isBigEndian || layout.cellByteCount == 2 || content.node.vr == .OB else {
            throw UncleanablePixels("its cells of 8 bits lie in big endian words of 16")
        }
        var writer = Spill.Writer(scratch: scratch)
        var result = Result()
        for frame in 0..<layout.frames {
            let start = range.lowerBound + frame * size
            var bytes = try read(start..<start + size)
            bits?.clean(&bytes)
            if let new = try cleaner(try mask(frame)).cleaned(bytes) {
                bytes = new.bytes
                result.changedCount += 1
            }
            try append(bytes, to: &writer)
        }
        guard result.changedCount > 0 else { return result }
        let last = keepsAll ? max(range.upperBound, content.node.valueEnd) : range.upperBound
        for start in stride(from: range.lowerBound + all, to: last, by: Self.pieceByteCount) {
            let end = min(start + Self.pieceByteCount, last)
            try append(try read(start..<end), to: &writer)
        }
        let spill = try finish(&writer)
        result.elements = content.native(.spilled(spill, 0..<spill.count))
        return result
    }

    private func encapsulated(
        _ frames: [NewElement.Fragment], _ tables: OffsetTables,
        _ mask: (Int) throws(UncleanablePixels) -> PixelMask
    ) throws(UncleanablePixels) -> Result {
        if case .other(let reason) = coding { throw UncleanablePixels(reason) }
        // Some write a data set in implicit VR and name a compressed syntax: no new frames fit into it (PS3.5 A.4).
        guard content.node.encoding == .explicitLittleEndian, content.node.vr == .OB || content.node.vr == .OW else {
            throw UncleanablePixels("its pixels are compressed, and its data set is not encoded as compressed ones are")
        }
        var writer = Spill.Writer(scratch: scratch)
        var ranges: [Range<Int>?] = []
        var result = Result()
        for (number, frame) in frames.enumerated() {
            let wanted = try mask(number)
            guard !wanted.isEmpty, let new = try cleaner(wanted).cleaned(try bytes(of: frame)) else {
                ranges.append(nil)
                continue
            }
            ranges.append(try append(new.bytes, to: &writer))
            if new.wasLossy { result.wasLossy = true }
        }
        result.changedCount = ranges.count { $0 != nil }
        guard result.changedCount > 0 else { return result }
        let spill = try finish(&writer)
        let kept = keepsAll ? content.whole ?? frames : frames
        let fragments = zip(kept, ranges).map { frame, range in
            range.map { NewElement.Fragment([.spilled(spill, $0)]) } ?? frame
        }
        result.elements = tables.elements(content.node, fragments)
        return result
    }

    // MARK: Bytes

    /// All bytes of a frame.
    func bytes(of frame: NewElement.Fragment) throws(UncleanablePixels) -> [UInt8] {
        guard frame.byteCount <= PixelCodecs.largestFrame else {
            throw UncleanablePixels("a frame is larger than one may be")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(frame.byteCount)
        for part in frame.parts {
            switch part {
            case .new(let new): bytes += new
            case .original(let range): bytes += try read(range)
            case .spilled(let spill, let range):
                guard let part = spill.bytes(in: range) else { throw UncleanablePixels("scratch space cannot be read") }
                bytes += part
            }
        }
        return bytes
    }

    func read(_ range: Range<Int>) throws(UncleanablePixels) -> [UInt8] {
        guard let bytes = try? file.bytes(in: range) else { throw UncleanablePixels("its pixels cannot be read") }
        return bytes
    }

    @discardableResult
    private func append(
        _ bytes: [UInt8], to writer: inout Spill.Writer
    ) throws(UncleanablePixels) -> Range<Int> {
        do throws(Spill.Writer.Failure) { return try writer.append(bytes) } catch {
            throw UncleanablePixels("scratch space for pixels: \(error.reason)")
        }
    }

    private func finish(_ writer: inout Spill.Writer) throws(UncleanablePixels) -> Spill {
        do throws(Spill.Writer.Failure) { return try writer.finish() } catch {
            throw UncleanablePixels("scratch space for pixels: \(error.reason)")
        }
    }
}
