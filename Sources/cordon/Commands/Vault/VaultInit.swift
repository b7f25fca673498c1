import ArgumentParser
import Registry
import Vault

/// `cordon vault init`.
struct VaultInit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Makes a vault; only needed for one that does not encrypt.",
        discussion: """
            Without it, the first `add` makes a vault that encrypts. How a vault keeps its objects is never changed.

            Example: cordon vault init --registry site --plain
            """)

    @OptionGroup var options: RegistryOptions

    @Flag(name: .long, help: "Keep originals as they are, readable without Cordon and without keys.")
    var plain = false

    func run() throws {
        try withSiteErrors {
            _ = try options.opened(making: true)
            let mode: Vault.Mode = plain ? .plain : .encrypted
            let vault = try options.vault(making: mode)
            guard vault.mode == mode else {
                throw VaultError(.arguments, "there is a vault already, and it is \(vault.mode.rawValue)")
            }
            StandardOutput.print("vault \(vault.id) \(vault.mode.rawValue)")
            if mode == .encrypted { StandardError.print(VaultInfo.backUp) }
        }
    }
}
