/// What is handed over in a matter.
public struct Production: Sendable {
    public init() {}
}
