public import Host

extension Registry {
    /// What somebody asked for, and another must ask for too.
    public struct Wish: Hashable, Sendable {
        public var person: Person
        public var reason: String
        public var time: Instant
    }
}
