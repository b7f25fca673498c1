import ArgumentParser
import Inputs

/// `cordon remote productions`: what is handed over in matters.
struct RemoteProductions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "productions", abstract: "Hands over what is held in a matter, and verifies it.",
        subcommands: [List.self, Export.self, Verify.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Shows what is under way, and what is there.")

        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { try console.show("GET", "/productions") }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Begins to hand over what is held in a matter; asks for a code.")

        @Argument(help: "The case.") var matter: String
        @Option(name: .long, help: "The order, the request.") var reason: String
        @Flag(name: .long, help: "Go on where rule sets that decided are not at hand.") var withoutRules = false
        @Flag(name: .long, help: "Keep back what the log says of people.") var withoutOpenings = false
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            try console.show(
                "POST", "/productions",
                body: .object([
                    "matter": .string(matter), "reason": .string(reason),
                    "withoutRules": withoutRules ? .string("yes") : nil,
                    "withoutOpenings": withoutOpenings ? .string("yes") : nil,
                ]))
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify", abstract: "Begins to verify what is in the folder.")

        @Argument(help: "Its name.") var name: String
        @Option(name: .long, help: "Of the log's key, as you were told by other means.") var fingerprint: String?
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            try console.show(
                "POST", "/productions/\(RemoteConsole.encoded(name))/verify",
                body: .object(["fingerprint": fingerprint.map { .string($0) }]))
        }
    }
}

/// `cordon remote picture`: a small picture of an instance.
struct RemotePicture: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "picture", abstract: "Writes a small picture of an instance into a file; the look is recorded.")

    @Argument(help: "Study Instance UID.") var study: String
    @Argument(help: "Digest of the instance.") var instance: String
    @Argument(help: "The file, a PNG.") var file: String
    @Flag(name: .long, help: "The frame in the middle, and not the first.") var middle = false
    @Flag(name: .long, help: "Look for text, and draw boxes around it.") var text = false
    @OptionGroup(title: "Console") var console: RemoteConsole

    func run() throws {
        let bytes = try console.ask(
            "GET",
            "/studies/\(RemoteConsole.encoded(study))/pictures/\(RemoteConsole.encoded(instance))/\(middle ? "middle" : "first")",
            query: [("text", text ? "yes" : nil)])
        try ReportFile.write(bytes, to: file)
    }
}
