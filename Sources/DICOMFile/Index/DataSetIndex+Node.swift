public import DICOMCore

extension DataSetIndex {
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

    /// An element, sequence or item, and where it lies. 40 bytes, so that a data set of a million elements fits.
    public struct Node: Sendable, Hashable {
        /// Offset of the header.
        public let start: Int
        /// Behind the value, before a delimiter.
        public internal(set) var valueEnd: Int
        /// Item nodes have the tag (FFFE,E000).
        public let tag: Tag
        /// The node that holds this one; -1 at the top level. An element's parent is an item, an item's is a sequence.
        public let parent: Int32
        /// Behind the last descendant in `nodes`: `id + 1` for a leaf.
        public internal(set) var subtreeEnd: Int32
        /// Items: their number in the sequence, from 1. Fragments: how many, the offset table included. Else 0.
        public internal(set) var number: Int32
        /// As encoded; in implicit VR, by dictionary (private ones by creator), UN when that does not know it. It may be
        /// one that PS3.5 does not define.
        public let vr: VR
        public internal(set) var kind: Kind
        /// In which this node's header is encoded. The items of a sequence say how what is in them is: within UN of
        /// undefined length it is implicit little endian (PS3.5 6.2.2).
        public let encoding: ElementEncoding
        /// How many sequences lie around it: 0 at the top level, 1 for the items of a sequence there and what they hold.
        public let depth: UInt8
        private let headerByteCount: UInt8
        /// Ended by a delimiter rather than by its length.
        public let hasUndefinedLength: Bool
        /// An element whose bytes should be a sequence, or begin as one, and could not be read as one to their end.
        public internal(set) var isUnreadSequence = false

        public init(
            tag: Tag, vr: VR, kind: Kind, encoding: ElementEncoding, depth: UInt8, hasUndefinedLength: Bool,
            start: Int, valueStart: Int, valueEnd: Int, parent: Int32, subtreeEnd: Int32, number: Int32
        ) {
            self.start = start
            self.valueEnd = valueEnd
            self.tag = tag
            self.parent = parent
            self.subtreeEnd = subtreeEnd
            self.number = number
            self.vr = vr
            self.kind = kind
            self.encoding = encoding
            self.depth = depth
            self.headerByteCount = UInt8(clamping: valueStart - start)
            self.hasUndefinedLength = hasUndefinedLength
        }

        /// Offset of the value, behind the header.
        public var valueStart: Int { start + Int(headerByteCount) }
        /// Bytes of the value, without header and delimiter.
        public var valueLength: Int { valueEnd - valueStart }
        /// Behind everything, the delimiter included. `start..<end` is the node's whole run of bytes.
        public var end: Int { hasUndefinedLength ? valueEnd + 8 : valueEnd }
    }
}
