import ArgumentParser
import Inputs
import RuleBundle

struct BundleKey: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Makes the key that somebody signs rule sets with, and prints what a trust file says of it.",
        subcommands: [New.self, Show.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new",
            abstract: "Makes a new key file that only its owner may read.",
            discussion: """
                What is printed goes into trust files. Keep the key file where the rules are written, never where they \
                are used.

                Example: cordon bundle key new alice.key --name alice
                """)

        @Argument(help: "A file that is not there yet.")
        var file: String

        @Option(name: .long, help: ArgumentHelp("Whose key it is.", valueName: "name"))
        var name: String

        @Option(name: .long, help: ArgumentHelp("ed25519 or p256.", valueName: "type"))
        var type = "ed25519"

        func run() throws {
            guard let algorithm = SignatureAlgorithm(rawValue: type) else {
                throw RunError(.arguments, "a key is of type `ed25519` or `p256`, not `\(type)`")
            }
            let key = try bundling { () throws(BundleError) in
                let key = try SigningKeyFile(name: name, algorithm: algorithm)
                try key.create(at: file)
                return key
            }
            StandardOutput.print("key \(key.publicKey)")
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Prints the line of a key for trust files, which tells nothing of the key.",
            discussion: "Example: cordon bundle key show alice.key")

        @Argument(help: "The key file.")
        var file: String

        func run() throws {
            StandardOutput.print(
                "key \(try bundling { () throws(BundleError) in try SigningKeyFile(path: file).publicKey })")
        }
    }
}
