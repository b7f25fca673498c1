import Host
import Registry
import RuleEngine

/// An input that has been decided on, with what goes to OUT for it: under temporary names as yet, written or being written.
struct Prepared: Sendable {
    /// Without what only its copy tells: digests and path.
    var outcome: Outcome
    var verdict: Verdict?
    /// Nil where nothing is entered in a registry.
    var identity: InstanceIdentity?
    var copy: Copy?
    /// The file that says why an original was sequestered.
    var reason: Descriptor?

    /// The file of an outcome.
    struct Copy: Sendable {
        let written: Companions.Promise<Written>
        /// Nil for a sequestered original, whose digest is its name.
        let name: TargetName?
        let isContested: Bool
        /// Of the original, where the copy is another; nil for a copy byte for byte.
        var original: ContentDigest?
    }

    struct Written: Sendable {
        let digest: ContentDigest
        let size: Int
        let file: Descriptor
    }
}

/// A file that is written under a temporary name, and on its way to the disk.
struct PendingFile {
    var file: Descriptor
    var temporaryPath: String
    /// Relative to OUT.
    var path: String
}
