public import CMSEnvelope
import DICOMCore
import DICOMEncoding
public import DICOMFile

/// Gives a de-identified data set its originals back, for who has the private key (PS3.15 E.1.2). Pure, like its
/// counterpart. What was taken away and not encrypted stays away.
public struct Reidentifier: Sendable {
    private let key: RecipientKey

    public init(key: RecipientKey) { self.key = key }

    /// More than this is no encrypted identity (P9).
    static let longest = 64 << 20

    public func reidentify(_ file: DICOMFile) throws(ReidentificationError) -> Reidentified {
        guard let sequence = file.dataSet.child(.encryptedAttributesSequence) else {
            throw ReidentificationError(
                .nothingEncrypted, "it has no Encrypted Attributes Sequence (0400,0500): nothing can be given back")
        }
        guard !file.isMisstated else {
            throw ReidentificationError(.damaged, "its elements are not encoded as its transfer syntax says")
        }
        let items = file.dataSet.children(of: sequence)
        var opened: [ModifiedAttributes] = []
        var closed: [DataSetIndex.NodeID] = []
        var reason: ReidentificationError?
        for item in items {
            do throws(ReidentificationError) {
                opened.append(try ModifiedAttributes(item, of: file, key))
            } catch {
                // Nothing is given back by halves: what is for this key and cannot be read is an error.
                guard error.code == .notForKey else { throw error }
                closed.append(item)
                reason = reason ?? error
            }
        }
        guard !opened.isEmpty else {
            throw reason ?? ReidentificationError(.damaged, "Encrypted Attributes Sequence (0400,0500) is empty")
        }
        return try restored(file, sequence, opened, closed)
    }

    private func restored(
        _ file: DICOMFile, _ sequence: DataSetIndex.NodeID, _ opened: [ModifiedAttributes],
        _ closed: [DataSetIndex.NodeID]
    ) throws(ReidentificationError) -> Reidentified {
        // The first of several was made first, from what was there before the others.
        var originals: [Tag: NewElement] = [:]
        for modified in opened.reversed() {
            for element in modified.elements { originals[element.tag] = element }
        }
        let count = originals.count
        if originals[.patientIdentityRemoved] == nil {
            originals[.patientIdentityRemoved] = NewElement(tag: .patientIdentityRemoved, vr: .CS, text: "NO")
        }
        var removed: Set<Tag> = []
        for tag in [Tag.deidentificationMethod, .deidentificationMethodCodeSequence] where originals[tag] == nil {
            removed.insert(tag)
        }
        // Without a value: the original said nothing of it.
        let temporal = Tag.longitudinalTemporalInformationModified
        if case .bytes([])? = originals[temporal]?.value {
            originals[temporal] = nil
            removed.insert(temporal)
        }
        // What is not for this key stays for whom it is.
        if originals[.encryptedAttributesSequence] == nil, closed.isEmpty {
            removed.insert(.encryptedAttributesSequence)
        } else if originals[.encryptedAttributesSequence] == nil {
            originals[.encryptedAttributesSequence] = try Self.sequence(of: closed, file)
        }
        var edits: [Edit] = []
        for id in file.dataSet.children(of: nil) {
            let tag = file.dataSet.nodes[id].tag
            if let original = originals[tag] {
                let isFirst = file.dataSet.child(tag) == id
                edits.append(isFirst ? .replace(id, original) : .remove(id))
            } else if removed.contains(tag) {
                edits.append(.remove(id))
            }
        }
        for original in originals.values.sorted(by: { $0.tag < $1.tag })
        where file.dataSet.child(original.tag) == nil {
            edits.append(.insert(into: nil, original))
        }
        func text(_ tag: Tag) -> String? {
            for modified in opened where modified.holds(tag) { return modified.text(tag) }
            return file.text(tag)
        }
        guard let sopClass = text(.sopClassUID), let sopInstance = text(.sopInstanceUID) else {
            throw ReidentificationError(
                .damaged, "it has no SOP Class UID (0008,0016) or no SOP Instance UID (0008,0018)")
        }
        return Reidentified(
            edits: edits,
            fileMeta: NewFileMeta.elements(
                sopClass: sopClass, sopInstance: sopInstance, syntax: file.transferSyntax),
            patientID: text(.patientID) ?? "", studyInstanceUID: text(.studyInstanceUID) ?? "",
            seriesInstanceUID: text(.seriesInstanceUID) ?? "", sopInstanceUID: sopInstance, attributeCount: count)
    }

    private static func sequence(
        of items: [DataSetIndex.NodeID], _ file: DICOMFile
    ) throws(ReidentificationError) -> NewElement {
        var result: [[NewElement]] = []
        for item in items {
            do throws(ValueError) {
                result.append(try OriginalElement(file).elements(of: item))
            } catch {
                throw ReidentificationError(.damaged, "Encrypted Attributes Sequence (0400,0500) cannot be read")
            }
        }
        return NewElement(tag: .encryptedAttributesSequence, vr: .SQ, value: .items(result))
    }
}

/// A data set that has its identity back, as edits.
public struct Reidentified: Sendable {
    public var edits: [Edit]
    /// Replaces the file's own: its SOP Instance UID is the original one again.
    public var fileMeta: [NewElement]
    /// Original values, for names of folders and files.
    public var patientID: String
    public var studyInstanceUID: String
    public var seriesInstanceUID: String
    public var sopInstanceUID: String
    /// Attributes at the top level that were given back.
    public var attributeCount: Int
}

/// Why nothing is given back. Without values.
public struct ReidentificationError: Error, Hashable, Sendable {
    public enum Code: Hashable, Sendable {
        case nothingEncrypted
        /// What is encrypted is not for this key.
        case notForKey
        case damaged
    }

    public var code: Code
    /// Lower case, no full stop.
    public var reason: String

    init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}

extension ReidentificationError: CustomStringConvertible {
    public var description: String { reason }
}
