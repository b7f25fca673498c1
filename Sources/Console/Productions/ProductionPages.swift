internal import CustodyLog
internal import Host
internal import Production
internal import Registry
internal import RuleBundle

/// What is handed over in matters, and verified.
enum ProductionPages {
    static let routes: [ConsoleRoute] = [
        .page("/productions", .produce, list),
        .action("/productions", .produce, needsCode: true) { exchange in
            let desk = try desk(exchange), form = exchange.request.form
            // A bundle is not taken apart: its rules are handed over as files.
            let isBundle = exchange.console.settings.rules.map { RuleBundle.isBundle(path: $0) } ?? true
            try desk.export(
                matter: exchange.field("matter", "The matter"), reason: exchange.field("reason", "The reason"),
                ruleSets: isBundle ? [] : exchange.console.ruleSet.map { [$0] } ?? [],
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

    private static func row(_ job: ProductionDesk.Job) -> [String: Any] {
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
        case .produced(let report):
            values["state"] = "done"
            values["good"] = true
            values["report"] = self.values(report)
        case .verified(let verdicts):
            let worst = verdicts.verdicts.values.map(\.word).max() ?? .error
            values["state"] = worst.rawValue
            values["good"] = worst == .pass
            values["bad"] = worst == .fail || worst == .error
            values["verdicts"] = Question.allCases.map { question in
                [
                    "question": question.rawValue, "word": verdicts[question].word.rawValue,
                    "findings": verdicts[question].findings.map(\.text),
                ] as [String: Any]
            }
        }
        return values
    }

    private static func values(_ report: ProductionReport) -> [String: Any] {
        var lines = [
            "\(Words.count(report.instances, "original", "originals")) of \(Words.count(report.studies, "study", "studies")), \(report.bytes) bytes",
            "\(report.entries) entries of the log, \(report.decisions) decisions",
            "on the log as entry \(report.leaf); digest of the bag \(report.tagManifest)",
        ]
        if report.absent > 0 { lines.append("\(report.absent) are named and not there: their bytes were not kept") }
        if report.uncertain > 0 {
            lines.append("\(report.uncertain) are held of which nobody can tell whose they are, and were left out")
        }
        if !report.missingRules.isEmpty {
            lines.append("rule sets that decided and are missing: \(report.missingRules.joined(separator: ", "))")
        }
        return [
            "lines": lines,
            "fingerprints": report.fingerprints.map { ["digest": $0.digest, "whose": "\($0.role) \($0.name)"] },
        ]
    }
}
