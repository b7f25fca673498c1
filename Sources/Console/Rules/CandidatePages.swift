internal import CustodyLog
internal import DICOMFile
internal import Gatekeeper
internal import Host
internal import Registry
internal import RuleAnalysis
internal import RuleEngine
internal import RuleLanguage

/// A rule set on its way into force: uploaded, checked, compared, signed by two, brought into force by two. And rules tried on an instance.
enum CandidatePages {
    static let routes: [ConsoleRoute] = [
        .page("/rules/candidate", .proposeRules, show),
        .action("/rules/candidate", .proposeRules) { exchange in
            try upload(exchange)
            return exchange.done(
                "It is being checked and compared. Look again to see what was found.", "/rules/candidate")
        },
        .action("/rules/candidate/discard", .proposeRules) { exchange in
            let candidate = try chosen(exchange)
            try exchange.console.candidates.discard(candidate) {
                try exchange.console.record(
                    .ruleSetDiscarded, by: exchange.person().name, at: exchange.time,
                    [("candidate", "\(candidate.number)")] + facts(candidate))
            }
            return exchange.done("The candidate is gone; what is in force stays so.", "/rules/candidate")
        },
        .action("/rules/candidate/propose", .activateRules, needsCode: true, propose),
        .action("/rules/candidate/activate", .activateRules, needsCode: true, activate),
        .page("/rules/try", .seeStudies, tryOut),
    ]

    // MARK: - The candidate

    /// Its bytes are on the log by their digest: what they are is found beside the pages.
    private static func upload(_ exchange: Exchange) throws {
        guard
            let text = [exchange.request.form.raw("file"), exchange.request.form.raw("text")]
                .compactMap({ $0 }).first(where: { !$0.isEmpty })
        else { throw ConsoleProblem.invalid("Choose a file, or paste the rules.") }
        let person = try exchange.person()
        let digest = ContentDigest(of: text.utf8).hexadecimal
        try exchange.console.candidates.upload(
            text, by: person, active: exchange.console.ruleSet, at: exchange.time
        ) { number in
            try exchange.console.record(
                .ruleSetUploaded, by: person.name, at: exchange.time,
                [("candidate", "\(number)"), ("digest", digest), ("size", "\(text.utf8.count)")])
        }
    }

    private static func show(_ exchange: Exchange) throws -> ConsoleAnswer {
        let candidate = exchange.console.candidates.candidate
        var values: [String: Any] = [
            "none": candidate == nil, "signs": exchange.console.settings.requireSigned != nil,
            "mayActivate": exchange.may(.activateRules), "hasRules": exchange.console.ruleSet != nil,
            "mayTry": mayTry(exchange),
        ]
        if let candidate { values["candidate"] = try self.values(candidate, exchange) }
        return exchange.page("candidate", "Candidate rules", values)
    }

    private static func values(_ candidate: Candidate, _ exchange: Exchange) throws -> [String: Any] {
        let person = try exchange.person()
        var values: [String: Any] = [
            "number": "\(candidate.number)", "person": candidate.person.name, "time": Words.time(candidate.time),
            "size": "\(candidate.size)", "checking": candidate.state == .checking,
            "refused": candidate.state == .refused, "comparing": candidate.state == .comparing,
            "compared": candidate.state == .compared, "isBundle": candidate.bundle != nil,
            "findings": candidate.findings.prefix(200).map(row), "noFindings": candidate.findings.isEmpty,
        ]
        if let ruleSet = candidate.ruleSet {
            values["id"] = ruleSet.id
            values["revision"] = ruleSet.revision
            values["digest"] = ruleSet.digest
        }
        if let difference = candidate.difference {
            values["equivalent"] = difference.isEquivalent
            values["differences"] = [
                ("audience", difference.audiences), ("label", difference.labels), ("hold", difference.holds),
            ].flatMap { kind, entries in
                entries.filter { $0.verdict != .equivalent || $0.remark != nil }.map { row(kind, $0) }
            }
            values["codes"] = difference.codes.joined(separator: ", ")
        } else {
            values["nothingToCompare"] = candidate.state == .compared
        }
        if let replay = candidate.replay { values["replay"] = row(replay) }
        switch candidate.signers {
        case .success(let names): values["signers"] = names.joined(separator: ", ")
        case .failure(let unsigned): values["unsigned"] = ConsoleResponder.sentence(unsigned.reason)
        case nil: break
        }
        let isReady = candidate.state == .compared && candidate.signers.map { (try? $0.get()) != nil } ?? false
        values["mayPropose"] = isReady && candidate.proposal == nil && exchange.may(.activateRules)
        if let proposal = candidate.proposal {
            values["proposal"] = "\(proposal.person.name), \(Words.time(proposal.time)): \(proposal.reason)"
            let isOwn = try exchange.registry.isOne(proposal.person, person)
            values["isOwn"] = isOwn
            values["maySecond"] = isReady && exchange.may(.activateRules) && !isOwn
        }
        return values
    }

    static func row(_ finding: Finding) -> [String: Any] {
        // A line of a list may name a patient: of files other than rules the place is told, and not the text.
        let isRules = finding.location.file.hasSuffix(".xml")
        return [
            "bad": finding.severity == .error, "word": finding.severity == .error ? "error" : "warning",
            "message": isRules
                ? ConsoleResponder.sentence(finding.message) : "Something is wrong in a list (\(finding.code)).",
            "hint": isRules ? finding.hint.map { ConsoleResponder.sentence($0) } ?? "" : "",
            "place": "\(finding.location.file.split(separator: "/").last ?? ""):\(finding.location.line)",
        ]
    }

    private static func row(_ kind: String, _ entry: RuleSetDifference.Entry) -> [String: Any] {
        [
            "kind": kind, "name": entry.name, "bad": entry.verdict == .laxer || entry.verdict == .notKnown,
            "verdict": entry.verdict == .notKnown ? "not known" : entry.verdict.rawValue, "remark": entry.remark ?? "",
            "shown": entry.shown.map {
                [
                    "direction": $0.direction.rawValue, "old": $0.old, "new": $0.new,
                    "example": $0.example.words(showingValues: false),
                ]
            },
        ]
    }

    private static func row(_ replay: DecisionReplay) -> [String: Any] {
        [
            "looked": Words.count(replay.looked, "decision", "decisions"), "none": replay.changes.isEmpty,
            "changes": replay.changes.prefix(100).map {
                ["audience": $0.change.audience, "old": $0.change.old, "new": $0.change.new, "count": $0.count]
                    as [String: Any]
            },
            "unreadable": replay.unreadable > 0 ? "\(replay.unreadable)" : "", "cut": replay.isCut,
            "missing": replay.withoutAudience.sorted().joined(separator: ", "),
        ]
    }

    private static func chosen(_ exchange: Exchange) throws(ConsoleProblem) -> Candidate {
        guard let candidate = exchange.console.candidates.candidate,
            exchange.request.form["number"] == "\(candidate.number)"
        else {
            throw ConsoleProblem(409, "That was not done", "Another candidate is there by now, or none. Look again.")
        }
        return candidate
    }

    static func facts(_ candidate: Candidate) -> [(String, String)] {
        let names = candidate.signers.flatMap { try? $0.get() } ?? []
        return [
            ("rule-set", candidate.ruleSet?.id ?? ""), ("revision", candidate.ruleSet?.revision ?? ""),
            ("rule-set-digest", candidate.ruleSet?.digest ?? ""), ("keys", names.joined(separator: " ")),
        ]
    }

    /// Looked at before the rules are in their place, for the registry would refuse it when they are.
    private static func reason(_ exchange: Exchange) throws(ConsoleProblem) -> String {
        try exchange.line("reason", "The reason", longest: 4000)
    }

    private static func propose(_ exchange: Exchange) throws -> ConsoleAnswer {
        let person = try exchange.person(), reason = try reason(exchange)
        let candidate = try chosen(exchange)
        try exchange.console.candidates.propose(
            candidate.number, Candidate.Proposal(person: person, reason: reason, time: exchange.time)
        ) {
            try exchange.console.record(
                .ruleSetProposed, by: person.name, at: exchange.time, facts(candidate), personal: [("reason", reason)])
        }
        return exchange.done("It is proposed. Somebody else brings it into force.", "/rules/candidate")
    }

    private static func activate(_ exchange: Exchange) throws -> ConsoleAnswer {
        let person = try exchange.person(), reason = try reason(exchange)
        let candidate = try chosen(exchange)
        guard let proposal = candidate.proposal else {
            throw ConsoleProblem(409, "That was not done", "Nobody has proposed it yet.")
        }
        guard try !exchange.registry.isOne(proposal.person, person) else {
            try exchange.console.record(
                .accessRefused, by: person.name, at: exchange.time,
                [("resource", "rules candidate"), ("why", "own"), ("address", exchange.request.address)])
            throw ConsoleProblem(
                403, "That was not done",
                "You proposed it: somebody else brings it into force. The attempt was recorded.")
        }
        try exchange.console.record(
            .ruleSetSigned, by: person.name, at: exchange.time,
            facts(candidate) + [("proposed-by", proposal.person.name)], personal: [("reason", reason)])
        let ruleSet = try exchange.console.candidates.activate(candidate, reason: reason, by: person, at: exchange.time)
        exchange.console.use(ruleSet)
        return exchange.done(
            "Revision \(ruleSet.revision) of \(ruleSet.id) is in force here. A gateway decides by the one before until it is reloaded: `systemctl reload cordon-gateway`, or SIGHUP.",
            "/rules")
    }

    // MARK: - Trying it

    /// By a candidate only who sees patients anyway: whoever writes rules can ask by them for any value, letter by letter.
    private static func mayTry(_ exchange: Exchange) -> Bool {
        exchange.may(.proposeRules) && exchange.may(.seePatients)
    }

    /// What rules say of an instance of the registry, by itself, in the words of `cordon explain`, without values.
    private static func tryOut(_ exchange: Exchange) throws -> ConsoleAnswer {
        let query = exchange.request.query
        let candidate = mayTry(exchange) ? exchange.console.candidates.candidate?.ruleSet : nil
        let isCandidate = query["rules"] == "candidate" && candidate != nil
        var values: [String: Any] = [
            "instance": query["instance"] ?? "", "hasCandidate": candidate != nil, "isCandidate": isCandidate,
            "noRules": exchange.console.ruleSet == nil && candidate == nil,
        ]
        if let name = query["instance"], let ruleSet = isCandidate ? candidate : exchange.console.ruleSet {
            values.merge(try tried(name, ruleSet, exchange)) { $1 }
        }
        return exchange.page("rules-try", "Try the rules", values)
    }

    /// What the rules say of an instance, line by line, or why nothing can be said.
    static func lines(_ exchange: Exchange) throws -> (lines: [String], problem: String?) {
        let query = exchange.request.query
        let candidate = mayTry(exchange) ? exchange.console.candidates.candidate?.ruleSet : nil
        let ruleSet = query["rules"] == "candidate" ? candidate : exchange.console.ruleSet
        guard let name = query["instance"], let ruleSet else {
            return ([], "There are no such rules, or you may not try them.")
        }
        let values = try tried(name, ruleSet, exchange)
        let lines = (values["lines"] as? String)?.split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init)
        return (lines ?? [], values["problem"] as? String)
    }

    private static func tried(_ name: String, _ ruleSet: RuleSet, _ exchange: Exchange) throws -> [String: Any] {
        let registry = exchange.registry, person = try exchange.person()
        let isDigest =
            name.utf8.count == 64 && name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        let records =
            isDigest ? try registry.instance(name).map { [$0] } ?? [] : try registry.instances(sopInstanceUID: name)
        guard let record = records.last else { return ["problem": "The registry has no such instance."] }
        let study = record.instance.attributes[.studyInstanceUID]
        try exchange.console.record(
            .viewed, by: person.name, at: exchange.time,
            [("what", "rules-tried"), ("digest", record.instance.digest), ("rule-set-digest", ruleSet.digest)],
            personal: study.map { [("StudyInstanceUID", $0)] } ?? [], about: study.map { [.study($0)] } ?? [])
        do throws(PictureDesk.Missing) {
            let original = try exchange.console.pictures.original(record.instance.digest)
            defer { withExtendedLifetime(original) {} }
            guard let file = try? DICOMFile(path: original.path, scratch: Scratch.folder) else {
                return ["problem": "The original cannot be read: it is sequestered, whatever rules say."]
            }
            let site = SiteRegistry(registry, person: person, time: exchange.time)
            guard let known = try? site.knowledge(of: file) else {
                return ["problem": "The registry cannot be asked about it now."]
            }
            let evaluation = Evaluator(ruleSet).evaluate(file, known: known)
            var book = StudyBook(ruleSet)
            book.add(evaluation)
            let labels = book.resolve().labels(study: evaluation.study, patient: evaluation.patient)
            return ["lines": Explanation(labels: labels, audiences: nil, in: ruleSet).lines().joined(separator: "\n")]
        } catch {
            return ["problem": ConsoleResponder.sentence(error.reason)]
        }
    }
}
