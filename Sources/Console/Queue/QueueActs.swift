internal import CustodyLog
internal import Host
internal import Registry

/// Decisions of people about what is kept back: it stays so, it may go, it is held. One or several at once, with one reason; what cannot be
/// done of several is told item by item, and the rest is done.
enum QueueActs {
    static let routes: [ConsoleRoute] = [
        .action("/queue/confirm", .keepStudies, confirm),
        .action("/queue/keep", .keepStudies) { exchange in
            let reason = try exchange.field("reason", "The reason")
            return try each(exchange, "kept", "It stays kept back.") { item in try keep(item, reason, exchange) }
        },
        .action("/queue/release", .giveLabels, needsCode: true) { exchange in
            let reason = try exchange.field("reason", "The reason")
            return try each(exchange, "let go", "What lifts it is given, and counts when it is decided again.") {
                item in
                try release(item, reason, exchange)
            }
        },
        .action("/queue/hold", .placeHolds) { exchange in
            let order = HoldOrder(
                matter: try exchange.field("matter", "The matter"),
                custodian: try exchange.field("custodian", "The custodian"),
                reason: try exchange.field("reason", "The reason"),
                authority: try exchange.field("authority", "The authority"), scope: .study(""),
                review: try exchange.date("review", "The review"))
            var held: Set<String> = []
            return try each(exchange, "held", "It is held.") { item in
                // Two audiences may not get one study: it is held once.
                guard !held.contains(item.study) else { return "held with the entry above" }
                var own = order
                own.scope = .study(item.study)
                let hold = try exchange.registry.place(own, by: exchange.person(), at: exchange.time)
                held.insert(item.study)
                return "hold \(hold.id)"
            }
        },
    ]

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

    private static func release(_ item: QueueItem, _ reason: String, _ exchange: Exchange) throws -> String {
        let labels = try item.missingLabels(exchange).get()
        let given = try labels.map { name in
            try exchange.registry.label(
                name, on: .study(item.study), reason: reason, by: exchange.person(), at: exchange.time)
        }
        return "given: " + given.map { "\($0.label) (label \($0.id))" }.joined(separator: ", ")
    }

    // MARK: - Several

    private static func each(
        _ exchange: Exchange, _ what: String, _ notice: String, _ act: (QueueItem) throws -> String
    ) throws -> ConsoleAnswer {
        let (items, refused) = try QueueItem.picked(exchange)
        var rows: [[String: Any]] = [], done = 0, problem = refused.first?.why, isStopped = false
        for item in items {
            var row: [String: Any] = [
                "uid": item.study, "path": PercentText.encode(item.study), "audience": item.audience, "done": false,
            ]
            do {
                row["words"] = isStopped ? "Not tried." : try act(item)
                row["done"] = !isStopped
                done += isStopped ? 0 : 1
            } catch {
                let why = ConsoleResponder.problem(error)
                // What the disk does not take, it does not take of the next either. What was done before is told.
                guard why.status < 500 || done > 0 else { throw error }
                isStopped = why.status >= 500
                row["words"] = why.detail
                problem = why.detail
            }
            rows.append(row)
        }
        rows += refused.map { ["decision": "\($0.number)", "words": $0.why, "done": false, "audience": ""] }
        let back = back(exchange)
        if rows.count == 1 {
            if done == 1 { return exchange.done(notice, back) }
            throw ConsoleProblem.invalid(problem ?? "")
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

    /// Lists all that is picked, with what would be done: nothing is done yet.
    private static func confirm(_ exchange: Exchange) throws -> ConsoleAnswer {
        let act = exchange.request.form["act"] ?? ""
        guard ["keep", "release", "hold"].contains(act) else {
            throw ConsoleProblem.invalid("Say what is to be done with it.")
        }
        guard act != "hold" || exchange.may(.placeHolds), act != "release" || exchange.may(.giveLabels) else {
            throw ConsoleProblem.invalid("That is for others: your role does not do it.")
        }
        let (items, refused) = try QueueItem.picked(exchange)
        var rows: [[String: Any]] = [],
            left: [[String: Any]] = refused.map { ["decision": "\($0.number)", "why": $0.why] }
        for item in items {
            var row: [String: Any] = [
                "decision": "\(item.decision)", "uid": item.study, "path": PercentText.encode(item.study),
                "audience": item.audience,
            ]
            if act == "release" {
                switch try item.missingLabels(exchange) {
                case .success(let labels): row["words"] = "gives the label \(labels.joined(separator: ", "))"
                case .failure(let problem):
                    row["why"] = problem.detail
                    left.append(row)
                    continue
                }
            }
            rows.append(row)
        }
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
