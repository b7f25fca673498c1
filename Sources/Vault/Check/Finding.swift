/// Something about a vault that is not as it should be.
public struct Finding: Hashable, Sendable {
    /// What it is. Raw values are for scripts and stay.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// An object's bytes are not what was stored, or cannot be read.
        case corrupt
        /// The registry has recorded it, and no place has it.
        case missing
        /// The registry knows nothing of it.
        case unregistered
        /// The registry has recorded that it was removed, and it is still there.
        case undeleted
        /// The envelope of an object is not there.
        case envelopeMissing = "envelope-missing"
        /// The envelope of an object cannot be opened.
        case envelopeDamaged = "envelope-damaged"
        /// The site key that an envelope needs is not there.
        case keyMissing = "key-missing"
        /// An envelope is there without its object.
        case envelopeAlone = "envelope-alone"
        /// Others than the owner may read it, or somebody may write to it; it has been put right where that could be done.
        case mode
        /// Its file has another name somewhere, through which it could be changed.
        case linked
        /// It lies in two places: a move was interrupted. The next move goes on.
        case twice
        /// A file or folder that is none of the vault's.
        case stray
        /// A small file of the vault itself is damaged.
        case record
        /// A place is not there.
        case place
        /// Damaged bytes were put aside here, in `damaged/`.
        case setAside = "set-aside"
    }

    public var kind: Kind
    /// Of the plain bytes, where it is known.
    public var digest: String?
    /// The file, below the place.
    public var file: String?
    /// The folder of the place.
    public var place: String
    /// In words; lower case, no full stop.
    public var words: String
}

/// What a check came to.
public struct CheckReport: Hashable, Sendable {
    /// Objects that were read to their end.
    public var count = 0
    /// On disk.
    public var bytes: Int64 = 0
    /// Objects that the immutable flag protects.
    public var immutableCount = 0
    /// How many findings there are of each kind.
    public var findings: [Finding.Kind: Int] = [:]
    /// Digests or names of objects that were put aside, since another place has them whole.
    public var restored: [String] = []
    /// Folders of objects that were due, and how many of them were gone through.
    public var dueBuckets = 0
    public var doneBuckets = 0
    /// Ended before all was checked, since the caller asked for it. The next check goes on.
    public var isStopped = false

    /// Whether all is as it should be.
    public var isClean: Bool { findings.isEmpty }
}
