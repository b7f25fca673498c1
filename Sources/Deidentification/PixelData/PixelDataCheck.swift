import DICOMCore
package import DICOMFile

/// Elements at the top level that are written in place of Pixel Data and its tables, and what the record says of it.
struct PixelReplacements {
    var elements: [Tag: NewElement] = [:]
    var note: String?
}

/// Looks at top-level Pixel Data for what is not pixels.
package struct PixelDataCheck {
    let file: DICOMFile

    package init(file: DICOMFile) { self.file = file }

    /// What stays of Pixel Data when all that is not pixels is taken out.
    ///
    /// - Parameter removesOverlays: whether overlays go, also those in bits of the pixels.
    /// - Throws: when what is not pixels cannot be told apart or taken out.
    package func content(
        _ id: DataSetIndex.NodeID, removesOverlays: Bool
    ) throws(Sequestration) -> PixelContent {
        let node = file.dataSet.nodes[id]
        let overlays = removesOverlays ? try OverlaysInPixels(file: file) : nil
        switch node.kind {
        case .fragments:
            if let tag = overlays?.tags.first {
                throw Sequestration("an overlay lies in bits of compressed pixels: \(tag)")
            }
            return try encapsulated(node)
        case .element:
            let count = try pixelBytes(node)
            let bits = try overlays?.storedBits(node)
            let kept = node.valueStart..<(node.valueStart + (count ?? node.valueLength))
            let notes = [
                count == nil ? nil : "cut: it had bytes behind the pixels",
                bits == nil ? nil : "an overlay is taken out of bits that are not of the pixels",
            ]
            return PixelContent(
                node: node, storage: .native(kept, bits), isChanged: count != nil || bits != nil,
                note: notes.compactMap { $0 }.joined(separator: "; "))
        case .sequence, .item: throw Sequestration("Pixel Data is encoded as a sequence")
        }
    }

    private func encapsulated(_ node: DataSetIndex.Node) throws(Sequestration) -> PixelContent {
        let read: (Range<Int>) -> [UInt8]? = { try? file.bytes(in: $0) }
        let coding = CompressedPixelData.coding(of: file.transferSyntax)
        if case .unknown(let reason) = coding { throw Sequestration(reason) }
        guard let items = EncapsulatedItems(in: node.valueStart..<node.valueEnd, read: read) else {
            throw Sequestration("the fragments of Pixel Data cannot be read")
        }
        if case .video(let video) = coding { return try self.video(node, items, video, read) }
        let stream = try CompressedPixelData.frames(
            items.fragments, coding, isOneFrame: frameCount == 1, runLengthSegment: runLengthSegment, read: read)
        let tables = OffsetTables(file: file, items: items)
        let isChanged = stream.isChanged || !tables.areSound
        guard stream.frames.count == frameCount else {
            if !isChanged {
                return PixelContent(
                    node: node, storage: .closed("compressed pixel data has not as many images as frames"),
                    isChanged: false, note: "")
            }
            throw Sequestration(
                "compressed pixel data has not as many images as frames, so that what is not pixels cannot be taken out"
            )
        }
        let reader = FragmentReader(items.fragments, read: read)
        let frames = stream.frames.map { frame in
            NewElement.Fragment(
                frame.parts.flatMap { part -> [NewElement.Fragment.Part] in
                    switch part {
                    case .new(let bytes): [.new(bytes)]
                    case .stream(let range): reader.ranges(of: range).map { .original($0) }
                    }
                })
        }
        let what = stream.isChanged ? "frames are written anew: they had more than pixels" : "its offsets are made anew"
        return PixelContent(
            node: node, storage: .frames(frames, tables), isChanged: isChanged, note: isChanged ? what : "",
            whole: Self.whole(frames, items.fragments))
    }

    /// All bytes of each frame's own fragment, or of all when there is one frame.
    private static func whole(
        _ frames: [NewElement.Fragment], _ fragments: [Range<Int>]
    ) -> [NewElement.Fragment]? {
        if frames.count == 1 { return [NewElement.Fragment(fragments.map { .original($0) })] }
        guard frames.count == fragments.count else { return nil }
        for (frame, fragment) in zip(frames, fragments) {
            for case .original(let range) in frame.parts
            where range.lowerBound < fragment.lowerBound || range.upperBound > fragment.upperBound {
                return nil
            }
        }
        return fragments.map { NewElement.Fragment([.original($0)]) }
    }

    /// A video keeps its fragments, and every byte of them its place.
    private func video(
        _ node: DataSetIndex.Node, _ items: EncapsulatedItems, _ coding: VideoCoding,
        _ read: @escaping (Range<Int>) -> [UInt8]?
    ) throws(Sequestration) -> PixelContent {
        let tables = OffsetTables(file: file, items: items)
        guard tables.isExtendedSound else { throw Sequestration("the offset tables of a video are not what they say") }
        let overwriting = try VideoStream.overwriting(FragmentReader(items.fragments, read: read), coding)
        let isChanged = !overwriting.places.isEmpty || !tables.isBasicSound
        let table = tables.isBasicSound ? [NewElement.Fragment.Part.original(items.offsetTable)] : []
        let fragments = [NewElement.Fragment(table)] + overwriting.fragments(items.fragments)
        let what =
            overwriting.places.isEmpty
            ? "its offsets are taken out" : "what is no picture in the video is overwritten in its place"
        return PixelContent(
            node: node, storage: .video(fragments), isChanged: isChanged, note: isChanged ? what : "")
    }

    private var frameCount: Int { max(number(Tag(0x0028, 0x0008)) ?? 1, 1) }

    /// A byte of each pixel (PS3.5 G.3.1).
    private var runLengthSegment: Int? {
        guard let rows = number(Tag(0x0028, 0x0010)), let columns = number(Tag(0x0028, 0x0011)),
            let bits = number(Tag(0x0028, 0x0100)), bits > 0
        else { return nil }
        let (pixels, overflow) = rows.multipliedReportingOverflow(by: columns)
        guard !overflow, pixels < Int.max / 8 else { return nil }
        return (pixels * min(bits, 8) + 7) / 8
    }

    /// Rows, columns, samples, frames and bits say how long pixels are (PS3.5 8.1.1, D); a trailing byte makes the
    /// length even. Zeros behind them say nothing and stay.
    ///
    /// - Returns: how many bytes are pixels, when others than padding follow.
    private func pixelBytes(_ node: DataSetIndex.Node) throws(Sequestration) -> Int? {
        guard node.valueLength > 0 else { return nil }
        guard let rows = number(Tag(0x0028, 0x0010)), let columns = number(Tag(0x0028, 0x0011)),
            let bits = number(Tag(0x0028, 0x0100)), bits > 0
        else { throw Sequestration("the size of Pixel Data is not stated, so that what follows pixels cannot be told") }
        let samples = number(Tag(0x0028, 0x0002)) ?? 1
        let frames = number(Tag(0x0028, 0x0008)) ?? 1
        var total = 1
        for factor in [rows, columns, samples, max(frames, 1), bits] {
            let (product, overflow) = total.multipliedReportingOverflow(by: factor)
            guard !overflow, product >= 0 else { throw Sequestration("the size of Pixel Data cannot be right") }
            total = product
        }
        var pixels = (total + 7) / 8
        // Two chrominance samples serve two pixels, and the length may be stated either way.
        if isSubsampled, node.valueLength < pixels { pixels = (total / 8 * 2 + 2) / 3 }
        if file.transferSyntax.isEncapsulated, !(pixels...(pixels + 1) ~= node.valueLength) {
            throw Sequestration("Pixel Data is not encoded as its transfer syntax says")
        }
        guard node.valueLength > pixels + 1 else { return nil }
        return try isZero((node.valueStart + pixels)..<node.valueEnd) ? nil : pixels
    }

    private var isSubsampled: Bool {
        file.text(.photometricInterpretation).map { $0.hasPrefix("YBR") && $0.contains("422") } ?? false
    }

    private func number(_ tag: Tag) -> Int? { file.number(tag) }

    private func isZero(_ range: Range<Int>) throws(Sequestration) -> Bool {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(range.upperBound, start + FragmentReader.pieceSize)
            guard let bytes = try? file.bytes(in: start..<end) else { throw Sequestration("Pixel Data cannot be read") }
            guard bytes.allSatisfy({ $0 == 0 }) else { return false }
            start = end
        }
        return true
    }
}

extension DICOMFile {
    /// The first value of an element at the top level, when it is a number that is not negative.
    func number(_ tag: Tag) -> Int? {
        guard let node = dataSet.child(tag), let value = try? values(of: node).first else { return nil }
        return Int(value.drop { $0 == " " || $0 == "+" }).flatMap { $0 >= 0 ? $0 : nil }
    }
}
