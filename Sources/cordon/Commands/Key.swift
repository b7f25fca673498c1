import ArgumentParser
import Deidentification
import Gatekeeper
import Inputs

/// `cordon key`: the secret that pseudonyms and UIDs are made with.
struct Key: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Makes a site's key and names it.",
        discussion: """
            All pseudonyms and UIDs of a site come from its key: the same key gives the same ones, and without it nobody \
            can tell which were which. Keep it as you keep the archive, and apart from what you give away.
            """,
        subcommands: [New.self, Show.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new",
            abstract: "Makes a new key file that only its owner may read.",
            discussion: "Example: cordon key new site.key")

        @Argument(help: "A file that is not there yet.")
        var file: String

        func run() throws {
            do throws(DeidentificationKey.KeyError) {
                try DeidentificationKey.create(at: file)
                StandardOutput.print("key \(try DeidentificationKey(path: file).fingerprint)")
            } catch {
                throw RunError(.arguments, error.message)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Prints a key's fingerprint, which tells nothing of the key.",
            discussion: "Example: cordon key show site.key")

        @Argument(help: "The key file.")
        var file: String

        func run() throws {
            do throws(DeidentificationKey.KeyError) {
                StandardOutput.print("key \(try DeidentificationKey(path: file).fingerprint)")
            } catch {
                throw RunError(.arguments, error.message)
            }
        }
    }
}
