import ArgumentParser
import Inputs

/// `cordon remote holds`.
struct RemoteHolds: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holds", abstract: "Lists holds, places them, reviews and releases them.",
        subcommands: [
            List.self, Show.self, Place.self, Review.self, RequestRelease.self, ApproveRelease.self,
            DeclineRelease.self,
        ])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists holds in force.")

        @Option(name: .long, help: "Of this matter alone.") var matter: String?
        @Flag(name: .long, help: "Those that were released too.") var all = false
        @Option(name: .long, help: "Only those with greater numbers.") var after: Int64?
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            try console.list(
                "/holds",
                query: [("matter", matter), ("state", all ? "all" : nil), ("after", after.map { "\($0)" })], "holds",
                ["id", "matter", "scope", "custodian", "start", "nextReview", "inForce"])
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows one hold.")

        @Argument(help: "Its number.") var number: Int64
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { try console.show("GET", "/holds/\(number)") }
    }

    struct Place: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "place",
            abstract: "Places a hold on a patient, a study or an instance.",
            discussion: """
                Example: cordon remote holds place --study 1.2.3 --matter 2026-117 --custodian "legal department" \
                --authority "district court" --reason "a claim"
                """)

        @Option(name: .long, help: "Patient ID.") var patient: String?
        @Option(name: .long, help: "Issuer of Patient ID.") var issuer: String?
        @Option(name: .long, help: "Study Instance UID.") var study: String?
        @Option(name: .long, help: "SOP Instance UID.") var instance: String?
        @Option(
            name: .long, help: ArgumentHelp("Whatever matches, as AccessionNumber=A-17.", valueName: "attribute=value"))
        var matching: String?
        @Option(name: .long, help: "The case.") var matter: String
        @Option(name: .long, help: "Who answers for what is held.") var custodian: String
        @Option(name: .long, help: "Who ordered it.") var authority: String
        @Option(name: .long, help: "Why.") var reason: String
        @Option(name: .long, help: "In force from then on, as 2027-06-01.") var start: String?
        @Option(name: .long, help: "When to ask whether it is still needed.") var review: String?
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            let query = matching?.split(separator: "=", maxSplits: 1).map(String.init)
            let about = [
                ("patient", patient), ("study", study), ("instance", instance), ("query", query?.last),
            ].compactMap { kind, value in value.map { (kind, $0) } }
            guard about.count == 1, let (kind, value) = about.first, query.map({ $0.count == 2 }) ?? true else {
                throw RunError(
                    .arguments, "give one of `--patient`, `--study`, `--instance` and `--matching ATTRIBUTE=VALUE`")
            }
            try console.show(
                "POST", "/holds",
                body: .object([
                    "about": .string(kind), "value": .string(value), "issuer": issuer.map { .string($0) },
                    "attribute": query?.first.map { .string($0) }, "matter": .string(matter),
                    "custodian": .string(custodian), "authority": .string(authority), "reason": .string(reason),
                    "start": start.map { .string($0) }, "review": review.map { .string($0) },
                ]))
        }
    }

    struct Review: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "review",
            abstract: "Writes down that a hold was looked at and stays.")

        @Argument(help: "Its number.") var number: Int64
        @Option(name: .long, help: "Why it stays.") var reason: String
        @Option(name: .long, help: "When to ask again, as 2027-06-01.") var next: String?
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            try console.show(
                "POST", "/holds/\(number)/review",
                body: .object(["reason": .string(reason), "next": next.map { .string($0) }]))
        }
    }

    struct RequestRelease: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "request-release", abstract: "Asks for the release of a hold; give `--code`.")

        @Argument(help: "Its number.") var number: Int64
        @Option(name: .long, help: "Why it is no longer needed.") var reason: String
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { try RemoteHolds.step("request-release", number, reason, console) }
    }

    struct ApproveRelease: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "approve-release",
            abstract: "Approves the release that somebody else asked for; give `--code`.")

        @Argument(help: "Its number.") var number: Int64
        @Option(name: .long, help: "Why you agree.") var reason: String
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { try RemoteHolds.step("approve-release", number, reason, console) }
    }

    struct DeclineRelease: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "decline-release", abstract: "Declines the release that was asked for.")

        @Argument(help: "Its number.") var number: Int64
        @Option(name: .long, help: "Why it stays.") var reason: String
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { try RemoteHolds.step("decline-release", number, reason, console) }
    }

    fileprivate static func step(_ step: String, _ number: Int64, _ reason: String, _ console: RemoteConsole) throws {
        try console.show("POST", "/holds/\(number)/\(step)", body: .object(["reason": .string(reason)]))
    }
}
