internal import Host
internal import Registry
internal import RuleAnalysis
internal import RuleBundle
internal import RuleLanguage

/// A rule set that somebody uploaded, and what is known of it by now.
struct Candidate: Sendable {
    /// Of this console; each upload has another.
    var number: Int
    var person: Person
    var time: Instant
    /// Bytes that were uploaded.
    var size: Int
    /// Of what is no bundle.
    var text: String
    var bundle: RuleBundle?
    var state = State.checking
    var findings: [Finding] = []
    var ruleSet: RuleSet?
    /// Nil while it is worked out, and where no rules are in force to compare with.
    var difference: RuleSetDifference?
    var replay: DecisionReplay?
    /// By whom of those that are trusted it is signed; or why it is not taken.
    var signers: Result<[String], Unsigned>?
    /// Who was the first of the two that bring it into force.
    var proposal: Proposal?

    enum State: Hashable, Sendable { case checking, refused, comparing, compared }

    struct Proposal: Hashable, Sendable {
        var person: Person
        var reason: String
        var time: Instant
    }

    struct Unsigned: Error, Hashable, Sendable { var reason: String }
}
