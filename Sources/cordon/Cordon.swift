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
            Exit status: 0 all done; 1 done, and something was sequestered, or not carried over by an import; 2 wrong \
            arguments or rule set; 3 some input was refused; 4 the output cannot be written, or an internal error; 130, 141 \
            or 143 ended by a signal.
            """,
        version: BatchRun.version,
        subcommands: [
            Apply.self, Check.self, TestCommand.self, Diff.self, Format.self, BundleCommand.self, Explain.self,
            Verify.self, ImportCommand.self, HoldCommand.self, LabelCommand.self, RegistryCommand.self, LogCommand.self,
            VaultCommand.self, GatewayCommand.self, ConsoleCommand.self, RemoteCommand.self, Dump.self, Key.self,
            Reidentify.self, PixelsCommand.self, WorkerCommand.self, ReleaseCommand.self,
        ])

    /// Runs the command; every way out has one of our statuses.
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        StandardOutput.keepPlaces()
        refuseOtherEncodings()
        do {
            var command = try parsed()
            let result = Result { try command.run() }
            // What was refused is on the log too; the reason of a failure comes before that of a message.
            let told = Result { try OpenedRegistry.tell() }
            if case .failure(let error) = result, !(error is ExitStatus) { throw error }
            try told.get()
            try result.get()
        } catch let status as ExitStatus {
            Glibc.exit(status.rawValue)
        } catch let error as RunError {
            StandardError.fail("\(error)", ExitStatus(error))
        } catch {
            if exitCode(for: error) == .success {
                StandardOutput.print(fullMessage(for: error))
                Glibc.exit(ExitStatus.done.rawValue)
            }
            if StandardError.isJSON { StandardError.fail(message(for: error), .arguments) }
            let text = fullMessage(for: error), prefix = "Error: "
            StandardError.write(text.hasPrefix(prefix) ? "error: " + text.dropFirst(prefix.count) : text)
            Glibc.exit(ExitStatus.arguments.rawValue)
        }
        Glibc.exit(ExitStatus.done.rawValue)
    }

    /// The command that is meant. To look through all of them costs thirty milliseconds, and most of what is called in loops and over
    /// a few files is `apply`: so that one is asked first. Whatever it does not take, help as well, is left to all together.
    private static func parsed() throws -> any ParsableCommand {
        if CommandLine.arguments.dropFirst().first == "apply",
            let apply = try? Apply.parseAsRoot(Array(CommandLine.arguments.dropFirst(2))) as? Apply
        {
            return apply
        }
        return try parseAsRoot()
    }

    /// Arguments reach us as text; of bytes that are none something else would be made, and another file be meant.
    private static func refuseOtherEncodings() {
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let argument = CommandLine.unsafeArgv[index] else { continue }
            guard String(validatingCString: argument) == nil else { continue }
            StandardError.fail(
                "argument \(index) is not UTF-8: name the file by a link whose name is, or give inputs as a list (`-0 -`)",
                .arguments)
        }
    }
}
