import ArgumentParser
import Inputs

/// `cordon remote`: what the console does, from another machine.
struct RemoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remote",
        abstract:
            "Speaks to a console by its interface: the queue, studies, labels, holds, broken glass, rules, productions, the log.",
        discussion: """
            It acts for whoever made the token, who may do there what docs/console.md says. Tokens are made at `Your account` of the \
            console.

            Examples:
              export CORDON_CONSOLE=https://console.example.org
              cordon remote queue --token-file ~/.cordon-token
              cordon remote holds request-release 3 --reason settled --code 123456 --token-file ~/.cordon-token
            """,
        subcommands: [
            RemoteWho.self, RemoteQueue.self, RemoteStudies.self, RemoteLabels.self, RemoteHolds.self,
            RemoteGrants.self, RemoteRules.self, RemoteProductions.self, RemotePicture.self, RemoteLog.self,
        ])
}

extension RemoteConsole {
    /// Prints an object.
    func show(_ method: String, _ path: String, query: [(String, String?)] = [], body: JSON? = nil) throws {
        let bytes = try ask(method, path, query: query, body: body)
        let value = try Self.read(bytes)
        StandardOutput.print(json ? Self.text(bytes) : RemoteText.lines(value).joined(separator: "\n"))
    }

    /// Prints a list.
    func list(_ path: String, query: [(String, String?)] = [], _ list: String, _ columns: [String]) throws {
        let bytes = try ask("GET", path, query: query)
        let value = try Self.read(bytes)
        StandardOutput.print(try json ? Self.text(bytes) : RemoteText.table(value, list, columns))
    }

    static func text(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}

struct RemoteWho: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "who", abstract: "Says for whom the token acts, and what it may.")

    @OptionGroup(title: "Console") var console: RemoteConsole

    func run() throws { try console.show("GET", "/account") }
}

struct RemoteStudies: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "studies", abstract: "Finds studies, and shows one.", subcommands: [Find.self, Show.self])

    struct Find: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "find",
            abstract: "Finds studies by UID, accession number or patient; the search is recorded.")

        @Option(name: .long, help: "Study Instance UID.") var study: String?
        @Option(name: .long, help: "Accession Number.") var accession: String?
        @Option(name: .long, help: "Patient ID.") var patient: String?
        @Option(name: .long, help: "Issuer of Patient ID.") var issuer: String?
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            try console.list(
                "/studies",
                query: [("study", study), ("accession", accession), ("patient", patient), ("issuer", issuer)],
                "studies",
                ["uid", "dates", "modalities", "instances", "patientIDs"])
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Shows one study; the look is recorded.")

        @Argument(help: "Study Instance UID.") var study: String
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { try console.show("GET", "/studies/\(RemoteConsole.encoded(study))") }
    }
}

struct RemoteLabels: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "labels", abstract: "Gives and withdraws labels of a study.",
        subcommands: [Give.self, Withdraw.self])

    struct Give: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "give", abstract: "Gives a label, and shows the study then.")

        @Argument(help: "Of the vocabulary.") var label: String
        @Option(name: .long, help: "Study Instance UID.") var study: String
        @Option(name: .long, help: "Why.") var reason: String
        @Flag(name: .long, help: "On the patient, and so on all of their studies.") var onPatient = false
        @Flag(name: .long, help: "It says that something is held: two people withdraw it.") var tellsOfHold = false
        @Option(name: .long, help: "When it ends, as 2027-06-01.") var expires: String?
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            try console.show(
                "POST", "/studies/\(RemoteConsole.encoded(study))/labels",
                body: .object([
                    "label": .string(label), "reason": .string(reason), "on": .string(onPatient ? "patient" : "study"),
                    "expires": expires.map { .string($0) }, "tellsOfHold": tellsOfHold ? .string("yes") : nil,
                ]))
        }
    }

    struct Withdraw: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "withdraw",
            abstract: "Withdraws a label, or asks for it where two must.")

        @Argument(help: "The label's number.") var number: Int64
        @Option(name: .long, help: "Study Instance UID.") var study: String
        @Option(name: .long, help: "Why.") var reason: String
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            try console.show(
                "POST", "/studies/\(RemoteConsole.encoded(study))/labels/\(number)/withdraw",
                body: .object(["reason": .string(reason)]))
        }
    }
}

struct RemoteLog: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Reads the custody log.",
        subcommands: [List.self, Show.self, Proof.self, Export.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists entries, the newest first.")

        @Option(name: .long, help: "Of this kind alone.") var kind: String?
        @Option(name: .long, help: "By this person alone.") var actor: String?
        @Option(name: .long, help: "Only those with smaller indices.") var before: Int?
        @Option(name: .long, help: "How many at most.") var limit: Int?
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            try console.list(
                "/log",
                query: [
                    ("kind", kind), ("actor", actor), ("before", before.map { "\($0)" }),
                    ("limit", limit.map { "\($0)" }),
                ], "entries", ["index", "time", "kind", "actor"])
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows one entry.")

        @Argument(help: "Its index.") var index: Int
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { try console.show("GET", "/log/\(index)") }
    }

    struct Proof: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "proof",
            abstract: "Prints the proof that an entry is in the log (C2SP tlog-proof).")

        @Argument(help: "Its index.") var index: Int
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws { StandardOutput.print(RemoteConsole.text(try console.ask("GET", "/log/\(index)/proof"))) }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Prints up to 10 000 entries as lines of JSON; the export is recorded.")

        @Option(name: .long, help: "The first index.") var from = 0
        @OptionGroup(title: "Console") var console: RemoteConsole

        func run() throws {
            StandardOutput.print(
                RemoteConsole.text(try console.ask("GET", "/log-export", query: [("from", "\(from)")])))
        }
    }
}
