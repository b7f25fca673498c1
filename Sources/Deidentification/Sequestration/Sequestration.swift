/// Why an instance cannot be made safe. In words, without values; never passed on to a receiver.
public struct Sequestration: Error, Hashable {
    public var reason: String

    public init(_ reason: String) { self.reason = reason }
}
