/// The secret from which all pseudonyms and UIDs of a site come. 32 bytes, in a file that only its owner may read.
public struct DeidentificationKey: Sendable {
    public struct KeyError: Error, Hashable, Sendable {
        /// What is wrong, with the path and what to do.
        public var message: String
        public init(message: String) { self.message = message }
    }

    /// Makes a new key file with mode 0600; refuses to overwrite one.
    public static func create(at path: String) throws(KeyError) {}
    /// Reads a key file; refuses one that others may read or that is no key.
    public init(path: String) throws(KeyError) {}
    /// 16 hexadecimal digits that name the key and tell nothing of it.
    public var fingerprint: String { "" }
}
