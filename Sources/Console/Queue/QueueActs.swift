internal import CustodyLog
internal import Host
internal import Registry

/// Decisions of people about what is kept back: it stays so, it may go, it is held. One or several at once, with one reason; what cannot be
/// done of several is told item by item, and the rest is done.
enum QueueActs {
    static let routes: [ConsoleRoute] = [
        .action("/queue/confirm", .keepStudies, confirm),
        .action("/queue/keep", .keepStudies) { exchange in
            try answer(exchange, keep(exchange), "kept", "It stays kept back.")
        },
        .action("/queue/release", .giveLabels, needsCode: true) { exchange in
            try answer(
                exchange, release(exchange), "let go", "What lifts it is given, and counts when it is decided again.")
        },
        .action("/queue/hold", .placeHolds) { exchange in
            try answer(exchange, hold(exchange), "held", "It is held.")
        },
    ]

    /// What became of one.
    struct Outcome: Sendable {
        /// Of what was picked.
        var decision: Int64
        /// Nil for what is not kept back any more.
        var item: QueueItem?
        var isDone: Bool
        var words: String
    }

    // MARK: - Several

    static func keep(_ exchange: Exchange) throws -> [Outcome] {
        let reason = try exchange.field("reason", "The reason")
        return try each(exchange) { item in try keep(item, reason, exchange) }
    }

    static func release(_ exchange: Exchange) throws -> [Outcome] {
        let reason = try exchange.field("reason", "The reason")
        return try each(exchange) { item in try release(item, reason, exchange) }
    }

    static func hold(_ exchange: Exchange) throws -> [Outcome] {
        let order = HoldOrder(
            matter: try exchange.field("matter", "The matter"),
            custodian: try exchange.field("custodian", "The custodian"),
            reason: try exchange.field("reason", "The reason"),
            authority: try exchange.field("authority", "The authority"), scope: .study(""),
            review: try exchange.date("review", "The review"))
        var held: Set<String> = []
        return try each(exchange) { item in
            // Two audiences may not get one study: it is held once.
            guard !held.contains(item.study) else { return "held with the entry above" }
            var own = order
            own.scope = .study(item.study)
            let hold = try exchange.registry.place(own, by: exchange.person(), at: exchange.time)
            held.insert(item.study)
            return "hold \(hold.id)"
        }
    }

    private static func each(_ exchange: Exchange, _ act: (QueueItem) throws -> String) throws -> [Outcome] {
        let (items, refused) = try QueueItem.picked(exchange)
        var outcomes: [Outcome] = [], done = 0, isStopped = false
        for item in items {
            var outcome = Outcome(decision: item.decision, item: item, isDone: false, words: "Not tried.")
            if !isStopped {
                do {
                    outcome.words = try act(item)
                    outcome.isDone = true
                    done += 1
                } catch {
                    let why = ConsoleResponder.problem(error)
                    // What the disk does not take, it does not take of the next either. What was done before is told.
                    guard why.status < 500 || done > 0 else { throw error }
                    isStopped = why.status >= 500
                    outcome.words = why.detail
                }
            }
            outcomes.append(outcome)
        }
        return outcomes + refused.map { Outcome(decision: $0.number, item: nil, isDone: false, words: $0.why) }
    }

    // MARK: - One

    private static func keep(_ item: QueueItem, _ reason: String, _ exchange: Exchange) throws -> String {
        let person = try exchange.person()
        let leaf = try exchange.console.record(
            .kept, by: person.name, at: exchange.time,
            [("audience", item.audience), ("decision", "\(item.decision)")],
            personal: [("StudyInstanceUID", item.study), ("reason", reason)], about: [.study(item.study)])
        try exchange.console.desk.keep(
            DeskStore.Kept(decision: item.decision, leaf: leaf, person: person.name, time: exchange.time),
            study: item.study, audience: item.audience)
        return "stays kept back"
    }

    /// All labels that are still missing, or none.
    private static func release(_ item: QueueItem, _ reason: String, _ exchange: Exchange) throws -> String {
        let given = try exchange.registry.labels(
            item.missingLabels(exchange).get(), on: .study(item.study), reason: reason, by: exchange.person(),
            at: exchange.time)
        return "given: " + given.map { "\($0.label) (label \($0.id))" }.joined(separator: ", ")
    }

    // MARK: - For people

    private static func answer(
        _ exchange: Exchange, _ outcomes: [Outcome], _ what: String, _ notice: String
    ) throws -> ConsoleAnswer {
        let done = outcomes.filter(\.isDone).count
        let back = back(exchange)
        if outcomes.count == 1, let only = outcomes.first {
            guard only.isDone else { throw ConsoleProblem.invalid(only.words) }
            return exchange.done(notice, back)
        }
        let rows = outcomes.map { outcome -> [String: Any] in
            [
                "uid": outcome.item?.study ?? "", "path": PercentText.encode(outcome.item?.study ?? ""),
                "decision": "\(outcome.decision)", "audience": outcome.item?.audience ?? "", "done": outcome.isDone,
                "words": outcome.words,
            ]
        }
        return exchange.page(
            "queue-done", "Done: \(done) of \(rows.count)",
            ["rows": rows, "done": done, "count": rows.count, "what": what, "failed": done < rows.count, "back": back])
    }

    /// To the study that the form stood at, or to the queue.
    private static func back(_ exchange: Exchange) -> String {
        guard let study = exchange.request.form["back"] else { return "/queue" }
        return StudyPages.path(study)
    }

    // MARK: - Asking again

    /// What would be done with each of what was picked; nothing is done yet.
    ///
    /// - Returns: in `isDone` whether it can be done, and what or why not.
    static func plan(_ exchange: Exchange) throws -> (act: String, outcomes: [Outcome]) {
        let act = exchange.request.form["act"] ?? ""
        guard ["keep", "release", "hold"].contains(act) else {
            throw ConsoleProblem.invalid("Say what is to be done with it.")
        }
        guard act != "hold" || exchange.may(.placeHolds), act != "release" || exchange.may(.giveLabels) else {
            throw ConsoleProblem.invalid("That is for others: your role does not do it.")
        }
        let (items, refused) = try QueueItem.picked(exchange)
        let outcomes = try items.map { item -> Outcome in
            guard act == "release" else { return Outcome(decision: item.decision, item: item, isDone: true, words: "") }
            switch try item.missingLabels(exchange) {
            case .success(let labels):
                return Outcome(
                    decision: item.decision, item: item, isDone: true,
                    words: "gives the label \(labels.joined(separator: ", "))")
            case .failure(let problem):
                return Outcome(decision: item.decision, item: item, isDone: false, words: problem.detail)
            }
        }
        return (act, outcomes + refused.map { Outcome(decision: $0.number, item: nil, isDone: false, words: $0.why) })
    }

    private static func confirm(_ exchange: Exchange) throws -> ConsoleAnswer {
        let (act, outcomes) = try plan(exchange)
        func row(_ outcome: Outcome) -> [String: Any] {
            [
                "decision": "\(outcome.decision)", "uid": outcome.item?.study ?? "",
                "path": PercentText.encode(outcome.item?.study ?? ""), "audience": outcome.item?.audience ?? "",
                "words": outcome.words, "why": outcome.words,
            ]
        }
        let rows = outcomes.filter(\.isDone).map(row), left = outcomes.filter { !$0.isDone }.map(row)
        let titles = ["keep": "Keep back", "release": "Let go", "hold": "Hold"]
        let title = "\(titles[act] ?? ""): \(Words.count(rows.count, "study", "studies"))"
        return exchange.page(
            "queue-confirm", title,
            [
                "title": title, "rows": rows, "none": rows.isEmpty, "left": left, "hasLeft": !left.isEmpty, "act": act,
                "keep": act == "keep", "release": act == "release", "hold": act == "hold", "count": rows.count,
            ])
    }
}
