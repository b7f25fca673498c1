/// Which services there are for the peer of an association.
public struct ServedServices: OptionSet, Hashable, Sendable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Objects are stored.
    public static let storage = ServedServices(rawValue: 1)
    /// C-FIND is answered.
    public static let query = ServedServices(rawValue: 2)
    public static let move = ServedServices(rawValue: 4)
    public static let get = ServedServices(rawValue: 8)
    /// Storage commitment is given.
    public static let commitment = ServedServices(rawValue: 16)
    /// What becomes of storage commitments is heard.
    public static let events = ServedServices(rawValue: 32)
}
