import ArgumentParser
import Batch
import Host
import Inputs
import RuleLanguage

/// The rule set and the state of a registry by which a batch is decided: the same for workers and for who publishes.
struct BatchOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The rule set.", valueName: "file"))
    var rules: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Take the rule set from a bundle, and only if those have signed it whom this file trusts.",
            valueName: "file"))
    var requireSigned: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Labels, holds and lists as `cordon registry snapshot` took them.", valueName: "file"))
    var snapshot: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "SHA-256 that the snapshot must have; that of FILE.sha256 if not given.", valueName: "digest"))
    var snapshotDigest: String?

    mutating func validate() throws {
        guard snapshot != nil || snapshotDigest == nil else {
            throw ValidationError("--snapshot-digest goes with --snapshot")
        }
        guard snapshotDigest.map({ $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) }) ?? true else {
            throw ValidationError("--snapshot-digest is 64 hexadecimal digits")
        }
    }

    /// - Parameter limit: how old it may be, in seconds; nil for any age.
    func openedSnapshot(limit: Int64?) throws(RunError) -> WorkerSnapshot? {
        guard let snapshot else { return nil }
        return try WorkerSnapshot(path: snapshot, digest: snapshotDigest, limit: limit, now: .now)
    }

    /// The rule set with the lists of the snapshot.
    ///
    /// - Parameter remembers: whether the machine is to know that this revision was used; workers keep nothing.
    func ruleSet(tier: Int?, _ snapshot: WorkerSnapshot?, remembers: Bool) throws -> RuleSet {
        try RuleSource.load(
            rules, tier: tier, lists: snapshot.map { $0.lists },
            trust: requireSigned, remembers: remembers)
    }
}
