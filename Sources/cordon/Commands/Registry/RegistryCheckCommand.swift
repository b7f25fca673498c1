import ArgumentParser
import Inputs
import Registry

struct RegistryCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Reads all of the registry and holds it against itself.",
        discussion: """
            The file's pages and references; the Merkle tree, computed from its leaves; each leaf against the record that it \
            tells of, and each record against its leaf; every index. It changes nothing. Exit status 4 when something is \
            not as it was written.

            Example: cordon registry check --registry /srv/cordon
            """)

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let registry = try site.opened()
        let check = try asking { try registry.check() }
        if json {
            StandardOutput.print(
                JSON.object([
                    "sound": .bool(check.isSound), "leaves": .number(check.leaves),
                    "instances": .number(check.instances), "root": check.root.map { .string($0) },
                    "findings": .strings(check.findings), "more": .bool(check.isCutShort),
                ]).indentedText)
        } else {
            for finding in check.findings { StandardOutput.print(finding) }
            if check.isCutShort { StandardOutput.print("and more") }
            if check.isSound {
                StandardOutput.print(
                    "sound: \(check.leaves) leaves, root \(check.root ?? ""), \(check.instances) instances")
            }
        }
        if !check.isSound { throw ExitStatus.failed }
    }
}
