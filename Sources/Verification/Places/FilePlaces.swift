import DICOMCore
import DICOMDictionary
import DICOMEncoding
import DICOMFile

/// Every place of a DICOM file where a value can stand, with the bytes there.
struct FilePlaces {
    let file: DICOMFile

    /// One place. Long values come in pieces that overlap, so that nothing hides on an edge.
    struct Place {
        var name: String
        var tag: Tag?
        var bytes: [UInt8]
        var kind: ByteKind
        /// The text that the bytes are, where they are not ASCII.
        var text: String?
    }

    static let pieceSize = 1 << 20
    private static let overlap = 512

    /// - Parameter head: the first bytes of the file as stored.
    func forEach(head: [UInt8], _ body: (Place) -> Void) {
        if file.preamble != .none {
            body(Place(name: "preamble", tag: nil, bytes: Array(head.prefix(128)), kind: .bytes))
        }
        for part in [DICOMFile.Part.fileMeta, .dataSet] {
            for (node, element) in file.index(of: part).nodes.enumerated() where element.valueLength > 0 {
                switch element.kind {
                case .element: visit(node, element, part, body)
                case .fragments: visitFragments(node, element, body)
                case .sequence, .item: break
                }
            }
        }
        if !file.transferSyntax.isDeflated, file.dataSet.range.upperBound < file.size {
            visit(file.dataSet.range.upperBound..<file.size, "bytes behind the data set", nil, .bytes, body)
        }
    }

    private func visit(
        _ node: Int, _ element: DataSetIndex.Node, _ part: DICOMFile.Part, _ body: (Place) -> Void
    ) {
        let vr = file.valueRepresentation(of: node, in: part)
        let name = "\(file.index(of: part).path(of: node))"
        let kind = Self.kind(vr, element)
        guard let kind else { return }
        if part == .fileMeta {
            guard let bytes = try? file.bytes(of: node, in: part) else { return }
            body(Place(name: name, tag: element.tag, bytes: bytes, kind: kind))
            return
        }
        let range = element.valueStart..<element.valueEnd
        if element.tag == Tag(0x7FE0, 0x0010) || element.tag.group & 0xFF01 == 0x7F00 {
            let samples = NativePixels.byteCount(in: file, node).map { min($0, range.count) } ?? range.count
            let end = range.lowerBound + samples
            visit(range.lowerBound..<end, name, element.tag, .pixels, body)
            visit(end..<range.upperBound, "\(name), behind the pixels", element.tag, .bytes, body)
            return
        }
        if element.tag == Tag(0x0042, 0x0011), range.count <= EncapsulatedDocument.largest,
            let bytes = try? file.bytes(of: node)
        {
            for text in EncapsulatedDocument.texts(in: bytes) {
                body(Place(name: name, tag: element.tag, bytes: text.bytes, kind: text.kind))
            }
        }
        guard range.count <= Self.pieceSize, let bytes = try? file.bytes(of: node) else {
            visit(range, name, element.tag, kind, body)
            return
        }
        var text: String?
        if vr.usesSpecificCharacterSet, bytes.contains(where: { $0 >= 0x80 || $0 == 0x1B }) {
            text = TextValues.lenient(of: node, in: file, part).joined(separator: "\\")
        }
        body(Place(name: name, tag: element.tag, bytes: bytes, kind: kind, text: text))
    }

    private func visit(
        _ range: Range<Int>, _ name: String, _ tag: Tag?, _ kind: ByteKind, _ body: (Place) -> Void
    ) {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + Self.pieceSize, range.upperBound)
            guard let bytes = try? file.bytes(in: start..<end) else { return }
            body(Place(name: name, tag: tag, bytes: bytes, kind: kind))
            if end == range.upperBound { return }
            start = end - Self.overlap
        }
    }

    /// Nil for a few binary numbers, which hold no text.
    private static func kind(_ vr: VR, _ element: DataSetIndex.Node) -> ByteKind? {
        switch vr {
        case .DA, .TM, .DT, .AS, .DS, .IS, .UI: .number
        case .AE, .CS, .LO, .LT, .PN, .SH, .ST, .UC, .UR, .UT: .text
        case .US, .SS, .UL, .SL, .FL, .FD, .AT, .SV, .UV, .OW, .OL, .OF, .OD, .OV:
            if element.tag.isPrivate { .bytes } else { element.valueLength >= 16 ? .pixels : nil }
        default: .bytes
        }
    }

    private func visitFragments(_ node: Int, _ element: DataSetIndex.Node, _ body: (Place) -> Void) {
        let name = "\(file.dataSet.path(of: node))"
        Fragments(file: file, element: element).forEach { number, range in
            guard range.count <= Codestream.largest, let bytes = try? file.bytes(in: range) else {
                visit(range, "\(name), fragment \(number)", element.tag, .pixels, body)
                return
            }
            for segment in Codestream.segments(of: bytes, plane: NativePixels.runLengthPlane(in: file, node)) {
                let place = "\(name), fragment \(number)\(segment.name.isEmpty ? "" : ", \(segment.name)")"
                let kind: ByteKind = segment.isCoded ? .pixels : .bytes
                body(Place(name: place, tag: element.tag, bytes: Array(bytes[segment.range]), kind: kind))
            }
        }
    }
}

/// The items of encapsulated Pixel Data (PS3.5 A.4).
struct Fragments {
    let file: DICOMFile
    let element: DataSetIndex.Node

    /// Number from 0, the offset table, and where the fragment lies.
    func forEach(_ body: (Int, Range<Int>) -> Void) {
        var position = element.valueStart
        var number = 0
        while position + 8 <= element.valueEnd, let header = try? file.bytes(in: position..<position + 8) {
            let isBig = element.encoding.isBigEndian
            let length = (0..<4).reduce(0) { $0 | Int(header[isBig ? 7 - $1 : 4 + $1]) << ($1 * 8) }
            let start = position + 8
            guard length <= element.valueEnd - start else { return }
            body(number, start..<start + length)
            position = start + length
            number += 1
        }
    }
}

/// How many bytes the samples of native Pixel Data take (PS3.5 8.1.1).
enum NativePixels {
    /// Pixels of one plane, where the transfer syntax is RLE; nil elsewhere.
    static func runLengthPlane(in file: DICOMFile, _ node: Int) -> Int? {
        guard file.transferSyntax.uid == "1.2.840.10008.1.2.5" else { return nil }
        let parent = file.dataSet.nodes[node].parent
        let item = parent < 0 ? nil : Int(parent)
        func number(_ element: UInt16) -> Int? {
            file.dataSet.child(Tag(0x0028, element), of: item).flatMap { (try? file.values(of: $0))?.first }.flatMap {
                Int($0.trimmingBlanks)
            }
        }
        guard let rows = number(0x0010), let columns = number(0x0011), rows > 0, columns > 0 else { return nil }
        return rows.multipliedReportingOverflow(by: columns).partialValue
    }

    /// Nil where the data set does not say, or says something impossible.
    static func byteCount(in file: DICOMFile, _ node: Int) -> Int? {
        let parent = file.dataSet.nodes[node].parent
        let item = parent < 0 ? nil : Int(parent)
        func number(_ element: UInt16, _ group: UInt16 = 0x0028) -> Int? {
            guard let child = file.dataSet.child(Tag(group, element), of: item),
                let value = (try? file.values(of: child))?.first
            else { return nil }
            return Int(value.trimmingBlanks)
        }
        guard let rows = number(0x0010), let columns = number(0x0011), let bits = number(0x0100) else { return nil }
        let samples = number(0x0002) ?? 1, frames = max(1, number(0x0008) ?? 1)
        guard rows > 0, columns > 0, bits > 0, samples > 0, rows <= 65535, columns <= 65535, bits <= 64, samples <= 4,
            frames < 1 << 24
        else { return nil }
        // 4:2:2 shares its colour between two pixels (PS3.3 C.7.6.3.1.2).
        let photometric = file.dataSet.child(Tag(0x0028, 0x0004), of: item).flatMap {
            (try? file.values(of: $0))?.first
        }
        let shared = samples == 3 && photometric?.contains("422") == true
        let (count, overflow) = (rows * columns * (shared ? 2 : samples)).multipliedReportingOverflow(by: frames * bits)
        return overflow ? nil : (count + 7) / 8
    }
}
