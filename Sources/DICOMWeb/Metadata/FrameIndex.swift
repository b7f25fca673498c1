import DICOMCore
import DICOMEncoding
import DICOMFile

/// Where each frame of an image lies in its file (PS3.5 8, A.4).
struct FrameIndex {
    /// Runs of bytes in the data set that make a frame, one behind the other.
    let frames: [[Range<Int>]]
    /// Native pixels of one bit, whose frames need not begin with a byte, are told by bits.
    let bitRanges: [Range<Int>]?
    /// Bytes to be swapped in pairs: native pixels in big endian order.
    let isSwapped: Bool
    let isEncapsulated: Bool

    /// Nil when there are no pixels, or they cannot be cut into frames for certain.
    init?(_ file: DICOMFile) {
        let index = file.dataSet
        // Float and double pixels are alternatives (PS3.3 C.7.6.24).
        guard
            let node = [Tag.pixelData, Tag(0x7FE0, 0x0008), Tag(0x7FE0, 0x0009)].lazy.compactMap({ index.child($0) })
                .first
        else { return nil }
        let count = file.text(.numberOfFrames).flatMap { Int($0) } ?? 1
        guard count > 0, count <= 1 << 24 else { return nil }
        let element = index.nodes[node]
        if element.kind == .fragments {
            guard let frames = Self.encapsulated(file, element, count) else { return nil }
            self.frames = frames
            bitRanges = nil
            isSwapped = false
            isEncapsulated = true
            return
        }
        guard element.kind == .element, let bits = Self.bitsPerFrame(file, element.tag) else { return nil }
        let (total, overflow) = bits.multipliedReportingOverflow(by: count)
        guard !overflow, total <= element.valueLength * 8 else { return nil }
        isEncapsulated = false
        isSwapped = element.encoding.isBigEndian && element.vr == .OW
        if bits % 8 == 0 {
            let size = bits / 8
            frames = (0..<count).map { frame in
                let start = element.valueStart + frame * size
                return [start..<start + size]
            }
            bitRanges = nil
        } else {
            let base = element.valueStart * 8
            bitRanges = (0..<count).map { base + $0 * bits..<base + ($0 + 1) * bits }
            frames = (0..<count).map { frame in
                [(base + frame * bits) / 8..<(base + (frame + 1) * bits + 7) / 8]
            }
        }
    }

    private static func bitsPerFrame(_ file: DICOMFile, _ tag: Tag) -> Int? {
        func number(_ tag: Tag) -> Int? { file.text(tag).flatMap { Int($0) } }
        guard let rows = number(.rows), let columns = number(.columns) else { return nil }
        let bits = tag == Tag(0x7FE0, 0x0008) ? 32 : tag == Tag(0x7FE0, 0x0009) ? 64 : number(.bitsAllocated) ?? 0
        var samples = number(.samplesPerPixel) ?? 1
        // PS3.3 C.7.6.3.1.2: two chroma samples for two pixels.
        if file.text(.photometricInterpretation) == "YBR_FULL_422" { samples = 2 }
        var result = 1
        for factor in [rows, columns, samples, bits] {
            let (product, overflow) = result.multipliedReportingOverflow(by: factor)
            guard factor > 0, !overflow else { return nil }
            result = product
        }
        return result
    }

    private static func encapsulated(_ file: DICOMFile, _ element: DataSetIndex.Node, _ count: Int) -> [[Range<Int>]]? {
        guard let items = fragments(file, element), let table = items.first else { return nil }
        let fragments = Array(items.dropFirst())
        if count == 1 { return [fragments] }
        if fragments.count == count { return fragments.map { [$0] } }
        // By the offsets of the first item of each frame, counted from behind the offset table.
        guard let base = fragments.first.map({ $0.lowerBound - 8 }),
            let offsets = extendedOffsets(file) ?? basicOffsets(file, table), offsets.count == count
        else { return nil }
        var frames: [[Range<Int>]] = []
        for fragment in fragments {
            let offset = fragment.lowerBound - 8 - base
            if frames.count < count, offset == offsets[frames.count] {
                frames.append([fragment])
            } else {
                guard !frames.isEmpty else { return nil }
                frames[frames.count - 1].append(fragment)
            }
        }
        return frames.count == count ? frames : nil
    }

    /// The values of all items, the offset table first.
    private static func fragments(_ file: DICOMFile, _ element: DataSetIndex.Node) -> [Range<Int>]? {
        var result: [Range<Int>] = []
        var position = element.valueStart
        while position + 8 <= element.valueEnd {
            guard let header = try? file.bytes(in: position..<position + 8) else { return nil }
            let number = { (offset: Int) in
                header[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
            }
            guard header[0..<4] == [0xFE, 0xFF, 0x00, 0xE0] else { return nil }
            let end = position + 8 + number(4)
            guard end <= element.valueEnd else { return nil }
            result.append(position + 8..<end)
            position = end
        }
        return result
    }

    private static func basicOffsets(_ file: DICOMFile, _ table: Range<Int>) -> [Int]? {
        guard !table.isEmpty, table.count % 4 == 0, table.count <= 64 << 20, let bytes = try? file.bytes(in: table)
        else { return nil }
        return stride(from: 0, to: bytes.count, by: 4).map { start in
            bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
    }

    /// Extended Offset Table (7FE0,0001), for more than 4 GiB (PS3.3 C.7.6.3.1.8).
    private static func extendedOffsets(_ file: DICOMFile) -> [Int]? {
        guard let node = file.dataSet.child(Tag(0x7FE0, 0x0001)), let bytes = try? file.bytes(of: node),
            !bytes.isEmpty, bytes.count % 8 == 0, bytes.count <= 128 << 20
        else { return nil }
        let offsets = stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        return offsets.allSatisfy { $0 <= Int.max } ? offsets.map { Int($0) } : nil
    }
}

extension Tag {
    static let samplesPerPixel = Tag(0x0028, 0x0002)
    static let photometricInterpretation = Tag(0x0028, 0x0004)
    static let numberOfFrames = Tag(0x0028, 0x0008)
    static let rows = Tag(0x0028, 0x0010)
    static let columns = Tag(0x0028, 0x0011)
    static let bitsAllocated = Tag(0x0028, 0x0100)
}
