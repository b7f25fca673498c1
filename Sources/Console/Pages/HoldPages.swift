internal import CustodyLog
internal import Host
internal import Registry

/// Holds: matters, placing, review, release by two.
enum HoldPages {
    static let pageSize = 50

    static let routes: [ConsoleRoute] = [
        .page("/holds", .seeHolds, list),
        .page("/holds/new", .placeHolds) { exchange in
            exchange.page(
                "hold-new", "Place a hold",
                [
                    "study": exchange.request.query["study"] ?? "",
                    "attributes": InstanceAttribute.allCases.map(\.rawValue).sorted(),
                ])
        },
        .action("/holds", .placeHolds, place),
        .page("/holds/{hold}", .seeHolds, show),
        .action("/holds/{hold}/review", .placeHolds) { exchange in
            let id = try exchange.number("hold")
            let next = try exchange.date("next", "The next review")
            let hold = try exchange.registry.review(
                hold: id, reason: exchange.field("reason", "The reason"), next: next, by: exchange.person(),
                at: exchange.time)
            return exchange.done("Hold \(hold.id) stays in force, and its review is recorded.", "/holds/\(hold.id)")
        },
        .action("/holds/{hold}/request-release", .releaseHolds, needsCode: true) { exchange in
            let hold = try exchange.registry.requestRelease(
                ofHold: exchange.number("hold"), reason: exchange.field("reason", "The reason"),
                by: exchange.person(), at: exchange.time)
            return exchange.done(
                "The release of hold \(hold.id) is asked for. It stays in force until somebody else approves.",
                "/holds/\(hold.id)")
        },
        .action("/holds/{hold}/approve-release", .releaseHolds, needsCode: true) { exchange in
            let hold = try exchange.registry.approveRelease(
                ofHold: exchange.number("hold"), reason: exchange.field("reason", "The reason"),
                by: exchange.person(), at: exchange.time)
            return exchange.done("Hold \(hold.id) is released.", "/holds/\(hold.id)")
        },
        .action("/holds/{hold}/decline-release", .placeHolds) { exchange in
            let hold = try exchange.registry.declineRelease(
                ofHold: exchange.number("hold"), reason: exchange.field("reason", "The reason"),
                by: exchange.person(), at: exchange.time)
            return exchange.done("The release is declined; hold \(hold.id) stays in force.", "/holds/\(hold.id)")
        },
    ]

    // MARK: - The list

    private static func list(_ exchange: Exchange) throws -> ConsoleAnswer {
        let query = exchange.request.query
        let showsAll = query["state"] == "all", showsAsked = query["state"] == "asked"
        let (holds, isMore) = try found(exchange, limit: pageSize)
        return exchange.page(
            "holds", "Holds",
            [
                "holds": holds.map { row($0, at: exchange.time) }, "none": holds.isEmpty,
                "matter": query["matter"] ?? "",
                "mayProduce": exchange.may(.produce), "all": showsAll, "mayPlace": exchange.may(.placeHolds),
                "more": isMore,
                "asked": showsAsked, "moreState": showsAll ? "all" : showsAsked ? "asked" : "force",
                "moreMatter": PercentText.encode(query["matter"] ?? ""),
                "after": "\(holds.last?.id ?? 0)",
            ])
    }

    /// Those that are asked for, by number: in force, all, or those whose release waits for a second person.
    static func found(_ exchange: Exchange, limit: Int) throws -> (holds: [Hold], isMore: Bool) {
        let query = exchange.request.query, registry = exchange.registry
        let after = query["after"].flatMap { Int64($0) } ?? 0, showsAll = query["state"] == "all"
        let found: [Hold]
        if query["state"] == "asked" {
            found = try toRelease(matter: query["matter"], after: after, limit: limit + 1, registry)
        } else if let matter = query["matter"] {
            found = try registry.holds(matter: matter, after: after, unreleasedOnly: !showsAll, limit: limit + 1)
        } else {
            found = try registry.holds(after: after, unreleasedOnly: !showsAll, limit: limit + 1)
        }
        return (Array(found.prefix(limit)), found.count > limit)
    }

    /// Of a matter, or of any: those of a matter are looked for among all, part by part.
    private static func toRelease(matter: String?, after id: Int64, limit: Int, _ registry: Registry) throws -> [Hold] {
        guard let matter else { return try registry.holdsToRelease(after: id, limit: limit) }
        var found: [Hold] = [], last = id
        while found.count < limit {
            let part = try registry.holdsToRelease(after: last, limit: HomePages.most)
            found += part.filter { $0.matter == matter }
            guard part.count == HomePages.most, let next = part.last else { break }
            last = next.id
        }
        return found
    }

    private static func row(_ hold: Hold, at time: Instant) -> [String: Any] {
        let next = nextReview(hold)
        return [
            "id": "\(hold.id)", "matter": hold.matter, "about": hold.scope.words(showsValues: false),
            "custodian": hold.custodian, "since": Words.day(hold.start), "review": next.map(Words.day) ?? "none",
            "due": hold.isInForce && (next.map { $0 <= time } ?? false), "state": state(hold, time),
            "released": !hold.isInForce, "asked": hold.isInForce && hold.releaseRequest != nil,
        ]
    }

    static func nextReview(_ hold: Hold) -> Instant? { hold.reviews.last.map(\.next) ?? hold.review }

    private static func state(_ hold: Hold, _ time: Instant) -> String {
        if hold.release != nil { return "released" }
        if !hold.isInForce(at: time) { return "begins later" }
        return hold.releaseRequest == nil ? "in force" : "release asked for"
    }

    // MARK: - One

    private static func show(_ exchange: Exchange) throws -> ConsoleAnswer {
        guard let hold = try exchange.registry.hold(exchange.number("hold")) else { throw ConsoleProblem.notFound }
        let person = try exchange.person()
        let showsValues = exchange.may(.seePatients)
        if showsValues {
            try exchange.console.record(
                .viewed, by: person.name, at: exchange.time, [("what", "hold"), ("holds", "\(hold.id)")])
        }
        let covers = try covers(hold, exchange)
        let isPlacer = try exchange.registry.isOne(hold.placedBy, person)
        let isAsker = try hold.releaseRequest.map { try exchange.registry.isOne($0.person, person) } ?? false
        let mayRelease = exchange.may(.releaseHolds) && hold.isInForce
        var values = row(hold, at: exchange.time)
        values["about"] = hold.scope.words(showsValues: showsValues)
        values["hidden"] = !showsValues
        values["mayProduce"] = exchange.may(.produce)
        values["matterCoded"] = PercentText.encode(hold.matter)
        values["count"] =
            covers.isAll
            ? Words.count(covers.count, "instance", "instances")
            : "\(Words.count(covers.count, "instance", "instances")) or more"
        values["authority"] = hold.authority
        values["reason"] = hold.reason
        values["placed"] = "\(Words.time(hold.placed)) by \(hold.placedBy)"
        values["rule"] = hold.rule
        values["start"] = Words.time(hold.start)
        values["history"] = history(hold)
        values["studyPath"] = showsValues ? studyPath(hold.scope) : nil
        values["mayReview"] = exchange.may(.placeHolds) && hold.isInForce
        values["mayDecline"] = exchange.may(.placeHolds) && hold.isInForce && hold.releaseRequest != nil
        values["mayAsk"] = mayRelease && hold.releaseRequest == nil && !isPlacer
        values["mayApprove"] = mayRelease && hold.releaseRequest != nil && !isPlacer && !isAsker
        values["isPlacer"] = mayRelease && isPlacer
        values["isAsker"] = mayRelease && isAsker
        values["request"] =
            !hold.isInForce
            ? nil
            : hold.releaseRequest.map {
                ["person": $0.person.name, "time": Words.time($0.time), "reason": $0.reason]
            }
        return exchange.page("hold", "Hold \(hold.id)", values.compactMapValues { $0 })
    }

    /// How many instances it covers, for words to people, who do not wait for a million; and whether those are all.
    static func covers(_ hold: Hold, _ exchange: Exchange) throws -> (count: Int, isAll: Bool) {
        try exchange.registry.instanceCount(matching: hold.scope, upTo: 300, looking: 300)
    }

    private static func studyPath(_ scope: Scope) -> String? {
        if case .study(let uid) = scope { "/studies/" + PercentText.encode(uid) } else { nil }
    }

    private static func history(_ hold: Hold) -> [[String: Any]] {
        var lines = [(hold.placed, "\(hold.placedBy) placed it: \(hold.reason)")]
        lines += hold.reviews.map { review in
            (
                review.time,
                "\(review.person) looked at it, and it stays: \(review.reason)"
                    + (review.next.map { " (again by \(Words.day($0)))" } ?? "")
            )
        }
        if let wish = hold.releaseRequest {
            lines.append((wish.time, "\(wish.person) asked for its release: \(wish.reason)"))
        }
        if let wish = hold.release { lines.append((wish.time, "\(wish.person) released it: \(wish.reason)")) }
        return lines.map { ["time": Words.time($0.0), "words": $0.1] }
    }

    // MARK: - Placing

    private static func place(_ exchange: Exchange) throws -> ConsoleAnswer {
        let form = exchange.request.form
        let value = try exchange.field("value", "What it is about")
        let scope: Scope
        switch form["about"] {
        case "patient": scope = .patient(PatientIdentity(id: value, issuer: form["issuer"]))
        case "study": scope = .study(value)
        case "instance": scope = .instance(value)
        case "query":
            guard let attribute = form["attribute"].flatMap({ InstanceAttribute(rawValue: $0) }) else {
                throw ConsoleProblem.invalid("Choose the attribute that the value is of.")
            }
            scope = .query(InstanceQuery(terms: [InstanceQuery.Term(attribute: attribute, value: value)]))
        default:
            throw ConsoleProblem.invalid(
                "Say what the hold is about: a patient, a study, an instance or whatever matches.")
        }
        let order = HoldOrder(
            matter: try exchange.field("matter", "The matter"),
            custodian: try exchange.field("custodian", "The custodian"),
            reason: try exchange.field("reason", "The reason"),
            authority: try exchange.field("authority", "The authority"),
            scope: scope, start: try exchange.date("start", "The beginning"),
            review: try exchange.date("review", "The review"))
        let hold = try exchange.registry.place(order, by: exchange.person(), at: exchange.time)
        return exchange.done("Hold \(hold.id) is placed, and in force.", "/holds/\(hold.id)")
    }
}
