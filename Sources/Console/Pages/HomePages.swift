internal import Host
internal import Registry

/// What waits for somebody.
enum HomePages {
    /// Releases that are looked at for those that wait for one person; where there are more, it is said.
    static let most = 200

    static let routes: [ConsoleRoute] = [
        .page("/", .ownAccount) { exchange in
            let may = Permission.allCases.filter { $0 != .ownAccount && exchange.may($0) }.map(\.words)
            let tiles = tiles(try Waiting(exchange), exchange)
            return exchange.page(
                "home", "Overview",
                ["may": may, "seesPatients": exchange.may(.seePatients), "tiles": tiles, "hasTiles": !tiles.isEmpty])
        }
    ]

    /// Counted in the registry's indices, whatever its size. What somebody may not see is nil.
    struct Waiting: Sendable {
        var holds: (inForce: Int, due: Int)?
        /// Numbers of holds whose release waits for this person as the second.
        var asked: [Int64]?
        var isCut = false
        var grants: (running: Int, unreviewed: Int)?
        var wishes: Int?

        init(_ exchange: Exchange) throws {
            let registry = exchange.registry
            if exchange.may(.seeHolds) { holds = try registry.holdCounts(at: exchange.time) }
            if exchange.may(.releaseHolds) {
                let person = try exchange.person()
                let wished = try registry.holdsToRelease(limit: HomePages.most)
                isCut = wished.count == HomePages.most
                asked = try wished.filter { hold in
                    try [hold.placedBy, hold.releaseRequest?.person].compactMap { $0 }.allSatisfy {
                        try !registry.isOne($0, person)
                    }
                }.map(\.id)
            }
            if exchange.may(.seeGrants) { grants = try registry.grantCounts(at: exchange.time) }
            if exchange.may(.grantGlass) {
                // Nobody grants their own.
                let person = try exchange.person()
                wishes = try exchange.console.emergencies.waiting(at: exchange.time).filter {
                    try !registry.isOne($0.person, person)
                }.count
            }
        }
    }

    private static func tiles(_ waiting: Waiting, _ exchange: Exchange) -> [[String: Any]] {
        // What most come for has no number: it is counted when it is looked at.
        var tiles: [[String: Any]] = []
        if exchange.may(.seeStudies) {
            tiles.append(["path": "/queue", "number": "Queue", "words": "what is kept back, and why", "urgent": false])
        }
        if let holds = waiting.holds {
            tiles.append(tile("/holds", holds.inForce, "holds in force"))
            if holds.due > 0 { tiles.append(tile("/holds", holds.due, "holds to be reviewed", isUrgent: true)) }
        }
        if let asked = waiting.asked, let first = asked.first {
            let path = asked.count == 1 ? "/holds/\(first)" : "/holds?state=asked"
            tiles.append(
                tile(
                    path, asked.count, "releases that wait for a second person", isUrgent: true, isCut: waiting.isCut))
        }
        if let wishes = waiting.wishes, wishes > 0 {
            tiles.append(tile("/break-glass", wishes, "wishes for a look in an emergency", isUrgent: true))
        }
        if let grants = waiting.grants {
            tiles.append(
                tile("/break-glass", grants.running, "emergencies that run", isUrgent: grants.running > 0))
            tiles.append(
                tile("/break-glass", grants.unreviewed, "emergencies to be reviewed", isUrgent: grants.unreviewed > 0))
        }
        return tiles
    }

    private static func tile(
        _ path: String, _ number: Int, _ words: String, isUrgent: Bool = false, isCut: Bool = false
    ) -> [String: Any] {
        ["path": path, "number": isCut ? "\(number) or more" : "\(number)", "words": words, "urgent": isUrgent]
    }
}
