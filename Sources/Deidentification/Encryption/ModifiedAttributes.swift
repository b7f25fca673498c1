import CMSEnvelope
import DICOMCore
import DICOMEncoding
import DICOMFile

/// The originals in one item of Encrypted Attributes Sequence (0400,0500): a data set with Modified Attributes Sequence
/// (0400,0550) of one item.
struct ModifiedAttributes {
    let elements: [NewElement]
    private let content: DICOMFile
    private let item: DataSetIndex.NodeID

    init(_ item: DataSetIndex.NodeID, of file: DICOMFile, _ key: RecipientKey) throws(ReidentificationError) {
        guard let encrypted = file.dataSet.child(.encryptedContent, of: item) else {
            throw Self.damaged("it has no Encrypted Content (0400,0520)")
        }
        guard file.dataSet.nodes[encrypted].valueLength <= Reidentifier.longest else {
            throw Self.damaged("it has more than \(Reidentifier.longest >> 20) MiB")
        }
        guard let envelope = try? file.bytes(of: encrypted) else { throw Self.damaged("it cannot be read") }
        let bytes: [UInt8]
        do throws(EnvelopeError) {
            bytes = try Envelope.open(envelope, with: key)
        } catch {
            throw error.code == .notForKey
                ? ReidentificationError(.notForKey, "Encrypted Content (0400,0520): \(error)")
                : Self.damaged("\(error)")
        }
        content = try Self.dataSet(bytes, syntax: Self.syntax(item, file))
        guard let sequence = content.dataSet.child(.modifiedAttributesSequence),
            let only = content.dataSet.children(of: sequence).first,
            content.dataSet.children(of: sequence).count == 1
        else { throw Self.unlike("Modified Attributes Sequence (0400,0550) of one item") }
        self.item = only
        do throws(ValueError) {
            elements = try OriginalElement(content).elements(of: only)
        } catch {
            throw Self.damaged("it cannot be read")
        }
        guard !elements.isEmpty else { throw Self.unlike("originals") }
        guard !elements.contains(where: { $0.tag.group == Tag.pixelData.group }) else {
            throw Self.damaged("it holds pixels, which are never given back from here")
        }
    }

    private static func damaged(_ what: String) -> ReidentificationError {
        ReidentificationError(.damaged, "Encrypted Content (0400,0520): \(what)")
    }

    /// A key that does not fit can give bytes of any kind: with padding of PKCS #1 v1.5 nobody is told.
    private static func unlike(_ expected: String) -> ReidentificationError {
        ReidentificationError(
            .notForKey, "Encrypted Content (0400,0520): the key does not open it: what comes of it has no \(expected)")
    }

    private static func syntax(_ item: DataSetIndex.NodeID, _ file: DICOMFile) -> String {
        file.dataSet.child(.encryptedContentTransferSyntaxUID, of: item).flatMap { try? file.values(of: $0).first }
            ?? TransferSyntax.explicitLittleEndian.uid
    }

    /// As a file, with the transfer syntax that is stated for it.
    private static func dataSet(_ bytes: [UInt8], syntax: String) throws(ReidentificationError) -> DICOMFile {
        do {
            let meta = try NewElement.dataSet(
                [NewElement(tag: .transferSyntaxUID, vr: .UI, text: syntax)], as: .explicitLittleEndian)
            return try DICOMFile(bytes: [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + meta + bytes)
        } catch {
            throw unlike("elements")
        }
    }

    func holds(_ tag: Tag) -> Bool { content.dataSet.child(tag, of: item) != nil }

    /// The first value, nil when it is empty or unreadable.
    func text(_ tag: Tag) -> String? {
        guard let node = content.dataSet.child(tag, of: item), let first = try? content.values(of: node).first,
            !first.isEmpty
        else { return nil }
        return first
    }
}
