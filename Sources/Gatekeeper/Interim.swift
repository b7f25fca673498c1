import RuleEngine

enum WriteError: Error, Hashable, Sendable {
    case system(Int32)
    case unreadable(String)
    case originalChanged
    case deflate
}
