public import Host

/// How long bytes are kept, whatever holds there are.
public struct Retention: Hashable, Sendable {
    public enum Mode: String, Hashable, Sendable {
        /// May be shortened by who says expressly that they go round it, with a reason.
        case governance
        /// Nobody shortens it; it may be made longer.
        case compliance
    }

    public var id: Int64
    public var scope: Scope
    public var mode: Mode
    public var until: Instant
    public var author: Person
    public var reason: String
    public var time: Instant
}
