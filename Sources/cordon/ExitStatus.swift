import Gatekeeper
import Inputs

/// How the command ended, for scripts.
enum ExitStatus: Int32, Error {
    case done = 0
    /// Done, and something was sequestered that the caller should see.
    case sequestered = 1
    case arguments = 2
    /// Some input was refused; it stays with whoever gave it.
    case refused = 3
    case failed = 4

    init(_ error: RunError) {
        self =
            switch error.code {
            case .arguments: .arguments
            case .output, .inconsistent: .failed
            }
    }
}
