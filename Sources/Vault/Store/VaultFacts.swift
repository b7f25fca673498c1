import Glibc
import Host

/// What a vault is and can.
public struct VaultFacts: Hashable, Sendable {
    public struct ColdPlace: Hashable, Sendable {
        public var path: String
        public var isThere: Bool
    }

    public var coldPlaces: [ColdPlace]
    /// Whether the file system has an immutable flag, and this user may set it.
    public var canBeImmutable: Bool
    /// The id of the key that new objects are wrapped with.
    public var currentKey: String?
}

extension Vault {
    public func facts() throws(VaultError) -> VaultFacts {
        let places = try coldPlaces().map { VaultFacts.ColdPlace(path: $0.path, isThere: $0.isThere(vault: id)) }
        var canBeImmutable = false
        if isWritable {
            canBeImmutable = try VaultError.wrapping("a file cannot be made in the vault") { () throws(SystemError) in
                let probe = try TemporaryFile(in: home.temporary, name: "probe")
                defer { ImmutableFlag.put(false, probe.descriptor) }
                return ImmutableFlag.put(true, probe.descriptor)
            }
        }
        return VaultFacts(coldPlaces: places, canBeImmutable: canBeImmutable, currentKey: keys?.current.id)
    }
}
