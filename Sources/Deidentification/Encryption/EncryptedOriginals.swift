import DICOMCore
import DICOMEncoding
import DICOMFile

/// Originals that go into Encrypted Attributes Sequence (0400,0500): as the only item of Modified Attributes Sequence
/// (0400,0550) of a data set of their own, sealed (PS3.15 E.1.1, PS3.3 C.12.1.1.4).
struct EncryptedOriginals {
    /// More than this is sequestered: all of it is in memory several times (P9). Names and descriptions are some
    /// kilobytes; a large overlay is one megabyte.
    static let longest = 16 << 20

    let file: DICOMFile
    let recipients: Recipients

    /// What the data set says of itself as de-identified; what it said before is an original too.
    private static let statements: [Tag] = [
        .patientIdentityRemoved, .deidentificationMethod, .deidentificationMethodCodeSequence,
    ]

    /// The edits that put originals away.
    ///
    /// - Parameters:
    ///   - roots: elements at the top level.
    ///   - isComplete: everything that changed is among them, so that what is given back is as it was.
    ///   - isAppended: what an earlier de-identification put away stays, and this comes behind it.
    func edits(
        _ roots: Set<DataSetIndex.NodeID>, isComplete: Bool, isAppended: Bool
    ) throws(Sequestration) -> [Edit] {
        var originals = try elements(roots)
        guard !originals.isEmpty else { return [] }
        let tag = Tag.longitudinalTemporalInformationModified
        if isComplete, !originals.contains(where: { $0.tag == tag }) {
            // Without a value: the original said nothing of it.
            originals.append(try statement(tag) ?? NewElement(tag: tag, vr: .CS, value: .bytes([])))
        }
        let modified = NewElement(tag: .modifiedAttributesSequence, vr: .SQ, value: .items([originals]))
        let content: [UInt8]
        do throws(EditedDataSet.EditError) {
            content = try NewElement.dataSet([modified], as: .explicitLittleEndian)
        } catch {
            throw Sequestration("originals cannot be written as a data set: \(error)")
        }
        let item = [
            NewElement(
                tag: .encryptedContentTransferSyntaxUID, vr: .UI, text: TransferSyntax.explicitLittleEndian.uid),
            NewElement(tag: .encryptedContent, vr: .OB, value: .bytes(try recipients.seal(content))),
        ]
        guard isAppended, let earlier = file.dataSet.child(.encryptedAttributesSequence),
            case .items(let items)? = try copy(earlier)?.value
        else {
            return [.insert(into: nil, NewElement(tag: .encryptedAttributesSequence, vr: .SQ, value: .items([item])))]
        }
        let all = NewElement(tag: .encryptedAttributesSequence, vr: .SQ, value: .items(items + [item]))
        return [.replace(earlier, all)]
    }

    /// Private elements come with their creator, text with its character set.
    private func elements(_ roots: Set<DataSetIndex.NodeID>) throws(Sequestration) -> [NewElement] {
        let nodes = file.dataSet.nodes
        // Pixels and their tables stay as they are written.
        var chosen = roots.filter { nodes[$0].tag.group != Tag.pixelData.group }
        guard !chosen.isEmpty else { return [] }
        for root in chosen {
            if let creator = nodes[root].tag.privateCreatorTag.flatMap({ file.dataSet.child($0) }) {
                chosen.insert(creator)
            }
        }
        for tag in Self.statements + [.specificCharacterSet] {
            if let root = file.dataSet.child(tag) { chosen.insert(root) }
        }
        let total = chosen.reduce(0) { $0 + nodes[$1].end - nodes[$1].start }
        guard total <= Self.longest else {
            throw Sequestration("the originals to be encrypted have more than \(Self.longest >> 20) MiB")
        }
        var result: [NewElement] = []
        var seen: Set<Tag> = []
        // Of elements that are there twice the first counts.
        for root in chosen.sorted() where seen.insert(nodes[root].tag).inserted {
            if let element = try copy(root) { result.append(element) }
        }
        return result
    }

    private func statement(_ tag: Tag) throws(Sequestration) -> NewElement? {
        guard let root = file.dataSet.child(tag) else { return nil }
        return try copy(root)
    }

    private func copy(_ root: DataSetIndex.NodeID) throws(Sequestration) -> NewElement? {
        do throws(ValueError) {
            return try OriginalElement(file).copy(root)
        } catch {
            throw Sequestration("the original of \(file.dataSet.nodes[root].tag) cannot be read")
        }
    }
}

extension Tag {
    static let encryptedAttributesSequence = Tag(0x0400, 0x0500)
    static let encryptedContentTransferSyntaxUID = Tag(0x0400, 0x0510)
    static let encryptedContent = Tag(0x0400, 0x0520)
    static let modifiedAttributesSequence = Tag(0x0400, 0x0550)
}
