public import DICOMCore
public import DICOMFile

/// A digital signature in a data set (PS3.15 Annex C; PS3.3 C.12.1.1.3), as it stands there: nothing about it is checked yet.
public struct DigitalSignature: Sendable {
    /// Its item of Digital Signatures Sequence.
    public let node: DataSetIndex.NodeID
    /// The item whose elements it signs; nil for the data set itself.
    public let scope: DataSetIndex.NodeID?
    /// `(FFFA,FFFA)/1`.
    public let place: String
    /// Digital Signature UID (0400,0100).
    public let uid: String?
    /// Digital Signature DateTime (0400,0105), as it is written.
    public let dateTime: String?
    /// What stands in MAC Parameters Sequence for it.
    let parameters: Parameters?

    struct Parameters: Sendable {
        var algorithm: String
        var transferSyntax: String
        /// Data Elements Signed (0400,0020), as they stand.
        var tags: [Tag]
    }

    /// Elements of its data set or item that it signs; nil where that cannot be read.
    public var signedTags: [Tag]? { parameters?.tags }
}

extension DigitalSignature {
    static let sequence = Tag(0xFFFA, 0xFFFA)
    static let parametersSequence = Tag(0x4FFE, 0x0001)

    /// All signatures of a data set, at every level, in the order of the file.
    public static func all(in file: DICOMFile) -> [DigitalSignature] {
        let index = file.dataSet
        return index.nodes.indices.filter {
            index.nodes[$0].tag == sequence && index.nodes[$0].kind == .sequence
        }.flatMap { sequence in
            index.children(of: sequence).map { DigitalSignature($0, sequence, in: file) }
        }
    }

    /// Whether a signatures sequence stands somewhere that cannot be read as one.
    static func isHidden(in file: DICOMFile) -> Bool {
        file.dataSet.nodes.contains { $0.tag == sequence && $0.kind != .sequence && $0.valueLength > 0 }
    }

    private init(_ item: DataSetIndex.NodeID, _ sequence: DataSetIndex.NodeID, in file: DICOMFile) {
        let index = file.dataSet
        let parent = index.nodes[sequence].parent
        node = item
        scope = parent < 0 ? nil : DataSetIndex.NodeID(parent)
        place = index.path(of: item).description
        func text(_ element: UInt16) -> String? {
            index.child(Tag(0x0400, element), of: item).flatMap { try? file.values(of: $0) }?.first
        }
        uid = text(0x0100)
        dateTime = text(0x0105)
        parameters = Self.parameters(text(0x0005), of: scope, in: file)
    }

    /// The item of MAC Parameters Sequence with a MAC ID Number; nil when there is none, or more than one.
    private static func parameters(
        _ id: String?, of scope: DataSetIndex.NodeID?, in file: DICOMFile
    ) -> Parameters? {
        let index = file.dataSet
        guard let id, let sequence = index.child(parametersSequence, of: scope) else { return nil }
        func text(_ element: UInt16, _ item: DataSetIndex.NodeID) -> String? {
            index.child(Tag(0x0400, element), of: item).flatMap { try? file.values(of: $0) }?.first
        }
        let items = index.children(of: sequence).filter { text(0x0005, $0) == id }
        guard items.count == 1, let algorithm = text(0x0015, items[0]), let syntax = text(0x0010, items[0]),
            let list = index.child(Tag(0x0400, 0x0020), of: items[0]), index.nodes[list].valueLength <= 1 << 20,
            let bytes = try? file.bytes(of: list), bytes.count.isMultiple(of: 4)
        else { return nil }
        let isBig = index.nodes[list].encoding.isBigEndian
        let tags = stride(from: 0, to: bytes.count, by: 4).map { start in
            func word(_ offset: Int) -> UInt16 {
                let (first, second) = (UInt16(bytes[start + offset]), UInt16(bytes[start + offset + 1]))
                return isBig ? first << 8 | second : second << 8 | first
            }
            return Tag(word(0), word(2))
        }
        return Parameters(algorithm: algorithm, transferSyntax: syntax, tags: tags)
    }
}
