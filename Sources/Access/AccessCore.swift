public import Deidentification
public import DICOMFile
import Gatekeeper
public import Host
public import Registry
public import RuleEngine
public import RuleLanguage

/// The one place that decides who sees what. Every verb of every protocol that looks into the archive is one of these, and
/// nothing else can reach the archive (`ArchiveLeave`).
///
/// A study that an asker may not see is, for that asker, not there: the same answer, the same status, the same way through
/// the code as for one that never was. Holds do not prevent looking.
///
/// It keeps no answers: each study is judged by what the registry knows at that moment, so a label counts at once.
///
/// ## Topics
/// - Looking: `query(_:by:each:)`, `retrieve(_:by:to:begin:each:)`, `metadata(_:by:begin:each:)`
/// - Break-glass: `breakGlass(_:by:)`, `endGrant(_:by:reason:)`
public final class AccessCore: Sendable {
    let ruleSet: RuleSet
    let evaluator: Evaluator
    let policy: AccessPolicy
    let registry: Registry
    let archive: any Archive
    let key: DeidentificationKey?
    let clock: @Sendable () -> Instant
    let scratch: String
    let originals: KeptOriginals?
    let handles = Handles()
    let people = PeopleOfStudies()
    /// Whether anybody is shown anything that a profile makes.
    let deidentifies: Bool
    /// Of no study yet: made once, copied for each.
    let emptyBook: StudyBook
    let listsAreAskedAgain: Bool
    let alert: @Sendable (Grant, Bool) -> Void

    /// - Parameters:
    ///   - evaluator: of the rule set; nil takes one that looks at no signatures, so that what rules ask of them is unknown.
    ///   - key: for what audiences get de-identified; nil where none does.
    ///   - clock: when it is.
    ///   - alert: told when somebody breaks the glass, and when it is over; beside the audit message, for a page or a mail.
    ///   - originals: instances that were kept: text of copies is cleaned of what they say of people. Nil for none, and then of what
    ///     the registry and the archive say.
    ///   - scratch: a folder for what is de-identified on its way; on a disk with room for an instance at a time.
    /// - Throws: `AccessError` with code `configuration` when an audience is not in the rule set, or cannot be served.
    public init(
        ruleSet: RuleSet, evaluator: Evaluator? = nil, policy: AccessPolicy, registry: Registry, archive: any Archive,
        key: DeidentificationKey? = nil, originals: KeptOriginals? = nil, scratch: String,
        clock: @escaping @Sendable () -> Instant = { .now },
        alert: @escaping @Sendable (_ grant: Grant, _ isStarted: Bool) -> Void = { _, _ in }
    ) throws(AccessError) {
        self.ruleSet = ruleSet
        self.policy = policy
        self.registry = registry
        self.archive = archive
        self.key = key
        self.originals = originals
        self.scratch = scratch
        self.clock = clock
        self.alert = alert
        self.evaluator = evaluator ?? Evaluator(ruleSet)
        emptyBook = StudyBook(ruleSet)
        listsAreAskedAgain = Self.asksListsOfWhatIsKept(ruleSet)
        let audiences = Set(policy.table.rows.map(\.audience) + (policy.breakGlass?.audience.map { [$0] } ?? []))
        deidentifies = audiences.contains { name in
            ruleSet.audiences[name].map { !Gate.profiles(of: $0).isEmpty } ?? false
        }
        for audience in audiences {
            guard ruleSet.audiences[audience] != nil else {
                throw AccessError(
                    .configuration, "audience `\(audience)` is not in the rule set",
                    advice: "it has \(ruleSet.audiences.keys.sorted().prefix(10).joined(separator: ", "))")
            }
            _ = try gate(for: audience, at: clock())
        }
    }
}

/// Opens an original by its digest, for as long as the closure runs, which is not called where nothing is kept of it.
public typealias KeptOriginals = @Sendable (_ digest: String, _ read: (DICOMFile) throws -> Void) throws -> Void

/// One instance as its asker gets it.
public struct Delivery: Sendable {
    /// A file of PS3.10, there until it has been handed over.
    public var path: String
    public var file: DICOMFile
    public var sopClass: String
    public var sopInstance: String
    public var study: String
    public var series: String
    public var size: Int
}

/// What a retrieval comes to next.
public enum Retrieved: Sendable {
    case instance(Delivery)
    /// The archive could not give it.
    case failed(sopInstance: String)
}
