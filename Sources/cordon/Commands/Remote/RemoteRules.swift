import ArgumentParser
import DICOMWeb
import Foundation
import Inputs

/// `cordon remote rules`: the rules of a console, and a candidate on its way into force.
struct RemoteRules: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Shows the rules, tries them, and brings a candidate into force.",
        subcommands: [
            Show.self, Try.self, Candidate.self, Upload.self, Discard.self, Propose.self, Activate.self,
        ])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows the rules in words.")

        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { try console.show("GET", "/rules") }
    }

    struct Try: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "try",
            abstract: "Says what rules make of one instance of the registry.")

        @Argument(help: "SOP Instance UID, or digest.") var instance: String
        @Flag(name: .long, help: "By the candidate.") var candidate = false
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            let bytes = try console.ask(
                "GET", "/rules/try", query: [("instance", instance), ("rules", candidate ? "candidate" : nil)])
            let value = try RemoteConsole.read(bytes)
            if case .string(let problem)? = value["problem"], !console.json {
                throw RunError(.arguments, problem.printable)
            }
            guard !console.json, case .array(let lines)? = value["lines"] else {
                return StandardOutput.print(RemoteConsole.text(bytes))
            }
            for case .string(let line) in lines { StandardOutput.print(line.printable) }
        }
    }

    struct Candidate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "candidate", abstract: "Shows the candidate, and what it changes.")

        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { try console.show("GET", "/rules/candidate") }
    }

    struct Upload: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "upload",
            abstract: "Uploads a candidate: a bundle, or the root file of the rules.")

        @Argument(help: "At most 2 MiB.") var file: String
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            guard let bytes = FileManager.default.contents(atPath: file),
                let text = String(validating: bytes, as: UTF8.self)
            else { throw RunError(.arguments, "`\(file.printable)` cannot be read, or is no text") }
            try console.show("POST", "/rules/candidate", body: .object(["text": .string(text)]))
        }
    }

    struct Discard: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "discard", abstract: "Takes the candidate away.")

        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { try console.show("POST", "/rules/candidate/discard", body: .object([])) }
    }

    struct Propose: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "propose",
            abstract: "Proposes the candidate: the first of two; asks for a code.")

        @Argument(help: "The candidate's number.") var number: Int
        @Option(name: .long, help: "What it changes, and why.") var reason: String
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { try console.step("propose", number, reason) }
    }

    struct Activate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "activate",
            abstract: "Brings what somebody else proposed into force; asks for a code.",
            discussion: "A gateway decides by the rules before until it is reloaded.")

        @Argument(help: "The candidate's number.") var number: Int
        @Option(name: .long, help: "Why you agree.") var reason: String
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { try console.step("activate", number, reason) }
    }
}

extension RemoteConsole {
    fileprivate func step(_ step: String, _ number: Int, _ reason: String) throws {
        try show(
            "POST", "/rules/candidate/\(step)",
            body: .object(["number": .number(number), "reason": .string(reason)]))
    }
}
