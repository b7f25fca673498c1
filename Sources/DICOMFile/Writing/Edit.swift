public import DICOMCore

/// A change to a data set, as data. A list of edits, none within another, is applied by `EditedDataSet`.
public enum Edit: Sendable, Hashable {
    /// The element goes, with everything in it; or an item goes from its sequence.
    case remove(DataSetIndex.NodeID)
    /// The element (or sequence) is replaced by a new one of the same tag.
    case replace(DataSetIndex.NodeID, NewElement)
    /// A new element, in the item or (nil) at the top level, at its place by tag.
    case insert(into: DataSetIndex.NodeID?, NewElement)
}

/// An element to be written, encoded as the place it goes to is.
public struct NewElement: Sendable, Hashable {
    public enum Value: Sendable, Hashable {
        /// Bytes in little endian order, already encoded in the character set of the place and of even length, or to be
        /// padded by the writer with the VR's padding.
        case bytes([UInt8])
        case items([[NewElement]])
        /// Bytes of the original data set, by their offsets as in its nodes: copied as they stand, in the byte order and
        /// VR that they have there. For a long value of which a part stays, such as pixels without what follows them.
        case original(Range<Int>)
        /// Such bytes that are cells of pixels, the first at the beginning of one: copied without what is in a cell beside
        /// its sample.
        case samples(Range<Int>, StoredBits)
        /// Bytes that were made before, in the byte order and VR that the original has.
        case spilled(Spill, Range<Int>)
        /// Pixel Data as fragments (PS3.5 A.4), the offset table first: written with undefined length, each fragment with
        /// its own, padded with a zero. Only an explicit little endian data set can have them.
        case fragments([Fragment])
    }

    /// A fragment of Pixel Data: bytes of the original and new ones, one after another.
    public struct Fragment: Sendable, Hashable {
        public enum Part: Sendable, Hashable {
            /// Bytes of the original data set, by their offsets as in its nodes.
            case original(Range<Int>)
            case new([UInt8])
            /// Bytes that were made before.
            case spilled(Spill, Range<Int>)
        }

        public var parts: [Part]

        public init(_ parts: [Part] = []) { self.parts = parts }

        /// Without the padding.
        public var byteCount: Int {
            parts.reduce(0) { sum, part in
                switch part {
                case .original(let range): sum + range.count
                case .new(let bytes): sum + bytes.count
                case .spilled(_, let range): sum + range.count
                }
            }
        }
    }

    public var tag: Tag
    public var vr: VR
    public var value: Value

    public init(tag: Tag, vr: VR, value: Value) {
        self.tag = tag
        self.vr = vr
        self.value = value
    }

    /// Text in the default repertoire, values joined by backslashes.
    public init(tag: Tag, vr: VR, text: String) {
        self.init(tag: tag, vr: vr, value: .bytes(Array(text.utf8)))
    }
}
