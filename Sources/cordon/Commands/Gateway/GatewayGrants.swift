import ArgumentParser
import CustodyLog
import Host
import Inputs
import Registry

/// `cordon gateway grants`: broken glass, for those who look into it afterwards.
struct GatewayGrants: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grants",
        abstract: "Lists broken glass, ends it, and records what a review found.",
        discussion: "Who breaks it does so at the gateway, in an emergency (docs/access.md).",
        subcommands: [List.self, Review.self, End.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists grants that run, or wait for a review.",
            discussion: """
                Without `--show-values` it names no patient and no study.

                Example: cordon gateway grants list --registry /srv/cordon
                """)

        @Flag(name: .long, help: "Those that have ended and were reviewed too.")
        var all = false

        @Flag(name: .long, help: "Show whom they are about, and why. The look is recorded: give `--as`.")
        var showValues = false

        @OptionGroup(title: "Registry")
        var site: RegistryOptions

        @Flag(name: .long, help: "Print JSON.")
        var json = false

        func run() throws {
            let registry = try site.opened()
            let now = Instant.now
            let grants = try asking { try registry.grants() }.filter {
                all || $0.isRunning(at: now) || $0.reviews.isEmpty
            }
            if showValues { try recordLook(at: grants, registry, now) }
            if json {
                let list = grants.map { GrantText.json($0, showsValues: showValues, now: now) }
                StandardOutput.print(JSON.object(["grants": .array(list)]).indentedText)
            } else if grants.isEmpty {
                StandardOutput.print(all ? "no grants" : "no grants that run or wait for a review")
            } else {
                StandardOutput.print(
                    GrantText.table(grants, showsValues: showValues, now: now).joined(separator: "\n"))
            }
        }

        private func recordLook(at grants: [Grant], _ registry: Registry, _ now: Instant) throws {
            let person = try site.actor()
            guard !grants.isEmpty else { return }
            let event = CustodyEvent(
                .viewed, time: now, actor: person.name,
                facts: [
                    CustodyEvent.Fact("by", "grant"), CustodyEvent.Fact("count", "\(grants.count)"),
                    CustodyEvent.Fact("grants", grants.prefix(1000).map { "\($0.id)" }.joined(separator: " ")),
                ])
            _ = try asking { try registry.record(event) }
        }
    }

    struct Review: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "review",
            abstract: "Records what was found of a grant. Nobody reviews a grant of their own.",
            discussion: """
                Example: cordon gateway grants review 3 --justified --remark "seen in the emergency room" --as anna
                """)

        @Argument(help: ArgumentHelp("Its number.", valueName: "number"))
        var number: Int64

        @Flag(name: .long, inversion: .prefixedNo, help: "Whether it was right to break the glass.")
        var justified: Bool

        @Option(name: .long, help: ArgumentHelp("What was found.", valueName: "words"))
        var remark: String

        @OptionGroup(title: "Registry")
        var site: RegistryOptions

        func run() throws {
            let registry = try site.opened()
            let person = try site.actor()
            let grant = try asking {
                try registry.review(
                    grant: number, isJustified: justified, remark: remark, by: person, at: .now)
            }
            StandardOutput.print("grant \(grant.id) is reviewed: \(justified ? "justified" : "not justified")")
        }
    }

    struct End: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "end",
            abstract: "Ends a grant before its time.",
            discussion: """
                Example: cordon gateway grants end 3 --reason "not on duty" --as anna
                """)

        @Argument(help: ArgumentHelp("Its number.", valueName: "number"))
        var number: Int64

        @Option(name: .long, help: ArgumentHelp("Why.", valueName: "words"))
        var reason: String

        @OptionGroup(title: "Registry")
        var site: RegistryOptions

        func run() throws {
            let registry = try site.opened()
            let person = try site.actor()
            let grant = try asking { try registry.end(grant: number, reason: reason, by: person, at: .now) }
            StandardOutput.print("grant \(grant.id) has ended")
        }
    }
}

/// Grants, for people and for scripts.
enum GrantText {
    static func state(_ grant: Grant, _ now: Instant) -> String {
        if grant.isRunning(at: now) { return "runs" }
        return grant.end == nil ? "ran out" : "ended"
    }

    private static func review(_ grant: Grant) -> String {
        guard let last = grant.reviews.last else { return "to be reviewed" }
        return last.isJustified ? "justified" : "not justified"
    }

    static func table(_ grants: [Grant], showsValues: Bool, now: Instant) -> [String] {
        var table = Table(
            ["number", "person", "about", "state", "since", "until", "review"].map {
                Table.Column(title: $0, isNumber: $0 == "number")
            })
        for grant in grants {
            table.add([
                "\(grant.id)", grant.person.name.printable, grant.scope.words(showsValues: showsValues),
                state(grant, now), "\(grant.started)", "\(grant.until)", review(grant),
            ])
        }
        return table.lines(width: TerminalSize.columns)
    }

    static func json(_ grant: Grant, showsValues: Bool, now: Instant) -> JSON {
        .object([
            "number": .number(Int(grant.id)), "person": .string(grant.person.name), "proof": .string(grant.proof),
            "state": .string(state(grant, now)), "about": grant.scope.json(showsValues: showsValues),
            "reason": showsValues ? .string(grant.reason) : nil, "started": .string("\(grant.started)"),
            "until": .string("\(grant.until)"), "audience": grant.audience.map { .string($0) },
            "end": grant.end.map { .object(["by": .string($0.person.name), "at": .string("\($0.time)")]) },
            "reviews": .array(
                grant.reviews.map {
                    .object([
                        "by": .string($0.person.name), "justified": .bool($0.isJustified),
                        "at": .string("\($0.time)"), "remark": showsValues ? .string($0.remark) : nil,
                    ])
                }),
        ])
    }
}
