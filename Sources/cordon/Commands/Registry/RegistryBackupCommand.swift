import ArgumentParser
import CustodyLog
import Host
import Inputs
import Registry

struct RegistryBackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copies the registry to a new file while it is used.",
        discussion: """
            The copy is one state of the registry, and on the disk when the command ends; its digest lies beside it in \
            FILE.sha256, and the checkpoints that were signed of its log in FILE.log. It names patients, and so its mode is \
            0600. Originals are in the vault and keys in their folder: copy both as files, and keys to another place.

            Example: cordon registry backup --registry /srv/cordon /backup/2026-11-24.sqlite --as anna
            """)

    @Argument(help: "A file that is not there yet.")
    var file: String

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let person = try site.actor(), (registry, log) = try site.log()
        let signed = file + ".log"
        for path in [file, signed] where FileSystem.status(path) != nil {
            throw RunError(.arguments, "`\(path.printable)` is there already; give the backup a new name")
        }
        // First what was signed: the copy of the registry then has every entry that a copied checkpoint speaks of.
        let count = try proving { try log.copy(to: signed) }
        let backup = try asking { try registry.backUp(to: file, by: person, at: .now) }
        if json {
            StandardOutput.print(backup.json.indentedText)
        } else {
            StandardOutput.print(
                "sha256 \(backup.digest)\nlog    \(backup.logSize) leaves, root \(backup.root)\nsize   \(backup.size) bytes"
                    + "\nsigned \(count) files of the log, in \(signed.printable)"
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
