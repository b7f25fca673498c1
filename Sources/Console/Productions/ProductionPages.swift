internal import CustodyLog
internal import Host
internal import Registry
internal import RuleBundle
internal import RuleLanguage

/// What is handed over in matters, and verified.
enum ProductionPages {
    static let routes: [ConsoleRoute] = [
        .page("/productions", .produce, list),
        .action("/productions", .produce, needsCode: true) { exchange in
            let desk = try desk(exchange), form = exchange.request.form
            try desk.export(
                matter: exchange.field("matter", "The matter"), reason: exchange.field("reason", "The reason"),
                ruleSets: exchange.console.producedRules,
                allowsMissingRules: form["without-rules"] != nil, withholdsOpenings: form["without-openings"] != nil,
                by: exchange.person(), at: exchange.time)
            return exchange.done("It is under way. Look again to see how far it is.", "/productions")
        },
        .action("/productions/{production}/verify", .produce) { exchange in
            let trusted = exchange.request.form["fingerprint"].map { [$0] } ?? []
            try desk(exchange).verify(
                exchange.values["production"] ?? "", trusting: trusted, by: exchange.person(), at: exchange.time)
            return exchange.done("It is being verified. Look again to see what was found.", "/productions")
        },
    ]

    private static func desk(_ exchange: Exchange) throws(ConsoleProblem) -> ProductionDesk {
        guard let desk = exchange.console.productions else {
            throw .invalid("The console's configuration names no folder for productions.")
        }
        return desk
    }

    private static func list(_ exchange: Exchange) throws -> ConsoleAnswer {
        guard let desk = exchange.console.productions else {
            return exchange.page("productions", "Productions", ["unset": true])
        }
        let jobs = desk.all, bags = desk.bags()
        return exchange.page(
            "productions", "Productions",
            [
                "matter": exchange.request.query["matter"] ?? "", "jobs": jobs.map(row), "noJobs": jobs.isEmpty,
                "bags": bags.map { ["name": $0] }, "noBags": bags.isEmpty,
                "open": jobs.contains { !$0.state.isOver }, "folder": exchange.console.settings.productions ?? "",
            ])
    }

    private static func row(_ job: ProductionJob) -> [String: Any] {
        var values: [String: Any] = [
            "name": job.name, "what": job.isVerification ? "Verification" : "Export", "person": job.person,
            "began": Words.time(job.began),
        ]
        switch job.state {
        case .waiting: values["state"] = "waits for the one before"
        case .running(let done):
            let of = job.expected > 0 ? " of about \(job.expected)" : ""
            values["state"] = job.isVerification ? "is verified" : "\(done)\(of) originals copied"
            if job.expected > 0 { values["part"] = "\(min(100, done * 100 / job.expected))" }
        case .failed(let why):
            values["state"] = "failed"
            values["bad"] = true
            values["why"] = ConsoleResponder.sentence(why)
        case .done(let result) where job.isVerification:
            values["state"] = result.word ?? ""
            values["good"] = result.word == "PASS"
            values["bad"] = ["FAIL", "ERROR"].contains(result.word)
            values["verdicts"] = result.answers.map {
                ["question": $0.question, "word": $0.word, "findings": $0.findings] as [String: Any]
            }
        case .done(let result):
            values["state"] = "done"
            values["good"] = true
            values["report"] =
                [
                    "lines": result.lines,
                    "fingerprints": result.fingerprints.map { ["digest": $0.digest, "whose": $0.whose] },
                ] as [String: Any]
        }
        return values
    }
}

extension Console {
    /// What is handed over of the rules that decided. A bundle is not taken apart: its rules are handed over as files.
    var producedRules: [RuleSet] {
        let isBundle = settings.rules.map { RuleBundle.isBundle(path: $0) } ?? true
        return isBundle ? [] : ruleSet.map { [$0] } ?? []
    }
}
