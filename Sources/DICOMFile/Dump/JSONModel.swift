import DICOMCore
import DICOMEncoding

/// A file in the DICOM JSON Model (PS3.18 F). What the model leaves open is decided so:
///
/// - Numbers that JSON does not have are the strings `NaN`, `Infinity`, `-Infinity`. IS and DS are numbers, digit for digit,
///   or strings where the text is no number; SV and UV are strings beyond 2⁵³.
/// - A text that cannot be decoded is given as UN with its bytes, never with replacement characters.
/// - (0008,0005) keeps its value, which tells what the file has; the text is UTF-8 all the same (CP-2518).
/// - Of several elements with one tag in one item the first is given: an object cannot have two.
public struct JSONModel: Sendable {
    public struct Options: Sendable, Hashable {
        /// The most bytes of OB, OD, OF, OL, OV, OW, UN that are given inline.
        public var inlineBinaryLimit = 1024
        /// What stands before `?offset=…&length=…` in a BulkDataURI, by which longer values (and all fragments) are named:
        /// a URI of the file, or nothing for a reference relative to it. Offsets count as `DataSetIndex` does.
        public var bulkDataBase = ""
        /// Names longer values by where they are in the data set, `/00400100/1/00420011`, not by their offsets: such names
        /// mean the same in every file of the instance.
        public var namesBulkDataByPath = false
        /// Group 0002, which is no part of a data set (PS3.18 F.2 does not have it).
        public var includesFileMeta = false

        public init() {}
    }

    private let file: DICOMFile
    private let options: Options

    public init(_ file: DICOMFile, options: Options = Options()) {
        self.file = file
        self.options = options
    }

    /// The data set as one object.
    public func write(to json: inout JSONWriter) {
        json.object { json in
            if options.includesFileMeta { write(file.fileMeta.children(of: nil), .fileMeta, to: &json) }
            write(file.dataSet.children(of: nil), .dataSet, to: &json)
        }
    }

    private func write(_ children: [DataSetIndex.NodeID], _ part: DICOMFile.Part, to json: inout JSONWriter) {
        let nodes = file.index(of: part).nodes
        // Nodes come in the order of the file, which is that of tags in all but damaged ones.
        let ordered = children.sorted { (nodes[$0].tag, $0) < (nodes[$1].tag, $1) }
        var previous: Tag?
        for node in ordered where !nodes[node].tag.isGroupLength && nodes[node].tag != previous {
            previous = nodes[node].tag
            json.object(for: Self.name(nodes[node].tag)) { json in write(node, part, to: &json) }
        }
    }

    /// `00100010`.
    static func name(_ tag: Tag) -> String { hexadecimal(tag.group) + hexadecimal(tag.element) }

    private func write(_ node: DataSetIndex.NodeID, _ part: DICOMFile.Part, to json: inout JSONWriter) {
        let element = file.index(of: part).nodes[node]
        if element.kind == .sequence {
            let items = file.index(of: part).children(of: node)
            json.string("SQ", for: "vr")
            guard !items.isEmpty else { return }
            json.array(for: "Value") { json in
                for item in items {
                    json.object { json in write(file.index(of: part).children(of: item), part, to: &json) }
                }
            }
            return
        }
        let vr = file.valueRepresentation(of: node, in: part)
        guard element.kind == .element, ValueDecoder.hasText(vr), let values = try? file.values(of: node, in: part)
        else {
            writeBinary(node, part, to: &json)
            return
        }
        json.string("\(vr)", for: "vr")
        guard !values.isEmpty else { return }
        json.array(for: "Value") { json in
            for value in values { Self.write(value, vr: vr, to: &json) }
        }
    }

    /// Bytes, or what could not be decoded.
    private func writeBinary(_ node: DataSetIndex.NodeID, _ part: DICOMFile.Part, to json: inout JSONWriter) {
        let element = file.index(of: part).nodes[node]
        let vr = file.valueRepresentation(of: node, in: part)
        let isBinary = vr.isDefined && !ValueDecoder.hasText(vr) && vr != .SQ
        json.string("\(isBinary ? vr : .UN)", for: "vr")
        let length = element.valueEnd - element.valueStart
        guard length > 0 || element.kind == .fragments else { return }
        guard element.kind == .element, length <= options.inlineBinaryLimit,
            let bytes = try? file.bytes(of: node, in: part)
        else {
            json.string(bulkDataURI(node, part), for: "BulkDataURI")
            return
        }
        // PS3.18 F.2.7 leaves the byte order to PS3.5; JSON comes without a transfer syntax, so it is little endian.
        json.base64(file.isBigEndian(element) ? Self.swapped(bytes, unit: vr.unitSize) : bytes, for: "InlineBinary")
    }

    private func bulkDataURI(_ node: DataSetIndex.NodeID, _ part: DICOMFile.Part) -> String {
        let index = file.index(of: part)
        guard options.namesBulkDataByPath else {
            let element = index.nodes[node]
            return "\(options.bulkDataBase)?offset=\(element.valueStart)&length=\(element.valueLength)"
        }
        let path = index.path(of: node)
        let steps = path.steps.map { "/\(Self.name($0.sequence))/\($0.item)" }.joined()
        return options.bulkDataBase + steps + (path.tag.map { "/" + Self.name($0) } ?? "")
    }

    private static func swapped(_ bytes: [UInt8], unit: Int) -> [UInt8] {
        guard unit > 1, bytes.count % unit == 0 else { return bytes }
        return stride(from: 0, to: bytes.count, by: unit).flatMap { bytes[$0..<$0 + unit].reversed() }
    }

    private static func write(_ value: String, vr: VR, to json: inout JSONWriter) {
        guard !value.isEmpty else { return json.null() }
        switch vr {
        case .PN: writeName(value, to: &json)
        case .AT: json.string(value.filter(\.isHexDigit))
        case .DS, .IS:
            if let number = NumericText.json(value) { json.number(json: number) } else { json.string(value) }
        case .SV, .UV:
            let isExact = Int(value).map { $0.magnitude <= 1 << 53 } ?? false
            if isExact { json.number(json: value) } else { json.string(value) }
        case .FL, .FD:
            switch value {
            case "nan": json.string("NaN")
            case "inf": json.string("Infinity")
            case "-inf": json.string("-Infinity")
            default: json.number(json: value)
            }
        case .SS, .SL, .UL, .US: json.number(json: value)
        default: json.string(value)
        }
    }

    /// PS3.18 F.2.2: the groups as they are written, those that are not empty.
    private static func writeName(_ value: String, to json: inout JSONWriter) {
        json.object { json in
            let groups = value.unicodeScalars.split(separator: "=", maxSplits: 2, omittingEmptySubsequences: false)
            for (key, group) in zip(["Alphabetic", "Ideographic", "Phonetic"], groups) where !group.isEmpty {
                json.string(String(group), for: key)
            }
        }
    }
}
