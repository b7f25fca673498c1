import Deidentification
import Glibc
import Inputs

/// The site's key, where it is needed.
enum KeySource {
    /// The key that the command line names; else that of the environment, which is there for many commands and looked at
    /// by those alone that need one.
    static func load(_ option: String?, isNeeded: Bool) throws(RunError) -> DeidentificationKey? {
        let named = isNeeded ? getenv("CORDON_KEY").map { String(cString: $0) } ?? "" : ""
        guard let path = option ?? (named.isEmpty ? nil : named) else { return nil }
        do throws(DeidentificationKey.KeyError) {
            return try DeidentificationKey(path: path)
        } catch {
            throw RunError(.arguments, (option == nil ? "CORDON_KEY: " : "") + error.message)
        }
    }
}
