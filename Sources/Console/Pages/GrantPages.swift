internal import CustodyLog
internal import Host
internal import Registry

/// Broken glass, for those who look into it.
enum GrantPages {
    static let pageSize = 50

    static let routes: [ConsoleRoute] =
        [
            .page("/break-glass", .seeGrants, list)
        ] + EmergencyPages.routes + [
            .page("/break-glass/{grant}", .seeGrants, show),
            .action("/break-glass/{grant}/end", .endGrants) { exchange in
                let grant = try exchange.registry.end(
                    grant: exchange.number("grant"), reason: exchange.field("reason", "The reason"),
                    by: exchange.person(),
                    at: exchange.time)
                return exchange.done("Grant \(grant.id) has ended.", "/break-glass/\(grant.id)")
            },
            .action("/break-glass/{grant}/review", .reviewGrants) { exchange in
                let isJustified: Bool
                switch exchange.request.form["justified"] {
                case "yes": isJustified = true
                case "no": isJustified = false
                default: throw ConsoleProblem.invalid("Say whether it was justified.")
                }
                let grant = try exchange.registry.review(
                    grant: exchange.number("grant"), isJustified: isJustified,
                    remark: exchange.field("remark", "What you found"), by: exchange.person(), at: exchange.time)
                return exchange.done("The review of grant \(grant.id) is recorded.", "/break-glass/\(grant.id)")
            },
        ]

    private static func list(_ exchange: Exchange) throws -> ConsoleAnswer {
        let showsAll = exchange.request.query["state"] == "all"
        let after = exchange.request.query["after"].flatMap { Int64($0) } ?? 0
        let found =
            showsAll
            ? try exchange.registry.grants(after: after, limit: pageSize + 1)
            : try exchange.registry.grantsWaiting(after: after, at: exchange.time, limit: pageSize + 1)
        let grants = found.prefix(pageSize)
        let wishes = exchange.may(.grantGlass) ? try EmergencyPages.waiting(exchange) : []
        return exchange.page(
            "grants", "Break-glass",
            [
                "grants": grants.map { row($0, at: exchange.time) }, "none": grants.isEmpty, "all": showsAll,
                "more": found.count > pageSize, "after": "\(grants.last?.id ?? 0)", "state": showsAll ? "all" : "open",
                "wishes": wishes, "hasWishes": !wishes.isEmpty,
            ])
    }

    private static func row(_ grant: Grant, at time: Instant) -> [String: Any] {
        let isRunning = grant.isRunning(at: time)
        return [
            "id": "\(grant.id)", "person": grant.person.name, "about": grant.scope.words(showsValues: false),
            "started": Words.time(grant.started), "running": isRunning,
            "state": isRunning
                ? "\(Words.span(milliseconds: grant.until.milliseconds - time.milliseconds)) left"
                : grant.end == nil ? "ran out \(Words.time(grant.until))" : "ended",
            "review": grant.reviews.last.map { $0.isJustified ? "justified" : "not justified" } ?? "to be reviewed",
            "open": grant.reviews.isEmpty, "bad": grant.reviews.last.map { !$0.isJustified } ?? false,
        ]
    }

    private static func show(_ exchange: Exchange) throws -> ConsoleAnswer {
        guard let grant = try exchange.registry.grant(exchange.number("grant")) else { throw ConsoleProblem.notFound }
        let person = try exchange.person()
        let showsValues = exchange.may(.reviewGrants) || exchange.may(.seePatients)
        if showsValues {
            try exchange.console.record(
                .viewed, by: person.name, at: exchange.time, [("what", "grant"), ("grants", "\(grant.id)")])
        }
        // Whoever granted it does not judge it either.
        let isOwn = try [grant.person, grant.grantedBy].compactMap { $0 }.contains {
            try exchange.registry.isOne($0, person)
        }
        var values = row(grant, at: exchange.time)
        values["about"] = grant.scope.words(showsValues: showsValues)
        values["hidden"] = !showsValues
        values["reason"] = grant.reason
        values["grantedBy"] = grant.grantedBy?.name
        values["audience"] = grant.audience.map { "what audience \($0) may see" } ?? "everything, as it is"
        values["until"] = Words.time(grant.until)
        values["ended"] = grant.end.map { "\(Words.time($0.time)) by \($0.person): \($0.reason)" }
        values["reviews"] = grant.reviews.map {
            [
                "time": Words.time($0.time), "person": $0.person.name, "remark": $0.remark,
                "words": $0.isJustified ? "justified" : "not justified",
            ]
        }
        values["mayEnd"] = exchange.may(.endGrants) && grant.end == nil
        values["mayReview"] = exchange.may(.reviewGrants) && !isOwn
        values["isOwn"] = exchange.may(.reviewGrants) && isOwn
        return exchange.page("grant", "Break-glass \(grant.id)", values.compactMapValues { $0 })
    }
}
