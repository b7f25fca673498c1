/// Values that come one after the other, each when it is asked for: the bytes of a body, the answers to a query. Nothing is
/// made that nobody asked for, so a slow reader slows its own sender. For one reader, who asks again only when it has its
/// answer.
public struct Feed<Element: Sendable>: Sendable {
    private let pull: @Sendable () async throws -> Element?

    /// - Parameter pull: the next value, and nil after the last, again and again.
    public init(_ pull: @escaping @Sendable () async throws -> Element?) { self.pull = pull }

    /// Values that are there already.
    public init(_ elements: [Element]) {
        let rest = Source(elements.makeIterator()) { iterator in iterator.next() }
        pull = { try await rest.next() }
    }

    /// The values of a sequence, from its beginning.
    public init<S: AsyncSequence & Sendable>(_ sequence: S) where S.Element == Element {
        let rest = Source(sequence.makeAsyncIterator()) { iterator in try await iterator.next() }
        pull = { try await rest.next() }
    }

    /// The next value, or nil after the last.
    public func next() async throws -> Element? { try await pull() }

    /// Each value as another.
    public func map<Other: Sendable>(_ transform: @escaping @Sendable (Element) throws -> Other) -> Feed<Other> {
        Feed<Other> { try await pull().map(transform) }
    }

    /// One value, and then those of this feed: for who had to look at the first.
    public func preceded(by first: Element) -> Feed {
        let head = Source([first].makeIterator()) { iterator in iterator.next() }
        return Feed {
            if let value = try await head.next() { return value }
            return try await pull()
        }
    }

    /// The values of several feeds, one feed after the other.
    public init(concatenating feeds: [Feed]) {
        let rest = Source((feeds: feeds[...], current: Feed?.none)) { state in
            while true {
                if let value = try await state.current?.next() { return value }
                guard let next = state.feeds.popFirst() else { return nil }
                state.current = next
            }
        }
        pull = { try await rest.next() }
    }

    /// All of them, at most so many; nil when there are more.
    public func collect(atMost limit: Int) async throws -> [Element]? {
        var result: [Element] = []
        while let element = try await next() {
            guard result.count < limit else { return nil }
            result.append(element)
        }
        return result
    }
}

/// An iterator that a closure keeps.
// SAFETY: a feed has one reader at a time, as its documentation asks; values that cross are Sendable.
private final class Source<Iterator, Element: Sendable>: @unchecked Sendable {
    private var iterator: Iterator
    private let advance: (inout Iterator) async throws -> Element?

    init(_ iterator: Iterator, _ advance: @escaping (inout Iterator) async throws -> Element?) {
        self.iterator = iterator
        self.advance = advance
    }

    func next() async throws -> Element? {
        var current = iterator
        defer { iterator = current }
        return try await advance(&current)
    }
}
