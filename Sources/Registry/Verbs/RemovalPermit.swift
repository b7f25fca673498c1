/// Leave to remove or change bytes, which only a registry gives, after it has recorded the act and found nothing that forbids
/// it. Whoever keeps bytes asks for one; there is no other way to make it.
public struct RemovalPermit: Hashable, Sendable {
    public let act: Act
    /// Of the bytes that it is about, sorted; empty for a label or a key.
    public let digests: [String]
    /// The leaf on the custody log that tells of it.
    public let leaf: Int

    init(act: Act, digests: [String], leaf: Int) {
        self.act = act
        self.digests = digests
        self.leaf = leaf
    }
}

/// What an act is done on.
public enum ActTarget: Hashable, Sendable {
    /// Bytes, by their digests.
    case bytes([String])
    /// All bytes that were ever received as these SOP Instance UIDs.
    case instances([String])
    /// All bytes of a study.
    case study(String)
    /// Of acts that name their own object: a label, a key.
    case none
}
