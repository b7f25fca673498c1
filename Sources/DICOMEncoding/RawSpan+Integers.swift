public import DICOMCore

/// Integers out of borrowed bytes. The one file of this module with `unsafe` in it.
extension RawSpan {
    /// The integer at an offset, in the byte order of this machine. Traps outside of the span: callers have compared the
    /// offset with `byteCount` before.
    @inlinable @inline(__always)
    func native<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at offset: Int) -> T {
        // SAFETY: the load checks its bounds; every bit pattern is a valid fixed-width integer.
        unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: T.self)
    }

    @inlinable @inline(__always)
    public func littleEndian<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at offset: Int) -> T {
        T(littleEndian: native(T.self, at: offset))
    }

    @inlinable @inline(__always)
    public func bigEndian<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at offset: Int) -> T {
        T(bigEndian: native(T.self, at: offset))
    }

    /// The tag at an offset: group first, each in the byte order given.
    @inlinable @inline(__always)
    public func tag(at offset: Int, bigEndian: Bool) -> Tag {
        if bigEndian { return Tag(rawValue: self.bigEndian(UInt32.self, at: offset)) }
        let both = littleEndian(UInt32.self, at: offset)
        return Tag(rawValue: both << 16 | both >> 16)
    }

    @inlinable @inline(__always)
    public func integer<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at offset: Int, bigEndian: Bool) -> T {
        bigEndian ? self.bigEndian(T.self, at: offset) : littleEndian(T.self, at: offset)
    }

    /// A copy of some bytes.
    public func copy(_ range: Range<Int>) -> [UInt8] {
        // SAFETY: the array copies the bytes before the pointer goes.
        unsafe extracting(range).withUnsafeBytes { bytes in unsafe [UInt8](bytes) }
    }
}

extension [UInt8] {
    /// The array's bytes, borrowed.
    public var rawSpan: RawSpan {
        @_lifetime(borrow self)
        get {
            // SAFETY: bytes have no padding that could be read by mistake.
            unsafe span.bytes
        }
    }
}
