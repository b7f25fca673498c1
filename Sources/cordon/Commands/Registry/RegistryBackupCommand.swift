import ArgumentParser
import Host
import Inputs
import Registry

struct RegistryBackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copies the registry to a new file while it is used.",
        discussion: """
            The copy is one state of the registry, and on the disk when the command ends; its digest lies beside it in \
            FILE.sha256. It names patients, and so its mode is 0600. Originals are in the vault, keys in their folder: back \
            them up too.

            Example: cordon registry backup --registry /srv/cordon /backup/2026-11-24.sqlite --as anna
            """)

    @Argument(help: "A file that is not there yet.")
    var file: String

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let person = try site.actor(), registry = try site.openedExisting()
        let backup = try asking { try registry.backUp(to: file, by: person, at: .now) }
        if json {
            StandardOutput.print(backup.json.indentedText)
        } else {
            StandardOutput.print(
                "sha256 \(backup.digest)\nlog    \(backup.logSize) leaves, root \(backup.root)\nsize   \(backup.size) bytes"
            )
        }
    }
}

extension RegistryBackup {
    var json: JSON {
        .object([
            "sha256": .string(digest), "logSize": .number(logSize), "root": .string(root), "size": .number(Int(size)),
        ])
    }
}
