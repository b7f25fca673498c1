/// Why a Key Object Selection cannot be made or read. Never patient data.
public struct KeyObjectError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Lower case unless it begins with a name; no full stop.
    public var description: String

    init(_ description: String) { self.description = description }
}
