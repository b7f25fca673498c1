internal import CustodyLog
internal import Host
internal import Registry

/// Small pictures of what is in a study, for those who may see whom it is about.
enum PicturePages {
    static let routes: [ConsoleRoute] = [
        .page("/studies/{study}/pictures/{instance}/{frame}", .seeStudies, show)
    ]

    private static func show(_ exchange: Exchange) throws -> ConsoleAnswer {
        switch try picture(exchange) {
        case .success(let bytes): ConsoleAnswer(type: "image/png", bytes)
        case .failure(let missing): placeholder(missing.reason)
        }
    }

    /// The picture of the path as PNG, or why there is none.
    static func picture(_ exchange: Exchange) throws -> Result<[UInt8], PictureDesk.Missing> {
        let uid = exchange.values["study"] ?? "", digest = exchange.values["instance"] ?? ""
        guard let frame = PictureDesk.Frame(rawValue: exchange.values["frame"] ?? ""),
            let record = try exchange.registry.instance(digest),
            record.instance.attributes[.studyInstanceUID] == uid
        else { throw ConsoleProblem.notFound }
        let person = try exchange.person()
        guard let sight = try exchange.sight(ofStudy: uid) else {
            try exchange.console.record(
                .accessRefused, by: person.name, at: exchange.time,
                [
                    ("resource", "picture"), ("why", "patient"), ("digest", digest),
                    ("address", exchange.request.address),
                ]
            )
            return .failure(PictureDesk.Missing(reason: "your role sees no pictures"))
        }
        let marksText = exchange.request.query["text"] == "yes"
        // Written down before anything is shown.
        try exchange.console.record(
            .viewed, by: person.name, at: exchange.time,
            [("what", "picture"), ("digest", digest), ("frame", frame.rawValue)] + sight.facts,
            personal: [("StudyInstanceUID", uid)], about: [.study(uid)])
        guard record.removed == nil else {
            return .failure(PictureDesk.Missing(reason: "the original is not kept here"))
        }
        do throws(PictureDesk.Missing) {
            return .success(
                try exchange.console.pictures.picture(digest, size: record.instance.size, frame, marksText: marksText))
        } catch {
            return .failure(error)
        }
    }

    /// In the place of a picture: why there is none.
    static func placeholder(_ reason: String) -> ConsoleAnswer {
        var lines: [String] = [], line = ""
        for word in "No picture: \(reason).".split(separator: " ") {
            if line.count + word.count > 24 {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        lines.append(line)
        let top = 120 - (lines.count - 1) * 11
        let text = lines.enumerated().map { number, line in
            "<text x=\"120\" y=\"\(top + number * 22)\">\(SVGText.escaped(line))</text>"
        }
        let svg = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240" width="240" height="240" role="img" \
            font-family="sans-serif" font-size="16" text-anchor="middle" fill="#e6ebf0">\
            <rect width="240" height="240" fill="#2b3640"/>\(text.joined())</svg>
            """
        return ConsoleAnswer(type: "image/svg+xml", Array(svg.utf8))
    }
}
