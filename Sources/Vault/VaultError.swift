import Host

/// Why the vault did not do what it was asked to. Names digests and names of the vault's own files; never a patient.
public struct VaultError: Error, Hashable, Sendable {
    public enum Code: Hashable, Sendable {
        /// There is no room, by the limit, by the reserve or on the device. The sender keeps what it has: a gateway
        /// answers A700 (PS3.4 B.2.3, out of resources), and the same object may be offered again later.
        case full
        /// The bytes are not what was stored.
        case corrupt
        /// No place of the vault has the object.
        case missing
        /// A folder that belongs to the vault is not there; perhaps it is not mounted.
        case place
        /// A key is missing, damaged, or others may read it.
        case key
        /// A small file of the vault itself is damaged.
        case record
        /// Something that cannot be done as it was asked.
        case arguments
        /// It may not be removed.
        case forbidden
        /// A call of the operating system failed.
        case system
    }

    public var code: Code
    /// Lower case, no full stop.
    public var message: String
    /// The object it is about: 64 hexadecimal digits.
    public var digest: String?

    public init(_ code: Code, _ message: String, digest: String? = nil) {
        self.code = code
        self.message = message
        self.digest = digest
    }
}

extension VaultError: CustomStringConvertible {
    public var description: String { digest.map { "object \($0): \(message)" } ?? message }
}
