import DICOMCore
import DICOMEncoding
import DICOMFile

/// Where each frame of an image lies in its file (PS3.5 8, A.4). Of native pixels nothing is kept for a frame, and of compressed ones
/// a place for each fragment, of which there is a limit (P9).
struct FrameIndex {
    /// How many there are.
    let count: Int
    /// Bytes to be swapped in pairs: native pixels in big endian order.
    let isSwapped: Bool
    private let layout: Layout

    private enum Layout {
        /// One behind the other, from a byte of the file on, of so many bits each.
        case native(start: Int, bits: Int)
        /// Values of fragments, and the first of each frame; nil where each is a frame.
        case encapsulated(fragments: [Range<Int>], firsts: [Int]?)
    }

    /// A whole slide has some hundred thousand tiles.
    static let mostFragments = 1 << 20
    private static let mostFrames = 1 << 24

    /// Their numbers, from 0 on.
    var frames: Range<Int> { 0..<count }

    var isEncapsulated: Bool {
        if case .encapsulated = layout { true } else { false }
    }

    /// Nil when there are no pixels, or they cannot be cut into frames for certain.
    init?(_ file: DICOMFile) {
        let index = file.dataSet
        // Float and double pixels are alternatives (PS3.3 C.7.6.24).
        guard
            let node = [Tag.pixelData, Tag(0x7FE0, 0x0008), Tag(0x7FE0, 0x0009)].lazy.compactMap({ index.child($0) })
                .first
        else { return nil }
        let count = file.text(.numberOfFrames).flatMap { Int($0) } ?? 1
        guard count > 0, count <= Self.mostFrames else { return nil }
        self.count = count
        let element = index.nodes[node]
        if element.kind == .fragments {
            guard count <= Self.mostFragments, let layout = Self.encapsulated(file, element, count) else { return nil }
            self.layout = layout
            isSwapped = false
            return
        }
        guard element.kind == .element, let bits = Self.bitsPerFrame(file, element.tag) else { return nil }
        let (total, overflow) = bits.multipliedReportingOverflow(by: count)
        guard !overflow, total <= element.valueLength * 8 else { return nil }
        isSwapped = element.encoding.isBigEndian && element.vr == .OW
        layout = .native(start: element.valueStart, bits: bits)
    }

    /// Runs of bytes in the data set that make a frame, one behind the other; none for a number that no frame has.
    func runs(of frame: Int) -> [Range<Int>] {
        guard frames.contains(frame) else { return [] }
        switch layout {
        case .native(let start, let bits):
            let from = start * 8 + frame * bits
            return [from / 8..<(from + bits + 7) / 8]
        case .encapsulated(let fragments, let firsts):
            guard let firsts else { return [fragments[frame]] }
            let end = frame + 1 < count ? firsts[frame + 1] : fragments.count
            return Array(fragments[firsts[frame]..<end])
        }
    }

    /// Native pixels of one bit, whose frames need not begin with a byte, are told by bits; nil for others.
    func bits(of frame: Int) -> Range<Int>? {
        guard case .native(let start, let bits) = layout, bits % 8 != 0, frames.contains(frame) else { return nil }
        let from = start * 8 + frame * bits
        return from..<from + bits
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

    private static func encapsulated(_ file: DICOMFile, _ element: DataSetIndex.Node, _ count: Int) -> Layout? {
        guard let items = fragments(file, element), let table = items.first else { return nil }
        let fragments = Array(items.dropFirst())
        if count == 1 { return .encapsulated(fragments: fragments, firsts: [0]) }
        if fragments.count == count { return .encapsulated(fragments: fragments, firsts: nil) }
        // By the offsets of the first item of each frame, counted from behind the offset table.
        guard fragments.count > count, let base = fragments.first.map({ $0.lowerBound - 8 }),
            let offsets = extendedOffsets(file, count) ?? basicOffsets(file, table, count)
        else { return nil }
        var firsts: [Int] = []
        for (place, fragment) in fragments.enumerated() {
            let offset = fragment.lowerBound - 8 - base
            if firsts.count < count, offset == offsets[firsts.count] {
                firsts.append(place)
            } else if firsts.isEmpty {
                return nil
            }
        }
        return firsts.count == count ? .encapsulated(fragments: fragments, firsts: firsts) : nil
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
            guard end <= element.valueEnd, result.count <= mostFragments else { return nil }
            result.append(position + 8..<end)
            position = end
        }
        return result
    }

    private static func basicOffsets(_ file: DICOMFile, _ table: Range<Int>, _ count: Int) -> [Int]? {
        guard table.count == count * 4, let bytes = try? file.bytes(in: table) else { return nil }
        return stride(from: 0, to: bytes.count, by: 4).map { start in
            bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
    }

    /// Extended Offset Table (7FE0,0001), for more than 4 GiB (PS3.3 C.7.6.3.1.8).
    private static func extendedOffsets(_ file: DICOMFile, _ count: Int) -> [Int]? {
        guard let node = file.dataSet.child(Tag(0x7FE0, 0x0001)), file.dataSet.nodes[node].valueLength == count * 8,
            let bytes = try? file.bytes(of: node)
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
