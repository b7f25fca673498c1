import CustodyLog
import Host
import Inputs
import Registry

/// Holds, for people and for scripts.
enum HoldText {
    static func table(_ holds: [Hold], showsValues: Bool, now: Instant) -> [String] {
        let rows = holds.map { hold in
            [
                "\(hold.id)", hold.matter.printable, hold.scope.words(showsValues: showsValues), state(hold, now),
                hold.start.day, hold.nextReview?.day ?? "", hold.custodian.printable,
            ]
        }
        var table = Table(
            ["hold", "matter", "about", "state", "since", "review", "custodian"].map {
                Table.Column(title: $0, isNumber: $0 == "hold")
            })
        for row in rows { table.add(row) }
        return table.lines(width: TerminalSize.columns)
    }

    static func lines(_ hold: Hold, instances: Int) -> [String] {
        var lines = [
            "hold \(hold.id), \(state(hold, .now))",
            "matter      \(hold.matter.printable)",
            "about       \(hold.scope.words(showsValues: true))",
            "covers      \(instances) known instances now",
            "custodian   \(hold.custodian.printable)",
            "authority   \(hold.authority.printable)",
            "reason      \(hold.reason.printable)",
            "placed      \(hold.placed) by \(hold.placedBy)",
            "in force    from \(hold.start)",
        ]
        for review in hold.reviews {
            lines.append("reviewed    \(review.time) by \(review.person): \(review.reason.printable)")
        }
        if let next = hold.nextReview { lines.append("review by   \(next.day)") }
        if let wish = hold.releaseRequest {
            lines.append("asked       to be released, \(wish.time) by \(wish.person): \(wish.reason.printable)")
        }
        if let wish = hold.release {
            lines.append("released    \(wish.time) by \(wish.person): \(wish.reason.printable)")
        }
        return lines
    }

    static func state(_ hold: Hold, _ now: Instant) -> String {
        if hold.release != nil { return "released" }
        if !hold.isInForce(at: now) { return "begins later" }
        return hold.releaseRequest == nil ? "in force" : "in force, release asked for"
    }

    static func json(_ hold: Hold, showsValues: Bool, instances: Int? = nil) -> JSON {
        func wish(_ wish: Hold.Wish?) -> JSON? {
            wish.map {
                .object([
                    "by": .string($0.person.name), "at": .string("\($0.time)"), "reason": .string($0.reason),
                ])
            }
        }
        return .object([
            "hold": .number(Int(hold.id)), "matter": .string(hold.matter), "state": .string(state(hold, .now)),
            "about": hold.scope.json(showsValues: showsValues), "custodian": .string(hold.custodian),
            "authority": .string(hold.authority), "reason": .string(hold.reason),
            "placedBy": .string(hold.placedBy.name), "placed": .string("\(hold.placed)"),
            "start": .string("\(hold.start)"), "review": hold.nextReview.map { .string("\($0)") },
            "reviews": hold.reviews.isEmpty
                ? nil
                : .array(
                    hold.reviews.map {
                        .object([
                            "by": .string($0.person.name), "at": .string("\($0.time)"), "reason": .string($0.reason),
                            "next": $0.next.map { .string("\($0)") },
                        ])
                    }),
            "releaseRequest": wish(hold.releaseRequest), "release": wish(hold.release),
            "instances": instances.map { .number($0) },
        ])
    }

    /// Who was shown whom holds are about.
    static func recordLook(at holds: [Hold], by person: Person, at time: Instant, in registry: Registry) throws {
        guard !holds.isEmpty else { return }
        let numbers = holds.map { "\($0.id)" }.joined(separator: " ")
        try registry.record(
            CustodyEvent(
                .viewed, time: time, actor: person.name,
                facts: [CustodyEvent.Fact("by", "hold"), CustodyEvent.Fact("holds", numbers)]))
    }
}

extension Hold {
    /// That of the last review, or of the placing.
    var nextReview: Instant? { reviews.last.map(\.next) ?? review }
}
