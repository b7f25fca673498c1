/// Why a bundle, a key or a trust file is refused: what, and what to do.
public struct BundleError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// A file cannot be read or written.
        case unavailable
        /// It is no bundle, or it is damaged: it is not byte for byte what was made.
        case malformed
        /// Nobody, or too few, of those who are trusted have signed.
        case unsigned
        /// A signature is wrong, of a key that is not trusted, or there twice.
        case signature
        /// The rule set is not one of those that are trusted.
        case ruleSet
        /// The revision is older than one that was accepted, or the same and something else.
        case replayed
        /// What is in it does not load, or is not what the manifest says.
        case content
        case key
        /// The trust file, or what is remembered beside it, cannot be used.
        case trust
    }

    public var code: Code
    /// Lower case, no full stop.
    public var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
