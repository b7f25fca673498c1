public import DICOMCore
public import DICOMEncoding

/// A DICOM file, mapped and indexed; or bytes in memory, for tests and for gateways. Immutable, shared freely.
public final class DICOMFile: Sendable {
    public enum Preamble: String, Sendable, Hashable { case zero, tiff, executable, other, none }

    public let preamble: Preamble
    /// Group 0002, always explicit little endian; empty for a bare data set.
    public let fileMeta: DataSetIndex
    public let dataSet: DataSetIndex
    public let transferSyntax: TransferSyntax
    /// Bytes of the file, as stored.
    public let size: Int

    /// Maps and indexes. Throws `ParseError` for whatever cannot be read to its end.
    public init(path: String, limits: ParseLimits = ParseLimits(), scratch: String? = nil) throws(ParseError) {
        throw ParseError(.unreadableFile, at: 0, expected: "")
    }
    public init(bytes: [UInt8], limits: ParseLimits = ParseLimits()) throws(ParseError) {
        throw ParseError(.unreadableFile, at: 0, expected: "")
    }

    /// Which index a node is of.
    public enum Part: Sendable, Hashable { case fileMeta, dataSet }

    /// A copy of the value's bytes, as stored. Throws `ValueError.unreadable` when the file no longer gives them: somebody
    /// cut it, or the disk failed; an empty answer would say that the element has no value.
    public func bytes(of node: DataSetIndex.NodeID, in part: Part = .dataSet) throws(ValueError) -> [UInt8] { [] }

    /// The private creator that reserved the block of a private element, in the same item.
    public func creator(of node: DataSetIndex.NodeID) -> String? { nil }

    /// All nodes that the pattern names, in the order of the file. A path into file meta matches nothing here.
    public func nodes(matching pattern: PathPattern) -> [DataSetIndex.NodeID] { [] }
    /// Within one item: the pattern begins there.
    public func nodes(matching pattern: PathPattern, in item: DataSetIndex.NodeID) -> [DataSetIndex.NodeID] { [] }
}

/// What a reader refuses to go beyond (P9).
public struct ParseLimits: Sendable, Hashable {
    /// Deepest nesting of sequences: real objects have six.
    public var depth = 32
    /// Most nodes of one data set: an enhanced MR of ten thousand frames has about twenty million.
    public var nodes = 64_000_000
    /// Most bytes that a deflated data set may grow to.
    public var inflatedBytes = 16 << 30

    public init() {}
}
