import ArgumentParser
import Gatekeeper
import Glibc
import Inputs

/// The command. Its subcommands are its table of contents.
@main
struct Cordon: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cordon",
        abstract: "Decides what may leave an imaging archive, for each audience, by rules.",
        discussion: """
            Exit status: 0 all done; 1 done, and something was sequestered; 2 wrong arguments or rule set; 3 some input \
            was refused; 4 the output cannot be written, or an internal error; 130 or 143 ended by a signal.
            """,
        version: BatchRun.version,
        subcommands: [
            Apply.self, Check.self, Explain.self, Verify.self, HoldCommand.self, LabelCommand.self,
            RegistryCommand.self, Dump.self, Key.self, Reidentify.self,
        ])

    /// Runs the command; every way out has one of our statuses.
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let status as ExitStatus {
            Glibc.exit(status.rawValue)
        } catch let error as RunError {
            StandardError.print("error: \(error)")
            Glibc.exit(ExitStatus(error).rawValue)
        } catch {
            let isAnswer = exitCode(for: error) == .success
            let message = fullMessage(for: error)
            if isAnswer { StandardOutput.print(message) } else { StandardError.print(message) }
            Glibc.exit(isAnswer ? ExitStatus.done.rawValue : ExitStatus.arguments.rawValue)
        }
        Glibc.exit(ExitStatus.done.rawValue)
    }
}
