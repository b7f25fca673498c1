package import DICOMCore
package import DICOMFile

/// Where frames begin among fragments: the Basic Offset Table, and Extended Offset Table with its lengths (PS3.5 A.4,
/// PS3.3 C.7.6.3.1.8). They are numbers that follow from the fragments: others are something else and are made anew.
package struct OffsetTables {
    let file: DICOMFile
    let items: EncapsulatedItems

    private var extendedOffsets: DataSetIndex.NodeID? { file.dataSet.child(.extendedOffsetTable) }
    private var extendedLengths: DataSetIndex.NodeID? { file.dataSet.child(.extendedOffsetTableLengths) }

    var hasBasic: Bool { !items.offsetTable.isEmpty }
    var hasExtended: Bool { extendedOffsets != nil || extendedLengths != nil }

    /// Whether all tables that are there say what they should.
    var areSound: Bool { isBasicSound && isExtendedSound }

    var isBasicSound: Bool {
        let range = items.offsetTable
        guard range.count % 4 == 0, range.count / 4 <= items.fragments.count, let bytes = try? file.bytes(in: range)
        else { return false }
        return items.areOffsets(Self.numbers(bytes, width: 4))
    }

    var isExtendedSound: Bool {
        guard hasExtended else { return true }
        let offsets = extendedOffsets.flatMap(numbers) ?? []
        let lengths = extendedLengths.flatMap(numbers) ?? []
        guard !offsets.isEmpty, offsets.count == items.fragments.count, lengths.count == offsets.count,
            items.areOffsets(offsets)
        else { return false }
        // With these tables a frame is one fragment; its length may leave out the padding.
        return zip(lengths, items.fragments).allSatisfy { length, fragment in
            length == UInt64(fragment.count) || length + 1 == UInt64(fragment.count)
        }
    }

    private func numbers(_ id: DataSetIndex.NodeID) -> [UInt64]? {
        let node = file.dataSet.nodes[id]
        guard node.kind == .element, node.valueLength % 8 == 0, node.valueLength / 8 <= items.fragments.count,
            let bytes = try? file.bytes(of: id)
        else { return nil }
        return Self.numbers(bytes, width: 8)
    }

    private static func numbers(_ bytes: [UInt8], width: Int) -> [UInt64] {
        stride(from: 0, to: bytes.count, by: width).map { start in
            bytes[start..<start + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    /// Pixel Data and the tables for new fragments, a frame each. What was not there does not come in; a Basic Offset Table
    /// beyond 32 bits is empty, which readers take for none.
    package func elements(_ pixels: DataSetIndex.Node, _ frames: [NewElement.Fragment]) -> [Tag: NewElement] {
        var offsets: [UInt64] = []
        var next: UInt64 = 0
        for frame in frames {
            offsets.append(next)
            next += 8 + UInt64(frame.byteCount + frame.byteCount % 2)
        }
        let isBasic = hasBasic && !hasExtended && offsets.allSatisfy { $0 <= UInt64(UInt32.max) }
        let table = NewElement.Fragment(isBasic ? [.new(Self.bytes(offsets, width: 4))] : [])
        var result = [
            pixels.tag: NewElement(tag: pixels.tag, vr: pixels.vr, value: .fragments([table] + frames))
        ]
        if hasExtended {
            let lengths = frames.map { UInt64($0.byteCount + $0.byteCount % 2) }
            for (tag, numbers) in [(Tag.extendedOffsetTable, offsets), (.extendedOffsetTableLengths, lengths)] {
                result[tag] = NewElement(tag: tag, vr: .OV, value: .bytes(Self.bytes(numbers, width: 8)))
            }
        }
        return result
    }

    private static func bytes(_ numbers: [UInt64], width: Int) -> [UInt8] {
        numbers.flatMap { number in (0..<width).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }
    }
}

extension Tag {
    static let extendedOffsetTable = Tag(0x7FE0, 0x0001)
    static let extendedOffsetTableLengths = Tag(0x7FE0, 0x0002)
}
