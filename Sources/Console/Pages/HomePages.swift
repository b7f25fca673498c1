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

    struct Holds: Sendable {
        var inForce: Int
        var due: Int
        /// Whose release waits for this person as the second.
        var asked: [Int64]
        var isCut: Bool
    }

    static func countedHolds(_ exchange: Exchange) throws -> Holds {
        let holds = try exchange.registry.holds(unreleasedOnly: true, limit: most)
        let person = try exchange.person()
        return Holds(
            inForce: holds.count,
            due: holds.filter { HoldPages.nextReview($0).map { $0 <= exchange.time } ?? false }.count,
            asked: holds.filter { hold in
                hold.releaseRequest.map { !$0.person.isSame(as: person) && !hold.placedBy.isSame(as: person) } ?? false
            }.map(\.id), isCut: holds.count == most)
    }

    struct Grants: Sendable {
        var running: Int
        var open: Int
        var isCut: Bool
    }

    static func countedGrants(_ exchange: Exchange) throws -> Grants {
        let grants = try exchange.registry.grants(limit: most)
        return Grants(
            running: grants.filter { $0.isRunning(at: exchange.time) }.count,
            open: grants.filter { $0.reviews.isEmpty && !$0.isRunning(at: exchange.time) }.count,
            isCut: grants.count == most)
    }

    private static func holds(_ exchange: Exchange) throws -> [[String: Any]] {
        guard exchange.may(.seeHolds) else { return [] }
        let holds = try countedHolds(exchange)
        var tiles = [tile("/holds", holds.inForce, "holds in force", isCut: holds.isCut)]
        if holds.due > 0 {
            tiles.append(tile("/holds", holds.due, "holds to be reviewed", isUrgent: true, isCut: holds.isCut))
        }
        if exchange.may(.releaseHolds), let first = holds.asked.first {
            let path = holds.asked.count == 1 ? "/holds/\(first)" : "/holds"
            tiles.append(
                tile(
                    path, holds.asked.count, "releases that wait for a second person", isUrgent: true,
                    isCut: holds.isCut))
        }
        return tiles
    }

    private static func grants(_ exchange: Exchange) throws -> [[String: Any]] {
        guard exchange.may(.seeGrants) else { return [] }
        let grants = try countedGrants(exchange)
        return [
            tile(
                "/break-glass", grants.running, "emergencies that run", isUrgent: grants.running > 0,
                isCut: grants.isCut),
            tile(
                "/break-glass", grants.open, "emergencies to be reviewed", isUrgent: grants.open > 0,
                isCut: grants.isCut),
        ]
    }

    private static func tile(
        _ path: String, _ number: Int, _ words: String, isUrgent: Bool = false, isCut: Bool
    ) -> [String: Any] {
        ["path": path, "number": isCut ? "\(number) or more" : "\(number)", "words": words, "urgent": isUrgent]
    }
}
