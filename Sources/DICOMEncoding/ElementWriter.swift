public import DICOMCore

/// Elements to bytes, appended to a buffer (PS3.5 7.1, 7.3, 7.5).
public struct ElementWriter: Sendable {
    public let encoding: ElementEncoding
    public var bytes: [UInt8] = []

    @inlinable
    public init(_ encoding: ElementEncoding) { self.encoding = encoding }

    /// Bytes that the header of an element takes.
    public static func headerByteCount(_ vr: VR, _ encoding: ElementEncoding) -> Int {
        encoding.isExplicit && vr.headerForm == .long ? 12 : 8
    }

    /// The header of an element, or (with a tag of group FFFE) of an item or delimiter. The caller has seen to it that
    /// the length fits: a short one beyond 65535 is a programmer's error and traps.
    @inlinable
    public mutating func appendHeader(_ tag: Tag, _ vr: VR, _ length: ValueLength) {
        append(tag.group)
        append(tag.element)
        guard encoding.isExplicit, !tag.isDelimiter else { return append(length.rawValue) }
        bytes.append(UInt8(truncatingIfNeeded: vr.code))
        bytes.append(UInt8(truncatingIfNeeded: vr.code >> 8))
        guard vr.headerForm == .long else { return append(UInt16(length.rawValue)) }
        append(UInt16(0))
        append(length.rawValue)
    }

    @inlinable
    public mutating func append<T: FixedWidthInteger>(_ value: T) {
        let width = T.bitWidth / 8
        for index in 0..<width {
            let shift = (encoding.isBigEndian ? width - 1 - index : index) * 8
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// A value in little endian order: swapped by the width of its VR in big endian, padded to an even length.
    public mutating func appendValue(_ value: [UInt8], _ vr: VR) {
        let unit = vr.unitSize
        if encoding.isBigEndian, unit > 1 {
            var start = 0
            while start < value.count {
                let end = min(start + unit, value.count)
                bytes.append(contentsOf: value[start..<end].reversed())
                start = end
            }
        } else {
            bytes.append(contentsOf: value)
        }
        if value.count % 2 == 1 { bytes.append(vr.padding) }
    }
}
