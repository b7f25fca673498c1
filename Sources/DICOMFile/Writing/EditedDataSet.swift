public import DICOMCore

/// A file with edits: describes the bytes of the result as runs copied from the original and new bytes between them.
/// Lengths of enclosing items and sequences, group lengths and, in a deflated syntax, the deflated stream are remade;
/// nothing else is. Without edits it is the file itself, byte for byte (P3).
public struct EditedDataSet: Sendable {
    public enum EditError: Error, Hashable, Sendable {
        /// Two edits touch the same element, or one lies within another.
        case overlapping(AttributePath)
        /// The value is too long for its header (PS3.5 7.1.2), or an enclosing defined length would exceed 32 bits.
        case tooLong(AttributePath)
    }

    /// - Parameter fileMeta: replaces preamble and file meta information wholly; nil keeps both as they are.
    public init(_ file: DICOMFile, edits: [Edit], fileMeta: [NewElement]? = nil) throws(EditError) {}

    /// Whether the result is the original file, byte for byte.
    public var isUnchanged: Bool { true }

    /// Writes the result to an open descriptor, in order, and hands every run to `observe` (for a digest). Throws
    /// `WriteError` with the system's reason.
    public func write(to descriptor: Int32, observe: (UnsafeRawBufferPointer) -> Void) throws {}

    /// The result in memory, for tests and small objects.
    public func bytes() throws -> [UInt8] { [] }
}
