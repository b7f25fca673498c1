import Glibc
import Host

extension VaultError {
    /// A call that failed while something was done: no room is a reason of its own, whoever ran out of it.
    static func system(_ error: SystemError, _ what: String, digest: String? = nil) -> VaultError {
        if [ENOSPC, EDQUOT, EFBIG].contains(error.code) {
            return VaultError(
                .full, "\(what): \(error) (\(error.call)); make room where the vault lies, and offer it again",
                digest: digest)
        }
        let advice =
            [EACCES, EPERM, EROFS].contains(error.code)
            ? "; run as the user whom the vault belongs to" : "; see to the device"
        return VaultError(.system, "\(what): \(error) (\(error.call))\(advice)", digest: digest)
    }

    /// Gives the errors of the system the words of what was being done.
    static func wrapping<Result>(
        _ what: String, digest: String? = nil, _ work: () throws(SystemError) -> Result
    ) throws(VaultError) -> Result {
        do throws(SystemError) { return try work() } catch { throw .system(error, what, digest: digest) }
    }
}
