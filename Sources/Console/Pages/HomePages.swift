internal import Host
internal import Registry

/// What waits for somebody.
enum HomePages {
    /// Records that are looked at for what waits; where there are more, it is said.
    static let most = 200

    static let routes: [ConsoleRoute] = [
        .page("/", .ownAccount) { exchange in
            let may = Permission.allCases.filter { $0 != .ownAccount && exchange.may($0) }.map(\.words)
            let tiles = try holds(exchange) + grants(exchange)
            return exchange.page(
                "home", "Overview",
                ["may": may, "seesPatients": exchange.may(.seePatients), "tiles": tiles, "hasTiles": !tiles.isEmpty])
        }
    ]

    private static func holds(_ exchange: Exchange) throws -> [[String: Any]] {
        guard exchange.may(.seeHolds) else { return [] }
        let holds = try exchange.registry.holds(unreleasedOnly: true, limit: most)
        let person = try exchange.person()
        let due = holds.filter { HoldPages.nextReview($0).map { $0 <= exchange.time } ?? false }.count
        let asked = holds.filter { hold in
            hold.releaseRequest.map { !$0.person.isSame(as: person) && !hold.placedBy.isSame(as: person) } ?? false
        }
        let isCut = holds.count == most
        var tiles = [tile("/holds", holds.count, "holds in force", isCut: isCut)]
        if due > 0 { tiles.append(tile("/holds", due, "holds to be reviewed", isUrgent: true, isCut: isCut)) }
        if exchange.may(.releaseHolds), !asked.isEmpty {
            let path = asked.count == 1 ? "/holds/\(asked[0].id)" : "/holds"
            tiles.append(
                tile(path, asked.count, "releases that wait for a second person", isUrgent: true, isCut: isCut))
        }
        return tiles
    }

    private static func grants(_ exchange: Exchange) throws -> [[String: Any]] {
        guard exchange.may(.seeGrants) else { return [] }
        let grants = try exchange.registry.grants(limit: most)
        let running = grants.filter { $0.isRunning(at: exchange.time) }.count
        let open = grants.filter { $0.reviews.isEmpty && !$0.isRunning(at: exchange.time) }.count
        let isCut = grants.count == most
        return [
            tile("/break-glass", running, "emergencies that run", isUrgent: running > 0, isCut: isCut),
            tile("/break-glass", open, "emergencies to be reviewed", isUrgent: open > 0, isCut: isCut),
        ]
    }

    private static func tile(
        _ path: String, _ number: Int, _ words: String, isUrgent: Bool = false, isCut: Bool
    ) -> [String: Any] {
        ["path": path, "number": isCut ? "\(number) or more" : "\(number)", "words": words, "urgent": isUrgent]
    }
}
