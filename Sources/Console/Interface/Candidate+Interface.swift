internal import Host
internal import Inputs
internal import Registry
internal import RuleAnalysis
internal import RuleLanguage

/// A rule set on its way into force, and rules tried on an instance, for programs.
enum CandidateInterface {
    static let difference = Resource<RuleSetDifference.Entry>(
        name: "RuleDifference", words: "What the candidate decides otherwise than the rules in force.",
        members: [
            .text("name", "Of the audience, the label or the hold.") { $0.name },
            .text("verdict", "Whether it is laxer, stricter, or both.") {
                $0.verdict == .notKnown ? "not known" : $0.verdict.rawValue
            },
            .maybeText("remark", "Why that is not known, or other than it looks.") { $0.remark },
            .texts("examples", "Kinds of studies for which it is another, without values.") { entry in
                entry.shown.map {
                    "\($0.direction.rawValue): \($0.old) to \($0.new), as with \($0.example.words(showingValues: false))"
                }
            },
        ])

    static let change = Resource<(change: DecisionReplay.Change, count: Int)>(
        name: "DecisionChange", words: "Decisions of the last month that would be others, by their labels on record.",
        members: [
            .text("audience", "For whom.") { $0.change.audience }, .text("old", "What was decided.") { $0.change.old },
            .text("new", "What would be.") { $0.change.new }, .number("count", "How many.") { $0.count },
        ])

    static let proposal = Resource<Candidate.Proposal>(
        name: "RuleProposal", words: "The first of the two who bring it into force.",
        members: [
            .text("person", "Who.") { $0.person.name }, .text("reason", "Why.") { $0.reason },
            .time("time", "When.") { $0.time },
        ])

    private static let states: [Candidate.State: String] = [
        .checking: "checking", .refused: "refused", .comparing: "comparing", .compared: "compared",
    ]

    static let candidate = Resource<Candidate>(
        name: "RuleCandidate", words: "A rule set that may come into force.",
        members: [
            .number("number", "Each upload has another: what is done names it.") { $0.number },
            .text("person", "Who uploaded it.") { $0.person.name }, .time("time", "When.") { $0.time },
            .number("size", "In bytes.") { $0.size },
            .choice("state", ["checking", "refused", "comparing", "compared"], "How far the look at it is.") {
                states[$0.state] ?? "checking"
            },
            .truth("bundle", "Whether it is a bundle.") { $0.bundle != nil },
            .maybeText("id", "Of the rule set.") { $0.ruleSet?.id },
            .maybeText("revision", "Of the rule set.") { $0.ruleSet?.revision },
            .maybeText("digest", "Of the rule set.") { $0.ruleSet?.digest },
            .list("findings", of: RuleInterface.finding, "What `cordon check` says.") { candidate in
                candidate.findings.prefix(200).map { finding in
                    let row = CandidatePages.row(finding)
                    func text(_ name: String) -> String { row[name] as? String ?? "" }
                    return [
                        "message": "\(text("word")): \(text("message"))", "hint": text("hint"), "place": text("place"),
                    ]
                }
            },
            .maybeTruth("equivalent", "Whether it decides nothing otherwise, which is proved.") {
                $0.difference?.isEquivalent
            },
            .list("differences", of: difference, "What it decides otherwise.") { candidate in
                guard let found = candidate.difference else { return [] }
                return (found.audiences + found.labels + found.holds).filter {
                    $0.verdict != .equivalent || $0.remark != nil
                }
            },
            .texts("codes", "Codes that mean another label, or none.") { $0.difference?.codes ?? [] },
            .maybeNumber(
                "replayed", "Decisions of the last month that were decided again; left out where they were not."
            ) { $0.replay?.looked },
            .maybeTruth("replayCut", "Whether there were more: the newest were decided again.") { $0.replay?.isCut },
            .maybeNumber("replayUnreadable", "Of those the ones that nothing can be said of: they stay as they are.") {
                $0.replay?.unreadable
            },
            .texts("missingAudiences", "Those that it does not have: what they would get is not known.") {
                $0.replay?.withoutAudience.sorted() ?? []
            },
            .list("changes", of: change, "Of those the ones that would be others.") {
                Array(($0.replay?.changes ?? []).prefix(100))
            },
            .texts("signers", "Who of those that the site trusts has signed it.") {
                $0.signers.flatMap { try? $0.get() } ?? []
            },
            .maybeText("unsigned", "Why its signatures do not do.") { candidate in
                if case .failure(let unsigned)? = candidate.signers { unsigned.reason } else { nil }
            },
            .maybe("proposal", proposal, "Who proposed it.") { $0.proposal },
        ])

    static let desk = Resource<Candidate?>(
        name: "RuleCandidateDesk", words: "The candidate, where there is one.",
        members: [.maybe("candidate", candidate, "The candidate.") { $0 }])

    struct Tried: Sendable {
        var lines: [String]
        var problem: String?
    }

    static let tried = Resource<Tried>(
        name: "TriedRules", words: "What rules say of one instance, by itself.",
        members: [
            .texts("lines", "In the words of `cordon explain`, without values.") { $0.lines },
            .maybeText("problem", "Why nothing can be said.") { $0.problem },
        ])

    static let described = [
        difference.described, change.described, proposal.described, candidate.described, desk.described,
        tried.described,
    ]

    private static let number = Operation.Field(
        "number", .integer(from: 1), "Of the candidate that was seen, so that no other is meant.", isRequired: true)

    static let routes: [ConsoleRoute] = [
        .reading(
            "/rules/candidate", .proposeRules,
            Operation(
                "getCandidate", "rules", "The rule set that may come into force, and what it changes.",
                answer: .json(desk.schema), covers: ["GET /rules/candidate"])
        ) { exchange in .json(view(exchange)) },
        .doing(
            as: .named("/rules/candidate", in: CandidatePages.routes),
            Operation(
                "uploadCandidate", "rules",
                "Uploads a bundle, or the root file of the rules, in the place of the one before; ask again what was found.",
                body: [
                    .init("text", .document(longest: CandidateDesk.largest), "All of the file.", isRequired: true)
                ], answer: .json(desk.schema), status: 202, covers: [])
        ) { exchange, _ in view(exchange) },
        .doing(
            as: .named("/rules/candidate/discard", in: CandidatePages.routes),
            Operation(
                "discardCandidate", "rules", "Takes the candidate away; what is in force stays so.", body: [number],
                answer: .json(desk.schema), covers: [])
        ) { exchange, _ in view(exchange) },
        .doing(
            as: .named("/rules/candidate/propose", in: CandidatePages.routes), shows: .proposeRules,
            Operation(
                "proposeCandidate", "rules", "Proposes the candidate: the first of two.",
                body: [number, CommonResources.reason], answer: .json(desk.schema), covers: [])
        ) { exchange, _ in view(exchange) },
        .doing(
            as: .named("/rules/candidate/activate", in: CandidatePages.routes), shows: .seeRules,
            Operation(
                "activateCandidate", "rules",
                "Brings what somebody else proposed into force. A gateway decides by the one before until it is reloaded.",
                body: [number, CommonResources.reason], answer: .json(RuleInterface.rules.schema), covers: [])
        ) { exchange, _ in try RuleInterface.view(exchange) },
        .reading(
            "/rules/try", .seeStudies,
            Operation(
                "tryRules", "rules",
                "What rules say of an instance whose original is kept. Each look is on the custody log.",
                query: [
                    .init("instance", .text(longest: 64), "SOP Instance UID, or digest.", isRequired: true),
                    .init(
                        "rules", .oneOf(["active", "candidate"]),
                        "By which; `candidate` for those who see patients and may upload one."),
                ], answer: .json(tried.schema), covers: ["GET /rules/try"])
        ) { exchange in
            let (lines, problem) = try CandidatePages.lines(exchange)
            return .json(tried.json(Tried(lines: lines, problem: problem)))
        },
    ]

    private static func view(_ exchange: Exchange) -> JSON { desk.json(exchange.console.candidates.candidate) }
}
