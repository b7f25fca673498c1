import ArgumentParser
import CustodyLog
import Host
import Inputs
import Registry

struct RegistryRestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Puts a backup in the place of a registry.",
        discussion: """
            The backup is checked first, against FILE.sha256 if it is there, and against itself. Nothing may have the \
            registry open. One that knows anything which the backup does not know stays where it is, and so does one that \
            cannot be read; any other is kept beside it under another name. Checkpoints in FILE.log come back, as far as they \
            are not there.

            Example: cordon registry restore --registry /srv/cordon /backup/2026-11-24.sqlite --reason "disk died" --as anna
            """)

    @Argument(help: "A file that `cordon registry backup` made.")
    var file: String

    @Option(name: .long, help: "Why; it goes on record.")
    var reason: String

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    @Flag(name: .long, help: "Do not ask.")
    var yes = false

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let person = try site.actor()
        guard let folder = site.folder else {
            throw RunError(.arguments, "no registry is named: give `--registry DIR`, or set CORDON_REGISTRY")
        }
        try Confirmation.ask("The backup takes the place of the registry, if there is one.", yes: yes)
        let result = try asking {
            try Registry.restore(from: file, into: folder, reason: reason, by: person, at: .now)
        }
        let signed = file + ".log"
        if FileSystem.status(signed) != nil {
            _ = try proving { try LogFolder(registry: folder).bringBack(from: signed) }
        }
        if json {
            StandardOutput.print(
                JSON.object([
                    "backup": result.backup.json, "replaced": result.replaced.map { .string($0) },
                ]).indentedText)
        } else {
            StandardOutput.print("restored, with \(result.backup.logSize) leaves of the custody log")
            if let replaced = result.replaced { StandardOutput.print("what was there is \(replaced)") }
        }
    }
}
