/// Somebody who acts: the name that the site knows, as the gateway and the console have it from a login.
public struct Person: Hashable, Sendable, CustomStringConvertible {
    public let name: String

    /// Nil for a name that is empty, longer than 128 characters, or has control characters in it.
    public init?(_ name: String) {
        let isPrintable = name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard !name.isEmpty, name.count <= 128, isPrintable, name.first != " ", name.last != " " else { return nil }
        self.name = name
    }

    public var description: String { name }

    /// Whether both names are one person's: case, and how letters are composed, make nobody another.
    public func isSame(as other: Person) -> Bool { FoldedText.key(name) == FoldedText.key(other.name) }
}
