import ArgumentParser
import Inputs

/// `cordon remote grants`: looks in emergencies.
struct RemoteGrants: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grants",
        abstract: "Lists broken glass, ends a grant and reviews it; asks for a look, grants and declines one.",
        subcommands: [
            List.self, Show.self, End.self, Review.self, Own.self, Ask.self, Wishes.self, Grant.self, Decline.self,
        ])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists grants that run or wait for a review.")

        @Flag(name: .long, help: "All of them.") var all = false
        @Option(name: .long, help: "Only those with greater numbers.") var after: Int64?
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            try console.list(
                "/break-glass", query: [("state", all ? "all" : nil), ("after", after.map { "\($0)" })], "grants",
                ["id", "person", "scope", "running", "until", "reason"])
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows one grant.")

        @Argument(help: "Its number.") var number: Int64
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { try console.show("GET", "/break-glass/\(number)") }
    }

    struct End: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "end", abstract: "Ends a grant before its time.")

        @Argument(help: "Its number.") var number: Int64
        @Option(name: .long, help: "Why.") var reason: String
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            try console.show("POST", "/break-glass/\(number)/end", body: .object(["reason": .string(reason)]))
        }
    }

    struct Review: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "review", abstract: "Writes down whether it was justified.")

        @Argument(help: "Its number.") var number: Int64
        @Flag(inversion: .prefixedNo, help: "Whether it was.") var justified: Bool
        @Option(name: .long, help: "What you found.") var remark: String
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            try console.show(
                "POST", "/break-glass/\(number)/review",
                body: .object(["justified": .bool(justified), "remark": .string(remark)]))
        }
    }

    struct Own: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "own", abstract: "Shows what waits and runs of one's own.")

        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { try console.show("GET", "/break-glass/own") }
    }

    struct Ask: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ask",
            abstract: "Asks for a look in an emergency; asks for a code.",
            discussion: "Call somebody who may grant it: nobody may be looking.")

        @Option(name: .long, help: "Study Instance UID.") var study: String?
        @Option(name: .long, help: "Patient ID.") var patient: String?
        @Option(name: .long, help: "Issuer of Patient ID.") var issuer: String?
        @Option(name: .long, help: "15, 30 or 60.") var minutes = 30
        @Option(name: .long, help: "What the emergency is.") var reason: String
        @OptionGroup(title: "Console") var console: RemoteConsole

        func validate() throws {
            guard (study == nil) != (patient == nil) else { throw ValidationError("give one of --study and --patient") }
        }

        func run() throws {
            try console.show(
                "POST", "/break-glass",
                body: .object([
                    "about": .string(study == nil ? "patient" : "study"), "value": .string(study ?? patient ?? ""),
                    "issuer": issuer.map { .string($0) }, "minutes": .number(minutes), "reason": .string(reason),
                ]))
        }
    }

    struct Wishes: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "wishes",
            abstract: "Lists wishes that wait for somebody who grants them.")

        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            try console.list(
                "/break-glass/wishes", "wishes", ["id", "person", "scope", "minutes", "reason", "time"])
        }
    }

    struct Grant: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "grant", abstract: "Grants somebody else's wish; asks for a code.")

        @Argument(help: "The wish's number.") var wish: Int64
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { try console.show("POST", "/break-glass/wishes/\(wish)/grant", body: .object([])) }
    }

    struct Decline: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "decline", abstract: "Declines somebody else's wish.")

        @Argument(help: "The wish's number.") var wish: Int64
        @Option(name: .long, help: "Why not.") var reason: String
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            try console.show(
                "POST", "/break-glass/wishes/\(wish)/decline", body: .object(["reason": .string(reason)]))
        }
    }
}
