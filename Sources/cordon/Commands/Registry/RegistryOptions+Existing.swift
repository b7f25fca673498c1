import Inputs
import Registry

extension RegistryOptions {
    /// The registry, which has to be named and to be there: nothing is made.
    func openedExisting() throws -> Registry {
        if let folder, !Registry.isThere(in: folder) {
            throw RunError(.arguments, "there is no registry in this folder; give the folder of one")
        }
        return try opened()
    }
}
