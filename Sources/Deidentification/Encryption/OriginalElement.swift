import DICOMCore
import DICOMEncoding
import DICOMFile

/// Elements as they are in a file, to be written elsewhere: values byte for byte, sequences with all that is in them.
/// Pixels that are compressed, within a sequence, are left out: nothing but Pixel Data is encoded so.
struct OriginalElement {
    private let file: DICOMFile
    private let nodes: [DataSetIndex.Node]

    init(_ file: DICOMFile) {
        self.file = file
        nodes = file.dataSet.nodes
    }

    /// - Returns: nil for what no data set of another place may have: group lengths, groups of commands and files,
    ///   compressed pixels.
    func copy(_ id: DataSetIndex.NodeID) throws(ValueError) -> NewElement? {
        let node = nodes[id]
        guard !node.tag.isGroupLength, node.tag.group >= 0x0008, !node.tag.isDelimiter else { return nil }
        switch node.kind {
        case .fragments, .item: return nil
        case .sequence where node.vr == .UN:
            // Implicit VR little endian within, whatever is around it (PS3.5 6.2.2 note 3): it stays as it is.
            return NewElement(tag: node.tag, vr: .UN, value: .bytes(try file.bytes(of: id)))
        case .sequence:
            var items: [[NewElement]] = []
            for item in file.dataSet.children(of: id) { items.append(try elements(of: item)) }
            return NewElement(tag: node.tag, vr: .SQ, value: .items(items))
        case .element:
            let bytes = littleEndian(try file.bytes(of: id), node)
            // In implicit VR any value may be long; with a VR that has no room for it it is UN, as PS3.5 6.2.2 says of text.
            let isTooLong = node.vr.headerForm == .short && bytes.count > Int(UInt16.max) - 1
            return NewElement(tag: node.tag, vr: isTooLong ? .UN : node.vr, value: .bytes(bytes))
        }
    }

    /// The elements of an item. Of those that are there twice the first counts, as for every reader.
    func elements(of item: DataSetIndex.NodeID) throws(ValueError) -> [NewElement] {
        var result: [NewElement] = []
        var seen: Set<Tag> = []
        for child in file.dataSet.children(of: item) where seen.insert(nodes[child].tag).inserted {
            if let element = try copy(child) { result.append(element) }
        }
        return result
    }

    /// Nobody says in which order the bytes of an unknown value are: they stay.
    private func littleEndian(_ bytes: [UInt8], _ node: DataSetIndex.Node) -> [UInt8] {
        let unit = node.vr.unitSize
        guard node.encoding.isBigEndian, unit > 1 else { return bytes }
        return stride(from: 0, to: bytes.count, by: unit).flatMap { bytes[$0..<min($0 + unit, bytes.count)].reversed() }
    }
}
