/// A status of PS3.7 Annex C and of the service classes of PS3.4. Its number is what travels.
public struct Status: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public enum Category: Hashable, Sendable { case success, warning, failure, cancel, pending }

    /// PS3.7 C, Table C-1; a number that no table has is a failure.
    public var category: Category {
        switch rawValue {
        case 0: .success
        case 1, 0x0107, 0x0116, 0xB000...0xBFFF: .warning
        case 0xFE00: .cancel
        case 0xFF00, 0xFF01: .pending
        default: .failure
        }
    }

    public static let success = Status(rawValue: 0)
    public static let pending = Status(rawValue: 0xFF00)
    /// Pending, and optional keys were not all supported (PS3.4 C.4.1.1.4).
    public static let pendingWithoutOptionalKeys = Status(rawValue: 0xFF01)
    public static let cancel = Status(rawValue: 0xFE00)
    /// PS3.4 B.2.3: out of resources.
    public static let outOfResources = Status(rawValue: 0xA700)
    public static let dataSetDoesNotMatchSOPClass = Status(rawValue: 0xA900)
    public static let cannotUnderstand = Status(rawValue: 0xC000)
    /// PS3.4 C.4.2: the number of matches cannot be calculated.
    public static let cannotCountMatches = Status(rawValue: 0xA701)
    public static let cannotPerformSubOperations = Status(rawValue: 0xA702)
    public static let moveDestinationUnknown = Status(rawValue: 0xA801)
    public static let subOperationsWithFailures = Status(rawValue: 0xB000)
    public static let sopClassNotSupported = Status(rawValue: 0x0122)
    public static let notAuthorized = Status(rawValue: 0x0124)
    public static let processingFailure = Status(rawValue: 0x0110)
    public static let duplicateInvocation = Status(rawValue: 0x0210)
    public static let unrecognizedOperation = Status(rawValue: 0x0211)
    public static let mistypedArgument = Status(rawValue: 0x0212)
    public static let resourceLimitation = Status(rawValue: 0x0213)
    public static let noSuchSOPClass = Status(rawValue: 0x0118)
    public static let noSuchActionType = Status(rawValue: 0x0123)
    public static let noSuchObjectInstance = Status(rawValue: 0x0112)

    public var description: String {
        let digits = String(rawValue, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits + "H"
    }
}
