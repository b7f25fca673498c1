import DICOMCore
import DICOMDictionary
import DICOMEncoding
import Host

extension WebDataSet {
    /// Reads one data set of the Native DICOM Model (PS3.19 A.1). UTF-8 alone, and no document type, so that there are no
    /// entities but those of XML itself.
    public init(xml bytes: [UInt8]) throws(MetadataError) {
        let root = try XMLNode.parse(bytes)
        guard root.name == "NativeDicomModel" else { throw MetadataError(at: 0, expected: "a NativeDicomModel") }
        try self.init(Self.elements(root))
    }

    private static func elements(_ parent: XMLNode) throws(MetadataError) -> [Element] {
        var blocks = PrivateBlocks()
        var result: [Element] = []
        for node in parent.children where node.name == "DicomAttribute" {
            guard var tag = node.attributes["tag"].flatMap({ Tag($0) }) else {
                throw MetadataError(at: node.offset, expected: "a tag of eight hexadecimal digits")
            }
            // PS3.19 A.1.5: the creator is beside the attribute, whose tag has the number in the block alone; the block is
            // any that is free.
            if let creator = node.attributes["privateCreator"], tag.isPrivate {
                tag = try blocks.tag(tag, creator, node.offset)
            } else if tag.isPrivateCreator {
                blocks.reserve(tag, node)
            }
            result.append(try element(tag, node))
        }
        for (tag, creator) in blocks.missing where !result.contains(where: { $0.tag == tag }) {
            result.append(
                Element(tag: tag, vr: .LO, value: .bytes(try ValueWriter.bytes([creator], vr: .LO))))
        }
        return result.sorted { $0.tag < $1.tag }
    }

    private static func element(_ tag: Tag, _ node: XMLNode) throws(MetadataError) -> Element {
        func malformed(_ what: String) -> MetadataError {
            MetadataError(at: node.offset, expected: "\(what) in \(tag)")
        }
        var vr = StandardDictionary.vr(of: tag) ?? .UN
        if let text = node.attributes["vr"] {
            guard let stated = VR(text) else { throw malformed("a VR of PS3.5") }
            vr = stated
        }
        if vr == .SQ {
            let items = numbered(node.children.filter { $0.name == "Item" })
            guard let items else { throw malformed("items numbered from 1") }
            return Element(
                tag: tag, vr: vr,
                value: .items(try items.map { item throws(MetadataError) in try item.map(elements) ?? [] }))
        }
        if let bulk = node.children.first(where: { $0.name == "BulkData" }) {
            guard let uri = bulk.attributes["uri"] ?? bulk.attributes["uuid"] else { throw malformed("a `uri`") }
            return Element(tag: tag, vr: vr, value: .bulkData(uri))
        }
        if let inline = node.children.first(where: { $0.name == "InlineBinary" }) {
            let text = inline.text.utf8.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
            guard let bytes = Base64.decode(text) else { throw malformed("base64 (RFC 4648 4)") }
            return Element(tag: tag, vr: vr, value: .bytes(bytes))
        }
        let values = numbered(node.children.filter { $0.name == "Value" || $0.name == "PersonName" })
        guard let values else { throw malformed("values numbered from 1") }
        guard !values.isEmpty else { return Element(tag: tag, vr: vr, value: .bytes([])) }
        guard ValueDecoder.hasText(vr) else { throw malformed("InlineBinary or BulkData for \(vr)") }
        let texts = values.map { value in value.map { vr == .PN ? name($0) : number($0.text, vr) } ?? "" }
        do {
            return Element(tag: tag, vr: vr, value: .bytes(try ValueWriter.bytes(texts, vr: vr)))
        } catch {
            throw malformed(error.expected)
        }
    }

    /// Of the values of an element, or of the items of a sequence, so many may be left out: each takes a place in memory, and none
    /// in the text.
    private static let mostLeftOut = 256

    /// By their `number`, from 1; those that are left out are nil.
    private static func numbered(_ nodes: [XMLNode]) -> [XMLNode?]? {
        var result: [XMLNode?] = []
        for (index, node) in nodes.enumerated() {
            let number = node.attributes["number"].map { Int($0) } ?? index + 1
            guard let number, number > result.count, number <= nodes.count + mostLeftOut else { return nil }
            while result.count < number - 1 { result.append(nil) }
            result.append(node)
        }
        return result
    }

    private static func name(_ node: XMLNode) -> String {
        var groups = ["Alphabetic", "Ideographic", "Phonetic"].map { group -> String in
            guard let group = node.children.first(where: { $0.name == group }) else { return "" }
            var parts = NativeModel.components.map { component in
                group.children.first { $0.name == component }?.text ?? ""
            }
            while parts.last == "" { parts.removeLast() }
            return parts.joined(separator: "^")
        }
        while groups.last == "" { groups.removeLast() }
        return groups.joined(separator: "=")
    }

    private static func number(_ text: String, _ vr: VR) -> String {
        guard vr == .FL || vr == .FD else { return text }
        switch text {
        case "NaN": return "nan"
        case "INF": return "inf"
        case "-INF": return "-inf"
        default: return text
        }
    }
}

/// Which block each private creator has in one item.
private struct PrivateBlocks {
    private var blocks: [UInt16: [(creator: String, block: UInt16)]] = [:]

    mutating func reserve(_ tag: Tag, _ node: XMLNode) {
        // One whose character set nobody knows is given by its bytes.
        let inline = node.children.first { $0.name == "InlineBinary" }.flatMap { Base64.decode($0.text.utf8) }
        let text =
            node.children.first { $0.name == "Value" }?.text ?? inline.map { String(decoding: $0, as: UTF8.self) }
        var creator = (text ?? "")[...]
        while creator.last == " " || creator.last == "\0" { creator.removeLast() }
        while creator.first == " " { creator.removeFirst() }
        blocks[tag.group, default: []].append((String(creator), tag.element))
    }

    mutating func tag(_ tag: Tag, _ creator: String, _ offset: Int) throws(MetadataError) -> Tag {
        let known = blocks[tag.group, default: []]
        let element = tag.element & 0xFF
        if let found = known.first(where: { $0.creator == creator }) {
            return Tag(tag.group, found.block << 8 | element)
        }
        guard let free = (0x10...0xFF).first(where: { block in !known.contains { $0.block == block } }) else {
            throw MetadataError(at: offset, expected: "fewer private creators")
        }
        blocks[tag.group, default: []].append((creator, UInt16(free)))
        return Tag(tag.group, UInt16(free) << 8 | element)
    }

    /// Creator elements that the document may not have had.
    var missing: [(tag: Tag, creator: String)] {
        blocks.flatMap { group, known in known.map { (Tag(group, $0.block), $0.creator) } }.sorted { $0.tag < $1.tag }
    }
}
