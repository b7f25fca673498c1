internal import CustodyLog
internal import Host
internal import Inputs
internal import Registry

/// The custody log, with proofs.
enum LogPages {
    static let pageSize = 50
    /// Entries that one page looks through for those that are asked for.
    static let mostRead = 2000
    static let exportSize = 10_000

    static let routes: [ConsoleRoute] = [
        .page("/log", .seeLog, list),
        .page("/log/{entry}", .seeLog, show),
        .page("/log/{entry}/proof", .seeLog, proof),
        .page("/log/{entry}/leaf", .seeLog) { exchange in
            let index = try entry(exchange)
            guard let bytes = try exchange.registry.readLog({ try $0.leafBytes(at: index) }) else {
                throw ConsoleProblem.notFound
            }
            return download("text/plain; charset=utf-8", "\(index).leaf", bytes)
        },
        .page("/log-export", .seeLog, export),
    ]

    private static func entry(_ exchange: Exchange) throws(ConsoleProblem) -> Int {
        guard let index = exchange.values["entry"].flatMap({ Int($0) }), index >= 0 else { throw .notFound }
        return index
    }

    private static func download(_ type: String, _ name: String, _ bytes: [UInt8]) -> ConsoleAnswer {
        var answer = ConsoleAnswer(type: type, bytes)
        answer.headers.append(("Content-Disposition", "attachment; filename=\"\(name)\""))
        return answer
    }

    /// `label-withdrawn`: label withdrawn.
    static func words(_ kind: String) -> String { kindWords[kind] ?? kind.replacing("-", with: " ") }

    /// Where the log's word says too little to people.
    private static let kindWords = [
        "viewed": "looked at", "queried": "searched", "labelled": "label given", "held": "hold placed",
        "released": "hold released", "release-requested": "hold: release asked for",
        "release-declined": "hold: release declined", "hold-reviewed": "hold reviewed",
        "forbidden": "forbidden by a hold",
        "override-started": "break-glass began", "override-stopped": "break-glass ended",
        "override-reviewed": "break-glass reviewed", "override-requested": "break-glass asked for",
        "override-declined": "break-glass declined", "kept": "kept back, after a look",
        "rule-set-proposed": "rule set proposed", "rule-set-signed": "rule set signed",
        "rule-set-uploaded": "candidate rules uploaded", "rule-set-discarded": "candidate rules discarded",
        "logged-in": "signed in",
        "logged-out": "signed out",
        "login-refused": "sign-in refused", "access-refused": "refused",
    ]

    // MARK: - The list

    private static func list(_ exchange: Exchange) throws -> ConsoleAnswer {
        let query = exchange.request.query
        let kind = query["kind"], actor = query["actor"]
        let (size, rows, end) = try rows(
            kind: kind, actor: actor, before: query["before"].flatMap { Int($0) }, limit: pageSize, exchange)
        return exchange.page(
            "log", "Log",
            [
                "size": size, "rows": rows.map { row($0.0, $0.1) }, "none": rows.isEmpty,
                "kinds": CustodyEvent.Kind.allCases.map(\.rawValue).sorted().map {
                    ["value": $0, "words": words($0), "chosen": $0 == kind] as [String: Any]
                },
                "actor": actor ?? "", "more": end > 0, "before": end, "kind": kind.map { PercentText.encode($0) } ?? "",
                "actorCoded": PercentText.encode(actor ?? ""), "cut": rows.count < pageSize && end > 0,
                "read": mostRead,
                "exportFrom": max(0, size - exportSize), "exportSize": exportSize,
            ])
    }

    /// Entries that are asked for, the newest first; that somebody looked is written down.
    static func rows(
        kind: String?, actor: String?, before: Int?, limit: Int, _ exchange: Exchange
    ) throws -> (size: Int, rows: [(Int, EventLeaf)], end: Int) {
        let found = try exchange.registry.readLog { log in
            let size = try log.logSize()
            var rows: [(Int, EventLeaf)] = []
            var index = min(size, max(0, before ?? size))
            let last = max(0, index - mostRead)
            while index > last, rows.count < limit {
                // Where nothing is asked for, each is one of those that are shown.
                let step = kind == nil && actor == nil ? limit - rows.count : 500
                let first = max(last, index - step)
                for bytes in try leaves(first..<index, of: log).reversed() where rows.count < limit {
                    index -= 1
                    guard EventLeaf.isMeant(bytes, kind: kind, actor: actor) else { continue }
                    rows.append((index, try EventLeaf(bytes: bytes)))
                }
            }
            return (size, rows, index)
        }
        try exchange.console.record(
            .viewed, by: exchange.person().name, at: exchange.time,
            [("what", "log"), ("count", "\(found.1.count)")])
        return found
    }

    /// All of them: without one that is missing the next would be shown by its index.
    static func leaves(_ range: Range<Int>, of log: any LogReading) throws -> [[UInt8]] {
        let found = try log.leafBytes(in: range)
        guard found.count == range.count else {
            throw LogError(
                .missing, "not all leaves from \(range.lowerBound) to \(range.upperBound - 1) are in the log")
        }
        return found
    }

    private static func row(_ index: Int, _ leaf: EventLeaf) -> [String: Any] {
        [
            "index": index, "time": Words.time(leaf.time), "kind": words(leaf.kindName), "actor": leaf.actor,
            "facts": leaf.facts.prefix(6).map { "\(words($0.name)): \(short($0.value))" }.joined(separator: " · "),
        ]
    }

    private static func short(_ text: String) -> String { text.count > 40 ? text.prefix(16) + "…" : text }

    // MARK: - One

    private static func show(_ exchange: Exchange) throws -> ConsoleAnswer {
        let (index, leaf, openings, size) = try found(exchange)
        let showsValues = exchange.may(.seeLogValues)
        let personal = leaf.commitments.map { commitment -> [String: Any] in
            let value = openings.first { $0.opens(commitment) }?.value
            return [
                "name": words(commitment.name), "value": showsValues ? value ?? "" : "", "erased": value == nil,
                "hidden": value != nil && !showsValues, "commitment": Hex.text(commitment.hash.bytes),
            ]
        }
        let signed = try? folder(exchange).latest().map { try Checkpoint(text: $0.text).size }
        return exchange.page(
            "entry", "Log entry \(index)",
            [
                "index": index, "time": Words.time(leaf.time), "kind": words(leaf.kindName), "actor": leaf.actor,
                "facts": leaf.facts.map { ["name": words($0.name), "value": $0.value] }, "personal": personal,
                "hash": Hex.text(leaf.hash.bytes), "proof": (signed ?? nil).map { $0 > index } ?? false,
                "signed": (signed ?? nil) ?? 0, "isSigned": (signed ?? nil) != nil,
                "earlier": index > 0 ? "\(index - 1)" : "",
                "later": index + 1 < size ? "\(index + 1)" : "",
            ])
    }

    /// The entry of the path. That values are looked at is written down before they are shown.
    static func found(
        _ exchange: Exchange
    ) throws -> (index: Int, leaf: EventLeaf, openings: [Opening], size: Int) {
        let index = try entry(exchange)
        let found = try exchange.registry.readLog { log -> (EventLeaf, [Opening], Int)? in
            let size = try log.logSize()
            guard index < size else { return nil }
            return (try log.leaf(at: index), try log.openings(at: index), size)
        }
        guard let (leaf, openings, size) = found else { throw ConsoleProblem.notFound }
        if exchange.may(.seeLogValues), !leaf.commitments.isEmpty {
            try exchange.console.record(
                .viewed, by: exchange.person().name, at: exchange.time, [("what", "log"), ("entry", "\(index)")])
        }
        return (index, leaf, openings, size)
    }

    private static func folder(_ exchange: Exchange) throws -> LogFolder {
        try LogFolder(registry: exchange.console.settings.registry)
    }

    private static func proof(_ exchange: Exchange) throws -> ConsoleAnswer {
        let index = try entry(exchange)
        guard let note = try folder(exchange).latest() else {
            throw ConsoleProblem(
                409, "There is no proof yet", "The log has no checkpoint. At the server: cordon log checkpoint.")
        }
        let size = try Checkpoint(text: note.text).size
        guard index < size else {
            throw ConsoleProblem(
                409, "There is no proof yet",
                "The last checkpoint has \(size) entries. At the server: cordon log checkpoint.")
        }
        let path = try exchange.registry.readLog { try $0.inclusionProof(of: index, size: size) }
        return download(
            "text/plain; charset=utf-8", "\(index).tlog-proof",
            LogProof(index: index, path: path, checkpoint: note).bytes)
    }

    /// Entries as lines of JSON, without what may name patients.
    private static func export(_ exchange: Exchange) throws -> ConsoleAnswer {
        let from = max(0, exchange.request.query["from"].flatMap { Int($0) } ?? 0)
        let lines = try exchange.registry.readLog { log in
            let end = min(try log.logSize(), from.addingReportingOverflow(exportSize).partialValue)
            return try stride(from: from, to: max(from, end), by: 500).flatMap { first in
                try leaves(first..<min(first + 500, end), of: log).enumerated().map {
                    line(first + $0, try EventLeaf(bytes: $1))
                }
            }
        }
        try exchange.console.record(
            .exported, by: exchange.person().name, at: exchange.time,
            [("what", "log"), ("from", "\(from)"), ("count", "\(lines.count)"), ("destination", "browser")])
        return download("application/jsonl", "custody-log-\(from).jsonl", Array(lines.joined().utf8))
    }

    private static func line(_ index: Int, _ leaf: EventLeaf) -> String {
        JSON.object([
            "index": .number(index), "time": .string("\(leaf.time)"), "kind": .string(leaf.kindName),
            "actor": .string(leaf.actor),
            "facts": .array(leaf.facts.map { .object(["name": .string($0.name), "value": .string($0.value)]) }),
            "personal": .array(
                leaf.commitments.map {
                    .object(["name": .string($0.name), "commitment": .string(Hex.text($0.hash.bytes))])
                }),
            "hash": .string(Hex.text(leaf.hash.bytes)),
        ]).text + "\n"
    }
}
