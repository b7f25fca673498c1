package import Host

/// Why a run could not begin or go on: what, where, and what to do. Never holds a path of an input or patient data.
public struct RunError: Error, Hashable, Sendable {
    public enum Code: Hashable, Sendable {
        /// What was asked for cannot be done: nothing was written.
        case arguments
        /// The output folder cannot be written to. The same command continues once it can.
        case output
        /// Something that should never be.
        case inconsistent
    }

    public var code: Code
    /// Lower case, no full stop.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension RunError: CustomStringConvertible {
    public var description: String { message }
}

extension RunError {
    /// A call that failed on the output folder.
    package static func output(_ error: SystemError, _ what: String) -> RunError {
        RunError(
            .output, "\(what): \(error) (\(error.call)); make room or mend the folder and run the same command again")
    }
}

extension RunError {
    /// Gives the system's errors of some work on OUT the words of a run.
    package static func wrapping<Result>(_ what: String, _ work: () throws -> Result) throws(RunError) -> Result {
        do {
            return try work()
        } catch let error as RunError {
            throw error
        } catch let error as SystemError {
            throw .output(error, what)
        } catch {
            throw RunError(.inconsistent, "\(what): an error of an unknown kind; please report this")
        }
    }
}
