/// Original bytes, as they were received.
public struct Vault: Sendable {
    public init() {}
}
