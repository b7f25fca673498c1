public import DICOMCore

/// Tag, VR and length: what stands before a value (PS3.5 7.1).
@frozen
public struct ElementHeader: Hashable, Sendable {
    public var tag: Tag
    /// As written; UN in implicit VR and for delimiters, which have none.
    public var vr: VR
    public var length: ValueLength
    /// Bytes of the header itself: 8 or 12.
    public var byteCount: Int

    @inlinable
    public init(tag: Tag, vr: VR, length: ValueLength, byteCount: Int) {
        self.tag = tag
        self.vr = vr
        self.length = length
        self.byteCount = byteCount
    }

    /// The longest header: a reader that has so many bytes before it, or all there are, can read on.
    public static let longest = 12

    /// Reads a header. The VR of the result may be one that PS3.5 does not know; its length is then the short one, and
    /// the caller decides.
    ///
    /// - Parameter end: nothing of the header lies behind it; at most `bytes.byteCount`.
    /// - Returns: nil when the bytes end within the header.
    @inlinable @inline(__always)
    public static func read(
        from bytes: borrowing RawSpan, at offset: Int, end: Int, encoding: ElementEncoding
    ) -> ElementHeader? {
        guard end &- offset >= 8 else { return nil }
        let isBig = encoding.isBigEndian
        let tag = bytes.tag(at: offset, bigEndian: isBig)
        guard encoding.isExplicit, !tag.isDelimiter else {
            let length = bytes.integer(UInt32.self, at: offset &+ 4, bigEndian: isBig)
            return ElementHeader(tag: tag, vr: .UN, length: ValueLength(rawValue: length), byteCount: 8)
        }
        let vr = VR(code: bytes.littleEndian(UInt16.self, at: offset &+ 4))
        guard vr.headerForm == .long else {
            let length = bytes.integer(UInt16.self, at: offset &+ 6, bigEndian: isBig)
            return ElementHeader(tag: tag, vr: vr, length: .bytes(UInt32(length)), byteCount: 8)
        }
        guard end &- offset >= 12 else { return nil }
        let length = bytes.integer(UInt32.self, at: offset &+ 8, bigEndian: isBig)
        return ElementHeader(tag: tag, vr: vr, length: ValueLength(rawValue: length), byteCount: 12)
    }
}
