internal import CustodyLog
internal import Host
internal import Registry

/// A gateway's work, for those who run it.
enum OperationsPages {
    static let routes: [ConsoleRoute] = [
        .page("/operations", .seeOperations, show),
        .action("/operations/dead-letters/{letter}/release", .releaseDeadLetters) { exchange in
            guard let source = exchange.console.operations else { throw ConsoleProblem.notFound }
            let id = try exchange.number("letter"), person = try exchange.person()
            guard try source.release(deadLetter: id, at: exchange.time) else {
                throw ConsoleProblem(
                    409, "That was not done", "There is no dead letter \(id) any more. Perhaps somebody was faster.")
            }
            try exchange.console.record(
                .deliveryReleased, by: person.name, at: exchange.time, [("delivery", "\(id)")])
            return exchange.done("Letter \(id) waits to be sent again.", "/operations")
        },
    ]

    private static func show(_ exchange: Exchange) throws -> ConsoleAnswer {
        let charts = try exchange.console.charts.charts(exchange.registry, at: exchange.time).map(\.values)
        let certificates = ExpiringCertificates.rows(exchange.console.settings, at: exchange.time)
        guard let source = exchange.console.operations else {
            return exchange.page(
                "operations", "Operations",
                [
                    "none": true, "charts": charts, "certificates": certificates,
                    "noCertificates": certificates.isEmpty,
                ])
        }
        let picture = try source.picture(at: exchange.time)
        let busiest = picture.destinations.map(\.waiting).max() ?? 0
        func checks(_ states: [OperationsPicture.Check.State]) -> [[String: Any]] {
            picture.checks.filter { states.contains($0.state) }.map {
                [
                    "area": $0.area, "text": ConsoleResponder.sentence($0.text),
                    "advice": $0.advice.isEmpty ? "" : ConsoleResponder.sentence($0.advice),
                    "bad": $0.state == .problem,
                    "word": $0.state == .problem ? "to mend" : $0.state == .warning ? "to consider" : $0.state.rawValue,
                ]
            }
        }
        let open = checks([.problem]) + checks([.warning])
        return exchange.page(
            "operations", "Operations",
            [
                "gateway": picture.gateway, "charts": charts,
                "certificates": certificates
                    + checks(OperationsPicture.Check.State.all).filter {
                        ($0["text"] as? String)?.contains("ertificate") ?? false
                    }
                    .map {
                        ["whose": "the gateway", "state": $0["text"] ?? "", "bad": $0["bad"] ?? false, "until": ""]
                    },
                "noCertificates": false,
                "figures": [
                    figure(picture.arrivals, "instances came"),
                    figure(picture.openStudies, "studies settle or wait to be decided"),
                    figure(picture.keptBack, "decisions keep something back"),
                    figure(picture.commitments, "storage commitments are owed"),
                ],
                "destinations": picture.destinations.map { row($0, busiest: busiest, at: exchange.time) },
                "noDestinations": picture.destinations.isEmpty,
                "letters": picture.deadLetters.map {
                    [
                        "id": "\($0.id)", "destination": $0.destination, "audience": $0.audience,
                        "attempts": $0.attempts,
                        "answer": $0.answer ?? "none", "since": Words.time($0.since),
                    ] as [String: Any]
                }, "noLetters": picture.deadLetters.isEmpty, "mayRelease": exchange.may(.releaseDeadLetters),
                "open": open, "allFine": open.isEmpty, "rest": checks([.note, .fine]),
            ])
    }

    private static func figure(_ number: Int, _ words: String) -> [String: Any] { ["number": number, "words": words] }

    /// With a bar that is as long as what waits, drawn here.
    private static func row(
        _ destination: OperationsPicture.Destination, busiest: Int, at time: Instant
    ) -> [String: Any] {
        [
            "name": destination.name, "waiting": destination.waiting, "sent": destination.sent,
            "done": destination.done,
            "dead": destination.dead, "isDead": destination.dead > 0,
            "bar": busiest == 0 ? 0 : destination.waiting * 100 / busiest,
            "oldest": destination.oldest.map {
                Words.span(milliseconds: time.milliseconds - $0.milliseconds)
            } ?? "",
        ]
    }
}
