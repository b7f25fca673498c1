public import DICOMCore

/// Where every element of a data set lies: nodes in the order of the file, children after their parent. Holds no values.
public struct DataSetIndex: Sendable {
    /// The index of a node in `nodes`.
    public typealias NodeID = Int

    public enum Kind: UInt8, Sendable, Hashable {
        /// A value.
        case element
        /// SQ, or what is read as one: its children are items.
        case sequence
        /// An item of a sequence: its children are elements and sequences.
        case item
        /// Pixel Data as fragments. They are checked and counted, not indexed.
        case fragments
    }

    public struct Node: Sendable, Hashable {
        /// Item nodes have the tag (FFFE,E000).
        public var tag: Tag
        /// As encoded; in implicit VR, by dictionary (private ones by creator), UN when that does not know it.
        public var vr: VR
        public var kind: Kind
        /// In which this node's header and children are encoded: within UN of undefined length it is implicit (CP-246).
        public var encoding: ElementEncoding
        /// 0 at the top level.
        public var depth: UInt8
        public var hasUndefinedLength: Bool
        /// Offset of the header.
        public var start: Int
        /// Offset of the value, behind the header.
        public var valueStart: Int
        /// Behind the value, before a delimiter.
        public var valueEnd: Int
        /// Behind everything, the delimiter included. `start..<end` is the node's whole run of bytes.
        public var end: Int
        /// The node that holds this one; -1 at the top level. An element's parent is an item, an item's is a sequence.
        public var parent: Int32
        /// Behind the last descendant in `nodes`: `id + 1` for a leaf.
        public var subtreeEnd: Int32
        /// Items: their number in the sequence, from 1. Fragments: how many, the offset table included. Else 0.
        public var number: Int32

        public init(
            tag: Tag, vr: VR, kind: Kind, encoding: ElementEncoding, depth: UInt8, hasUndefinedLength: Bool,
            start: Int, valueStart: Int, valueEnd: Int, end: Int, parent: Int32, subtreeEnd: Int32, number: Int32
        ) {
            self.tag = tag
            self.vr = vr
            self.kind = kind
            self.encoding = encoding
            self.depth = depth
            self.hasUndefinedLength = hasUndefinedLength
            self.start = start
            self.valueStart = valueStart
            self.valueEnd = valueEnd
            self.end = end
            self.parent = parent
            self.subtreeEnd = subtreeEnd
            self.number = number
        }
    }

    public var nodes: [Node]

    public init(nodes: [Node] = []) { self.nodes = nodes }

    /// The children of a node, or of the data set itself (nil), in the order of the file.
    public func children(of parent: NodeID?) -> [NodeID] { [] }
    /// The child with this tag: the first, should there be several. Binary search where tags ascend.
    public func child(_ tag: Tag, of parent: NodeID? = nil) -> NodeID? { nil }
    /// Where the node is, for messages and records.
    public func path(of node: NodeID) -> AttributePath { .root }
    /// The creator of a private element, from the block in its own data set or item (PS3.5 7.8.1); needs the file's
    /// bytes, so `DICOMFile` has `creator(of:)`. All nodes that a pattern names, in the order of the file, are
    /// `DICOMFile.nodes(matching:)`.
}
