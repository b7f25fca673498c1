internal import CustodyLog
internal import Host
internal import Registry

/// A look in an emergency: asked for by who sees no patients, granted by somebody else who does, for a limited time. It is for looking at the
/// console, and for nothing that leaves.
enum EmergencyPages {
    /// At most; who needs longer asks again.
    static let choices: [Int64] = [15, 30, 60]

    static let routes: [ConsoleRoute] = [
        .page("/break-glass/new", .askForGlass, form),
        .action("/break-glass", .askForGlass, needsCode: true, ask),
        .action("/break-glass/wishes/{wish}/grant", .grantGlass, needsCode: true, grant),
        .action("/break-glass/wishes/{wish}/decline", .grantGlass, decline),
    ]

    // MARK: - Asking

    private static func form(_ exchange: Exchange) throws -> ConsoleAnswer {
        let (waiting, running) = try own(exchange)
        return exchange.page(
            "emergency", "A look in an emergency",
            [
                "study": exchange.request.query["study"] ?? "",
                "choices": choices.map { ["minutes": "\($0)", "chosen": $0 == 30] },
                "waiting": waiting.map {
                    [
                        "about": $0.scope.words(showsValues: true), "reason": $0.reason,
                        "ago": Words.span(milliseconds: exchange.time.milliseconds - $0.time.milliseconds),
                    ]
                },
                "running": running.map(Self.words(exchange)), "none": waiting.isEmpty && running.isEmpty,
            ])
    }

    /// What waits and runs of whoever asks.
    static func own(_ exchange: Exchange) throws -> (waiting: [EmergencyWish], running: [Grant]) {
        guard let session = exchange.session else { throw ConsoleProblem.notFound }
        return (
            try exchange.console.emergencies.waiting(at: exchange.time).filter { $0.proof == session.proof },
            try exchange.registry.grants(runningFor: session.proof, at: exchange.time)
        )
    }

    private static func words(_ exchange: Exchange) -> (Grant) -> [String: Any] {
        { grant in
            var values: [String: Any] = [
                "id": "\(grant.id)", "about": grant.scope.words(showsValues: true),
                "left": Words.span(milliseconds: grant.until.milliseconds - exchange.time.milliseconds),
            ]
            if case .study(let uid) = grant.scope { values["path"] = StudyPages.path(uid) }
            return values
        }
    }

    private static func ask(_ exchange: Exchange) throws -> ConsoleAnswer {
        _ = try asked(exchange)
        return exchange.done(
            "It is asked for. Call somebody who may grant it; this page shows when it is granted.", "/break-glass/new")
    }

    static func asked(_ exchange: Exchange) throws -> EmergencyWish {
        let form = exchange.request.form, person = try exchange.person()
        guard let session = exchange.session else { throw ConsoleProblem.notFound }
        let value = try exchange.field("value", "Whose studies, or which one"), reason = try reason(exchange)
        let scope: Scope
        switch form["about"] {
        case "patient": scope = .patient(PatientIdentity(id: value, issuer: form["issuer"]))
        case "study": scope = .study(value)
        default: throw ConsoleProblem.invalid("Say whether it is about a patient or a study.")
        }
        // What cannot be one is told now, and not to whoever grants it.
        _ = try exchange.registry.leaves(about: scope)
        guard let minutes = form["minutes"].flatMap({ Int64($0) }), choices.contains(minutes) else {
            throw ConsoleProblem.invalid("Say for how long.")
        }
        // Whether there is such a patient or study is not told.
        let wish = try exchange.console.emergencies.ask(
            scope, reason: reason, minutes: minutes, by: person, proof: session.proof, at: exchange.time
        ) { wish in
            try exchange.console.record(
                .overrideRequested, by: person.name, at: exchange.time,
                [("wish", "\(wish.id)"), ("minutes", "\(minutes)"), ("address", exchange.request.address)],
                personal: personal(scope) + [("reason", reason)], about: [scope])
        }
        exchange.console.alert("glass-asked", "wish \(wish.id)")
        return wish
    }

    private static func reason(_ exchange: Exchange) throws -> String {
        try exchange.line("reason", "The reason", longest: 800)
    }

    private static func personal(_ scope: Scope) -> [(String, String)] {
        switch scope {
        case .patient(let patient):
            [("PatientID", patient.id)] + (patient.issuer.map { [("IssuerOfPatientID", $0)] } ?? [])
        case .study(let uid): [("StudyInstanceUID", uid)]
        case .instance, .query: []
        }
    }

    // MARK: - Granting

    /// For those who may grant; that they were looked at is written down.
    static func seen(_ exchange: Exchange) throws -> [EmergencyWish] {
        let person = try exchange.person()
        let wishes = try exchange.console.emergencies.waiting(at: exchange.time)
        if !wishes.isEmpty {
            try exchange.console.record(
                .viewed, by: person.name, at: exchange.time, [("what", "wishes"), ("count", "\(wishes.count)")],
                about: wishes.map(\.scope))
        }
        return wishes
    }

    static func waiting(_ exchange: Exchange) throws -> [[String: Any]] {
        let person = try exchange.person()
        return try seen(exchange).map { wish in
            [
                "id": "\(wish.id)", "person": wish.person.name, "about": wish.scope.words(showsValues: true),
                "reason": wish.reason, "minutes": "\(wish.minutes)",
                "own": try exchange.registry.isOne(wish.person, person),
                "ago": Words.span(milliseconds: exchange.time.milliseconds - wish.time.milliseconds),
            ]
        }
    }

    /// Answers the wish of the path, by somebody else than who asked.
    private static func answered<Answer>(
        _ exchange: Exchange, _ act: (EmergencyWish) throws -> Answer
    ) throws -> Answer {
        let id = try exchange.number("wish"), person = try exchange.person()
        let answer = try exchange.console.emergencies.answer(id, at: exchange.time) { wish in
            guard try !exchange.registry.isOne(wish.person, person) else {
                try exchange.console.record(
                    .accessRefused, by: person.name, at: exchange.time,
                    [("resource", "break-glass wish"), ("why", "own"), ("address", exchange.request.address)])
                throw ConsoleProblem(
                    403, "That was not done", "Nobody grants their own wish. The attempt was recorded.")
            }
            return try act(wish)
        }
        guard let answer else {
            throw ConsoleProblem(
                409, "That was not done", "Nobody waits for that any more: it was answered, or an hour has passed.")
        }
        return answer
    }

    private static func grant(_ exchange: Exchange) throws -> ConsoleAnswer {
        let (grant, minutes) = try granted(exchange)
        return exchange.done(
            "\(grant.person.name) may look for \(minutes) minutes: grant \(grant.id).", "/break-glass/\(grant.id)")
    }

    static func granted(_ exchange: Exchange) throws -> (grant: Grant, minutes: Int64) {
        let person = try exchange.person()
        let (grant, minutes) = try answered(exchange) { wish in
            // Whoever was killed between granting it and taking the wish away has granted it: nobody looks for longer by that.
            let granted = try exchange.registry.grants(runningFor: wish.proof, at: exchange.time).first {
                $0.scope == wish.scope && $0.reason == wish.reason && $0.started >= wish.time && $0.grantedBy != nil
                    && $0.until == $0.started.adding(seconds: wish.minutes * 60)
            }
            if let granted { return (granted, wish.minutes) }
            let order = GrantOrder(
                scope: wish.scope, proof: wish.proof, reason: wish.reason,
                until: exchange.time.adding(seconds: wish.minutes * 60), grantedBy: person)
            return (try exchange.registry.breakGlass(order, by: wish.person, at: exchange.time), wish.minutes)
        }
        exchange.console.alert("glass-broken", "grant \(grant.id) until \(grant.until)")
        return (grant, minutes)
    }

    private static func decline(_ exchange: Exchange) throws -> ConsoleAnswer {
        let wish = try declined(exchange)
        return exchange.done("The wish of \(wish.person.name) is declined.", "/break-glass")
    }

    static func declined(_ exchange: Exchange) throws -> EmergencyWish {
        let person = try exchange.person(), reason = try reason(exchange)
        return try answered(exchange) { wish in
            try exchange.console.record(
                .overrideDeclined, by: person.name, at: exchange.time,
                [("wish", "\(wish.id)"), ("person", wish.person.name)],
                personal: personal(wish.scope) + [("reason", reason)], about: [wish.scope])
            return wish
        }
    }
}
