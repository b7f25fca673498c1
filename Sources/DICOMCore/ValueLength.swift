/// The length in an element's header: a number of bytes, or undefined (PS3.5 7.1.1), in which case a delimiter ends the
/// value. A type of its own, so that nobody adds 0xFFFFFFFF to an offset.
@frozen
public enum ValueLength: Hashable, Sendable {
    case bytes(UInt32)
    case undefined

    @inlinable
    public init(rawValue: UInt32) { self = rawValue == 0xFFFF_FFFF ? .undefined : .bytes(rawValue) }

    @inlinable public var rawValue: UInt32 {
        switch self {
        case .bytes(let count): count
        case .undefined: 0xFFFF_FFFF
        }
    }
}
