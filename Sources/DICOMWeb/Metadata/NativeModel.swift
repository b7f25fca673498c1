import DICOMCore
import DICOMDictionary
import DICOMEncoding
public import DICOMFile
import Host

/// A file in the Native DICOM Model (PS3.19 A.1), which PS3.18 F calls `application/dicom+xml`. UTF-8, whatever the file
/// has. The same is left out, given as UN or by reference as in `JSONModel`.
public struct NativeModel: Sendable {
    private let file: DICOMFile
    private let options: JSONModel.Options

    public init(_ file: DICOMFile, options: JSONModel.Options = JSONModel.Options()) {
        self.file = file
        self.options = options
    }

    public var bytes: [UInt8] {
        var xml = XMLText()
        xml.open("NativeDicomModel", ["xmlns": Self.namespace, "xml:space": "preserve"])
        write(file.dataSet.children(of: nil), to: &xml)
        xml.close("NativeDicomModel")
        return xml.bytes
    }

    static let namespace = "http://dicom.nema.org/PS3.19/models/NativeDICOM"

    private func write(_ children: [DataSetIndex.NodeID], to xml: inout XMLText) {
        let nodes = file.dataSet.nodes
        let ordered = children.sorted { (nodes[$0].tag, $0) < (nodes[$1].tag, $1) }
        var previous: Tag?
        for node in ordered where !nodes[node].tag.isGroupLength && nodes[node].tag != previous {
            previous = nodes[node].tag
            write(node, to: &xml)
        }
    }

    private func write(_ node: DataSetIndex.NodeID, to xml: inout XMLText) {
        let element = file.dataSet.nodes[node]
        let declared = file.valueRepresentation(of: node)
        let values = element.kind == .element && ValueDecoder.hasText(declared) ? try? file.values(of: node) : nil
        let isBinary = declared.isDefined && !ValueDecoder.hasText(declared) && declared != .SQ
        let vr: VR =
            element.kind == .sequence ? .SQ : values != nil ? declared : isBinary ? declared : .UN
        xml.open("DicomAttribute", attributes(node, vr))
        if element.kind == .sequence {
            for (index, item) in file.dataSet.children(of: node).enumerated() {
                xml.open("Item", ["number": String(index + 1)])
                write(file.dataSet.children(of: item), to: &xml)
                xml.close("Item")
            }
        } else if let values {
            for (index, value) in values.enumerated() {
                if vr == .PN {
                    write(name: value, number: index + 1, to: &xml)
                } else {
                    let text = vr == .AT ? value.filter(\.isHexDigit) : Self.number(value)
                    xml.element("Value", text, ["number": String(index + 1)])
                }
            }
        } else if element.valueLength > 0 || element.kind == .fragments {
            if element.kind == .element, element.valueLength <= options.inlineBinaryLimit,
                let bytes = try? file.bytes(of: node)
            {
                let isSwapped = element.encoding.isBigEndian && element.vr != .UN
                xml.element("InlineBinary", Base64.encode(isSwapped ? Self.swapped(bytes, vr.unitSize) : bytes))
            } else {
                xml.element("BulkData", nil, ["uri": options.bulkDataBase + file.dataSet.bulkDataPath(of: node)])
            }
        }
        xml.close("DicomAttribute")
    }

    /// PS3.19 A.1.5: a private element has the number that it has in its block, and its creator beside it.
    private func attributes(_ node: DataSetIndex.NodeID, _ vr: VR) -> KeyValuePairs<String, String?> {
        let tag = file.dataSet.nodes[node].tag
        let creator = file.creator(of: node)
        let number = creator == nil ? tag.element : tag.element & 0xFF
        let keyword = StandardDictionary.entry(for: tag)?.keyword
        return [
            "tag": hexadecimal(tag.group) + hexadecimal(number), "vr": "\(vr)",
            "keyword": keyword?.isEmpty == false ? keyword : nil, "privateCreator": creator,
        ]
    }

    /// The components of PS3.5 6.2.1.1, in the words of the model.
    private func write(name: String, number: Int, to xml: inout XMLText) {
        xml.open("PersonName", ["number": String(number)])
        let groups = name.unicodeScalars.split(separator: "=", maxSplits: 2, omittingEmptySubsequences: false)
        for (element, group) in zip(["Alphabetic", "Ideographic", "Phonetic"], groups) where !group.isEmpty {
            xml.open(element)
            let parts = group.split(separator: "^", maxSplits: 4, omittingEmptySubsequences: false)
            for (component, part) in zip(Self.components, parts) where !part.isEmpty {
                xml.element(component, String(part))
            }
            xml.close(element)
        }
        xml.close("PersonName")
    }

    static let components = ["FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix"]

    /// As XML Schema writes them.
    private static func number(_ value: String) -> String {
        switch value {
        case "nan": "NaN"
        case "inf": "INF"
        case "-inf": "-INF"
        default: value
        }
    }

    private static func swapped(_ bytes: [UInt8], _ unit: Int) -> [UInt8] {
        guard unit > 1, bytes.count % unit == 0 else { return bytes }
        return stride(from: 0, to: bytes.count, by: unit).flatMap { bytes[$0..<$0 + unit].reversed() }
    }
}

extension DataSetIndex {
    /// `/00400100/1/00420011`: how bulk data is named within its instance, here and by `JSONModel`.
    func bulkDataPath(of node: NodeID) -> String {
        let path = path(of: node)
        func name(_ tag: Tag) -> String { hexadecimal(tag.group) + hexadecimal(tag.element) }
        let steps = path.steps.map { "/\(name($0.sequence))/\($0.item)" }.joined()
        return steps + (path.tag.map { "/" + name($0) } ?? "")
    }

    /// The node that such a path leads to.
    func node(atBulkDataPath path: String) -> NodeID? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.count % 2 == 1, parts.count <= 65 else { return nil }
        var item: NodeID?
        for index in stride(from: 0, to: parts.count - 1, by: 2) {
            guard let tag = Tag(parts[index]), let number = Int(parts[index + 1]), number > 0,
                let sequence = child(tag, of: item), nodes[sequence].kind == .sequence
            else { return nil }
            let items = children(of: sequence)
            guard number <= items.count else { return nil }
            item = items[number - 1]
        }
        return parts.last.flatMap { Tag($0) }.flatMap { child($0, of: item) }
    }
}
