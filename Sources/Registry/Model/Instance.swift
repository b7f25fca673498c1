public import Host

/// An instance that was seen. The same SOP Instance UID with other bytes is another record: nothing takes another's place.
public struct Instance: Hashable, Sendable {
    /// Of the bytes as received, 64 hexadecimal digits.
    public var digest: String
    /// In bytes.
    public var size: Int64
    /// Values as text, several joined by backslashes. What is absent, or cannot be read, has no entry.
    public var attributes: [InstanceAttribute: String]
    public var received: Instant
    /// Where it came from: an AE title, an address, a folder's owner. Never a path, which may name a patient.
    public var source: String

    public init(
        digest: String, size: Int64, attributes: [InstanceAttribute: String], received: Instant, source: String
    ) {
        self.digest = digest
        self.size = size
        self.attributes = attributes
        self.received = received
        self.source = source
    }
}
