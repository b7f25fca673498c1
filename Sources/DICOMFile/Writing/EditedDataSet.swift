public import DICOMCore

/// A file with edits: describes the bytes of the result as runs copied from the original and new bytes between them.
/// Lengths of enclosing items and sequences, group lengths and, in a deflated syntax, the deflated stream are remade;
/// nothing else is. Without edits it is the file itself, byte for byte (P3).
///
/// A directory (DICOMDIR) holds offsets of its own records: edits that change lengths would make them wrong. Such a file
/// is not to be edited but made anew.
public struct EditedDataSet: Sendable {
    public enum EditError: Error, Hashable, Sendable {
        /// Two edits touch the same element, or one lies within another.
        case overlapping(AttributePath)
        /// The value is too long for its header (PS3.5 7.1.2), or an enclosing defined length would exceed 32 bits.
        case tooLong(AttributePath)
        /// An element is inserted that is there, and that no edit removes.
        case alreadyThere(AttributePath)
        /// The edit does not fit its place: no such element, another tag than the one it replaces, no item to insert
        /// into, items that are no sequence, an element of file meta information that is not of group 0002.
        case misplaced(AttributePath)
        /// New file meta information would have to name the transfer syntax of compressed pixels that nobody stated.
        case unknownTransferSyntax
    }

    let file: DICOMFile
    /// In place of everything before the data set; nil when that stays.
    let header: [UInt8]?
    /// Of the elements; nil when they stay.
    let plan: EditPlan?

    /// - Parameter fileMeta: replaces preamble and file meta information wholly; nil keeps both as they are. Group length,
    ///   version and transfer syntax are added where they are not given. A bare data set becomes a file of PS3.10 by it.
    public init(_ file: DICOMFile, edits: [Edit], fileMeta: [NewElement]? = nil) throws(EditError) {
        self.file = file
        header = try fileMeta.map { elements throws(EditError) in try Self.header(elements, file) }
        plan = edits.isEmpty ? nil : try EditPlan(edits, of: file.dataSet)
    }

    /// Whether the result is the original file, byte for byte.
    public var isUnchanged: Bool { header == nil && plan == nil }

    /// Whether all of the result comes out of the file and out of memory: no pixels that were made anew lie in a file of their own.
    public var isInMemory: Bool {
        plan?.runs.allSatisfy { if case .spilled = $0 { false } else { true } } ?? true
    }

    /// Preamble of zeros, `DICM`, group 0002 (PS3.10 7.1).
    private static func header(_ given: [NewElement], _ file: DICOMFile) throws(EditError) -> [UInt8] {
        var elements = given.filter { $0.tag != .fileMetaInformationGroupLength }
        if let other = elements.first(where: { $0.tag.group != 0x0002 }) {
            throw .misplaced(AttributePath(tag: other.tag))
        }
        if !elements.contains(where: { $0.tag == .fileMetaInformationVersion }) {
            elements.append(NewElement(tag: .fileMetaInformationVersion, vr: .OB, value: .bytes([0, 1])))
        }
        if !elements.contains(where: { $0.tag == .transferSyntaxUID }) {
            let isKnown = file.isTransferSyntaxStated || !file.dataSet.nodes.contains { $0.kind == .fragments }
            guard isKnown else { throw .unknownTransferSyntax }
            elements.append(NewElement(tag: .transferSyntaxUID, vr: .UI, text: file.transferSyntax.uid))
        }
        let group = try encoded(elements)
        let length = littleEndianBytes(UInt32(truncatingIfNeeded: group.count))
        let first = NewElement(tag: .fileMetaInformationGroupLength, vr: .UL, value: .bytes(length))
        return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + (try encoded([first])) + group
    }

    /// File meta information is explicit little endian and copies nothing of the original.
    private static func encoded(_ elements: [NewElement]) throws(EditError) -> [UInt8] {
        try NewElementEncoder(encoding: .explicitLittleEndian, original: 0..<0).bytes(of: elements)
    }

    private static func littleEndianBytes(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}
