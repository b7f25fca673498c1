/// How elements are written: with or without their VR, and in which byte order (PS3.5 7.1, 7.3, A).
@frozen
public enum ElementEncoding: Hashable, Sendable {
    case implicitLittleEndian
    case explicitLittleEndian
    case explicitBigEndian

    @inlinable public var isExplicit: Bool { self != .implicitLittleEndian }
    @inlinable public var isBigEndian: Bool { self == .explicitBigEndian }
}
