/// Where the bytes of a DICOM file come from when it is neither a file of its own nor in memory: an object that is decrypted
/// piece by piece, say, of which a decision reads the beginning alone.
public protocol ByteSource: Sendable {
    /// In bytes; it does not change.
    var size: Int { get }
    /// Exactly these bytes. Whatever is handed out is what was stored: a source that cannot be sure of a byte throws.
    func bytes(in range: Range<Int>) throws(ByteSourceError) -> [UInt8]
}

/// Bytes that a source cannot give.
public struct ByteSourceError: Error, Hashable, Sendable {
    /// For people, without a path: `its bytes are not what was sealed`.
    public var reason: String

    public init(_ reason: String) { self.reason = reason }
}
