import ArgumentParser
import Host
import Inputs
import Registry

struct RegistrySnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Writes labels, holds and lists as they stand into a file for workers.",
        discussion: """
            For `cordon worker` on machines that do not reach the registry. The file is one state of the registry, and its \
            digest lies beside it in FILE.sha256. It names patients, and so its mode is 0600; reasons, people, the log, and \
            what was seen and decided are not in it. It is only read. `cordon release` asks the registry again.

            Example: cordon registry snapshot --registry /srv/cordon /scratch/monday.snapshot --as anna
            """)

    @Argument(help: "A file that is not there yet.")
    var file: String

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let person = try site.actor(), registry = try site.opened()
        let snapshot = try asking { try registry.takeSnapshot(to: file, by: person, at: .now) }
        if json {
            StandardOutput.print(
                JSON.object([
                    "sha256": .string(snapshot.digest), "taken": .string("\(snapshot.taken)"),
                    "logSize": .number(snapshot.logSize), "root": .string(snapshot.root),
                    "size": .number(Int(snapshot.size)),
                ]).indentedText)
        } else {
            StandardOutput.print(
                "sha256 \(snapshot.digest)\ntaken  \(snapshot.taken)\nlog    \(snapshot.logSize) leaves, root \(snapshot.root)"
                    + "\nsize   \(snapshot.size) bytes")
        }
    }
}
