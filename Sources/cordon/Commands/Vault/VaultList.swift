import ArgumentParser
import Host
import Inputs
import Vault

/// `cordon vault list`.
struct VaultList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the originals: digest, size, when they were stored, and where they lie.",
        discussion: "Example: cordon vault list --registry site --json")

    @OptionGroup var options: RegistryOptions

    @Flag(name: .long, help: "Print a JSON object for each original, on a line.")
    var json = false

    func run() throws {
        try withSiteErrors {
            let vault = try options.site(making: nil).vault
            try vault.objects { entry in
                if json {
                    StandardOutput.print(
                        JSON.object([
                            "digest": entry.digest.map { .string($0) } ?? .null,
                            "size": entry.size.map { .number(Int($0)) } ?? .null, "name": .string(entry.name),
                            "storedSize": .number(Int(entry.storedSize)),
                            "stored": .string(entry.stored.description), "place": .string(entry.place),
                        ]).text)
                } else {
                    let size = entry.size.map { "\($0)" } ?? "?"
                    let digest = entry.digest ?? "? (its envelope cannot be opened: \(entry.name))"
                    StandardOutput.print("\(digest)  \(size)  \(entry.stored)  \(entry.place)")
                }
            }
        }
    }
}
