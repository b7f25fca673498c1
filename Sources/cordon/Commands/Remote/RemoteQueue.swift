import ArgumentParser
import DICOMWeb
import Inputs

/// `cordon remote queue`: what is kept back, and what is decided about it.
struct RemoteQueue: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue", abstract: "Lists what the newest decisions keep back; keeps it, lets it go, or holds it.",
        subcommands: [List.self, Plan.self, Keep.self, Release.self, Hold.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists what the newest decisions keep back.")

        @Option(name: .long, help: "For this audience alone.") var audience: String?
        @Option(name: .long, help: "Because of this label alone.") var label: String?
        @Option(name: .long, help: "Of this modality alone.") var modality: String?
        @Option(
            name: .long,
            help: ArgumentHelp("open, kept or all; what is to be looked at, if not given.", valueName: "state"))
        var state: String?
        @Option(name: .long, help: "Only decisions with smaller numbers.") var before: Int64?
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            try console.list(
                "/queue",
                query: [
                    ("audience", audience), ("label", label), ("modality", modality), ("state", state),
                    ("before", before.map { "\($0)" }),
                ], "entries", ["decision", "study", "audience", "causes", "instances", "time"])
        }
    }

    struct Plan: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "plan",
            abstract: "Says what would be done with some of it; nothing is done.")

        @Argument(help: "What: keep, release or hold.") var act: String
        @Argument(help: "Numbers of decisions, as the list has them.") var decisions: [Int64]
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { try console.act("confirm", decisions, ["act": .string(act)]) }
    }

    struct Keep: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "keep", abstract: "Says that somebody looked, and it stays kept back.")

        @Argument(help: "Numbers of decisions, as the list has them.") var decisions: [Int64]
        @Option(name: .long, help: "Why.") var reason: String
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { try console.act("keep", decisions, ["reason": .string(reason)]) }
    }

    struct Release: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "release",
            abstract: "Gives the labels that lift what keeps each; asks for a code.")

        @Argument(help: "Numbers of decisions, as the list has them.") var decisions: [Int64]
        @Option(name: .long, help: "Why they may go.") var reason: String
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { try console.act("release", decisions, ["reason": .string(reason)]) }
    }

    struct Hold: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "hold", abstract: "Places a hold on each study, in one matter.")

        @Argument(help: "Numbers of decisions, as the list has them.") var decisions: [Int64]
        @Option(name: .long, help: "The case.") var matter: String
        @Option(name: .long, help: "Who answers for what is held.") var custodian: String
        @Option(name: .long, help: "Who ordered it.") var authority: String
        @Option(name: .long, help: "Why.") var reason: String
        @Option(name: .long, help: "When somebody should ask whether it is still needed, as 2027-06-01.")
        var review: String?
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            try console.act(
                "hold", decisions,
                [
                    "matter": .string(matter), "custodian": .string(custodian), "authority": .string(authority),
                    "reason": .string(reason), "review": review.map { .string($0) },
                ])
        }
    }
}

extension RemoteConsole {
    /// Does something with what was picked in the queue, and prints what became of each. Status 3 where not all of it was done.
    fileprivate func act(_ act: String, _ decisions: [Int64], _ more: [String: JSON?]) throws {
        var body: [JSON.Member] = [JSON.Member(key: "decisions", value: .array(decisions.map { .number(Int($0)) }))]
        for (name, value) in more.sorted(by: { $0.key < $1.key }) {
            if let value { body.append(JSON.Member(key: name, value: value)) }
        }
        let bytes = try ask("POST", "/queue/\(act)", body: .object(body))
        let value = try Self.read(bytes)
        StandardOutput.print(
            try json
                ? Self.text(bytes)
                : RemoteText.table(value, "outcomes", ["decision", "study", "audience", "done", "words"]))
        // One that is given twice is done once.
        guard case .number(let done)? = value["done"], done == "\(Set(decisions).count)" else {
            throw ExitStatus.refused
        }
    }
}
