/// Why something was not done: what, and what to do. Never patient data; the holds that forbid an act are in `holds`, and
/// only their numbers and matters in the words.
public struct RegistryError: Error, Hashable, Sendable {
    public enum Code: String, Hashable, Sendable {
        /// A hold or a retention forbids it (P6). The attempt is on the custody log.
        case forbidden
        /// Somebody else must do it. The attempt is on the custody log.
        case anotherPerson = "another-person"
        /// What it is about is not in the registry.
        case unknown
        /// It cannot be meant.
        case invalid
        /// It contradicts what the registry has.
        case conflict
        /// Others have been writing for as long as we are willing to wait.
        case busy
        /// There is no room on the disk.
        case full
        /// The file cannot be read, written or made.
        case storage
        /// The file is not what was written.
        case damaged
        /// A later version of Cordon wrote it.
        case newer
        /// Others than its owner may read it.
        case exposed
        /// Somebody has it open.
        case inUse = "in-use"
    }

    public var code: Code
    /// Lower case, no full stop.
    public var what: String
    /// What to do about it.
    public var advice: String
    public var holds: [Hold]
    public var retentions: [Retention]

    public init(
        _ code: Code, _ what: String, advice: String, holds: [Hold] = [], retentions: [Retention] = []
    ) {
        self.code = code
        self.what = what
        self.advice = advice
        self.holds = holds
        self.retentions = retentions
    }
}

extension RegistryError: CustomStringConvertible {
    public var description: String { advice.isEmpty ? what : "\(what); \(advice)" }
}
