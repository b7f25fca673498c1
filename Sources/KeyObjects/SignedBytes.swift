package import DICOMCore
import DICOMEncoding
package import DICOMFile

/// The bytes that a MAC is computed of (PS3.3 C.12.1.1.3.1.2): elements in explicit VR little endian; sequences, items and
/// fragments without lengths, sequences ended by their delimiter, so that neither the way these lengths are written nor the
/// byte order counts. So DCMTK does it.
package struct SignedBytes {
    private let file: DICOMFile
    private let index: DataSetIndex
    /// Values are read in pieces of this many bytes.
    private static let pieceSize = 1 << 20

    package init(_ file: DICOMFile) {
        self.file = file
        index = file.dataSet
    }

    /// Of these elements, ascending; those that are not there are left out.
    /// - Parameter item: of this item; nil for the top level.
    package func feed(
        _ tags: [Tag], of item: DataSetIndex.NodeID? = nil, to sink: ([UInt8]) -> Void
    ) throws(KeyObjectError) {
        var nodes: [Tag: DataSetIndex.NodeID] = [:]
        for id in index.children(of: item) where nodes[index.nodes[id].tag] == nil { nodes[index.nodes[id].tag] = id }
        for tag in tags.sorted() {
            if let id = nodes[tag] { try feed(id, to: sink) }
        }
    }

    private func feed(_ id: DataSetIndex.NodeID, to sink: ([UInt8]) -> Void) throws(KeyObjectError) {
        let node = index.nodes[id]
        // Signatures within items are not what is signed, nor are their parameters (PS3.3 C.12.1.1.3.1.1).
        guard !node.tag.isGroupLength, node.tag.group != 0xFFFA, node.tag != Tag(0x4FFE, 0x0001) else { return }
        let vr = node.kind == .sequence ? VR.SQ : node.vr
        var header = ElementWriter(.explicitLittleEndian)
        header.append(node.tag.group)
        header.append(node.tag.element)
        header.bytes += [UInt8(truncatingIfNeeded: vr.code), UInt8(truncatingIfNeeded: vr.code >> 8)]
        if vr.headerForm == .long { header.append(UInt16(0)) }
        if node.kind == .element {
            let length = node.valueEnd - node.valueStart
            let even = length + length % 2
            if vr.headerForm == .long {
                header.append(UInt32(truncatingIfNeeded: even))
            } else {
                guard even <= UInt16.max else {
                    throw KeyObjectError("\(node.tag) has a value that is too long for explicit VR")
                }
                header.append(UInt16(even))
            }
        }
        sink(header.bytes)
        switch node.kind {
        case .element: try feedValue(node.valueStart..<node.valueEnd, node, to: sink)
        case .fragments: try feedFragments(node, to: sink)
        case .sequence:
            for item in index.children(of: id) {
                sink(Self.tag(.item))
                for child in index.children(of: item) { try feed(child, to: sink) }
            }
            sink(Self.tag(.sequenceDelimitationItem))
        case .item: break
        }
    }

    /// A value of odd length, which is an error of whoever wrote it, is padded.
    private func feedValue(
        _ range: Range<Int>, _ node: DataSetIndex.Node, to sink: ([UInt8]) -> Void
    ) throws(KeyObjectError) {
        let unit = node.encoding.isBigEndian ? max(1, node.vr.unitSize) : 1
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + Self.pieceSize, range.upperBound)
            let bytes = try read(start..<end)
            if unit > 1 {
                sink(
                    stride(from: 0, to: bytes.count, by: unit).flatMap {
                        bytes[$0..<min($0 + unit, bytes.count)].reversed()
                    })
            } else {
                sink(bytes)
            }
            start = end
        }
        if range.count % 2 == 1 { sink([node.vr.padding]) }
    }

    private func feedFragments(_ node: DataSetIndex.Node, to sink: ([UInt8]) -> Void) throws(KeyObjectError) {
        var offset = node.valueStart
        while offset + 8 <= node.valueEnd {
            let header = try read(offset..<offset + 8)
            guard Array(header.prefix(4)) == Self.tag(.item) else { throw Self.noFragment(at: offset) }
            let length = header.dropFirst(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            guard length <= node.valueEnd - offset - 8 else { throw Self.noFragment(at: offset) }
            sink(Self.tag(.item))
            try feedValue(offset + 8..<offset + 8 + length, node, to: sink)
            offset += 8 + length
        }
        // What is left over would be signed by nobody, and seen by everybody.
        guard offset == node.valueEnd else { throw Self.noFragment(at: offset) }
        sink(Self.tag(.sequenceDelimitationItem))
    }

    private static func noFragment(at offset: Int) -> KeyObjectError {
        KeyObjectError("the pixel data has no whole fragment at byte \(offset)")
    }

    private func read(_ range: Range<Int>) throws(KeyObjectError) -> [UInt8] {
        do throws(ValueError) {
            return try file.bytes(in: range)
        } catch {
            throw KeyObjectError("the instance cannot be read at byte \(range.lowerBound): \(error.reason)")
        }
    }

    private static func tag(_ tag: Tag) -> [UInt8] {
        var writer = ElementWriter(.explicitLittleEndian)
        writer.append(tag.group)
        writer.append(tag.element)
        return writer.bytes
    }
}
