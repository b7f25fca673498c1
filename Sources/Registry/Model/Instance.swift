public import Host

/// An instance that was seen. The same SOP Instance UID with other bytes is another record: nothing takes another's place.
public struct Instance: Hashable, Sendable {
    /// Of the bytes as received, 64 hexadecimal digits.
    public var digest: String
    /// In bytes.
    public var size: Int64
    /// Values as text, several joined by backslashes. What is absent, or cannot be read, has no entry.
    public var attributes: [InstanceAttribute: String]
    /// What is there and cannot be read. It may be anything: a hold on any value of it covers the instance.
    public var unreadable: Set<InstanceAttribute>
    public var received: Instant
    /// Where it came from: an AE title, an address, a folder's owner. Never a path, which may name a patient.
    public var source: String

    public init(
        digest: String, size: Int64, attributes: [InstanceAttribute: String],
        unreadable: Set<InstanceAttribute> = [], received: Instant, source: String
    ) {
        self.digest = digest
        self.size = size
        self.attributes = attributes
        self.unreadable = unreadable
        self.received = received
        self.source = source
    }
}

/// An instance as the registry has it.
public struct RecordedInstance: Hashable, Sendable {
    public var instance: Instance
    /// Where the custody log says that it was first received.
    public var leaf: Int
    /// When somebody was permitted to remove or change the bytes, or when they were seen and not kept; nil while they are to
    /// be as they were received.
    public var removed: Instant?

    public init(instance: Instance, leaf: Int, removed: Instant? = nil) {
        self.instance = instance
        self.leaf = leaf
        self.removed = removed
    }
}
