import Host
import Inputs
import Registry
import Vault

/// A site's registry and vault, open.
struct Site: Sendable {
    let registry: Registry
    let vault: Vault
}

extension RegistryOptions {
    /// Opens the registry and the vault beside it, and ends what somebody who died had begun.
    /// - Parameter mode: of a vault that is made where there is none, and with it the registry; nil makes neither.
    func site(making mode: Vault.Mode? = .encrypted) throws -> Site {
        let registry = try opened(making: mode != nil)
        let vault = try vault(making: mode)
        try vault.finishRemovals(registry)
        try Intake.recordUnconfirmed(vault, registry, at: .now)
        return Site(registry: registry, vault: vault)
    }

    /// The vault alone.
    func vault(making mode: Vault.Mode?) throws -> Vault {
        guard let folder else {
            throw RunError(.arguments, "no registry is named: give `--registry DIR`, or set CORDON_REGISTRY")
        }
        return try Vault(path: folder + "/vault", keys: folder + "/keys", making: mode)
    }
}

/// Gives errors of the vault the command's status: what was refused stays with whoever asked, what is wrong with the site
/// is a failure.
func withSiteErrors<Result>(_ work: () throws -> Result) throws -> Result {
    do {
        return try work()
    } catch let error as VaultError {
        let status: ExitStatus =
            switch error.code {
            case .arguments: .arguments
            case .full, .forbidden, .missing: .refused
            case .corrupt, .place, .key, .record, .system: .failed
            }
        StandardError.fail("\(error)", status)
    } catch let error as RegistryError {
        throw RunError(error)
    }
}
