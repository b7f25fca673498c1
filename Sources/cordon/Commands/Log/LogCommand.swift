import ArgumentParser
import AuditTrail
import CustodyLog
import Glibc
import Host
import Inputs
import Registry

/// `cordon log`: what happened, and the proof of it.
struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Shows the custody log, signs it, proves what stands on it, and checks it.",
        discussion: """
            Everything that happens to what is kept stands on one log that nobody can change without it being seen. \
            docs/log.md says how a stranger checks that.

            Examples:
              cordon log key new hospital.example/custody --registry /srv/cordon
              cordon log checkpoint --registry /srv/cordon
              cordon log prove inclusion 17 --registry /srv/cordon > 17.tlog-proof
              cordon log verify --registry /srv/cordon
            """,
        subcommands: [
            LogShow.self, LogCheckpoint.self, LogProve.self, LogVerify.self, LogWitness.self, LogCosign.self,
            LogStamp.self, LogKey.self,
        ])
}

/// What the log refuses is an error with its reason.
func proving<Result>(_ body: () throws -> Result) throws(RunError) -> Result {
    do {
        return try body()
    } catch let error as LogError {
        switch error.code {
        case .key, .note, .quorum, .signature, .size, .timeStamp: throw RunError(.arguments, "\(error)")
        case .unavailable: throw RunError(.output, "\(error)")
        case .leaf, .missing, .changed, .proof, .opening, .fork: throw RunError(.output, "the log: \(error)")
        }
    } catch let error as RegistryError {
        throw RunError(error)
    } catch let error as RunError {
        throw error
    } catch {
        throw RunError(.inconsistent, "the log failed in an unknown way; please report this")
    }
}

extension RegistryOptions {
    /// What was signed of the log of the registry, which has to be there.
    func log() throws -> (registry: Registry, folder: LogFolder) {
        let registry = try opened()
        guard let path = folder else {
            throw RunError(.arguments, "no registry is named: give `--registry DIR`, or set CORDON_REGISTRY")
        }
        return (registry, try proving { try LogFolder(registry: path) })
    }
}

extension Registry {
    /// Asks one state of the log. What the log itself refuses comes through as it is; the registry would call it damage.
    func onLog<Result: Sendable>(
        _ body: @escaping @Sendable (any LogReading) throws -> Result
    ) throws(RunError) -> Result {
        try proving {
            try readLog { log -> Swift.Result<Result, LogError> in
                do {
                    return .success(try body(log))
                } catch let error as LogError {
                    return .failure(error)
                }
            }.get()
        }
    }
}

/// Files that are named on the command line.
enum NamedFile {
    /// The whole file; `-` is standard input.
    static func contents(_ path: String, _ what: String) throws(RunError) -> [UInt8] {
        do {
            if path == "-" {
                var bytes: [UInt8] = []
                while let line = readLine(strippingNewline: false) { bytes += Array(line.utf8) }
                return bytes
            }
            if let bytes = try FileSystem.contents(path) { return bytes }
        } catch {
            throw RunError(.arguments, "\(what) `\(path.printable)` cannot be read: \(error)")
        }
        throw RunError(.arguments, "there is no \(what) `\(path.printable)`")
    }

    static func text(_ path: String, _ what: String) throws(RunError) -> String {
        guard let text = String(validating: try contents(path, what), as: UTF8.self) else {
            throw RunError(.arguments, "\(what) `\(path.printable)` is not UTF-8")
        }
        return text
    }

    /// Makes a new file; none is written over.
    static func create(_ bytes: [UInt8], _ path: String) throws(RunError) {
        do throws(SystemError) {
            try FileSystem.place(bytes, at: path, mode: 0o644, replacing: false)
        } catch {
            throw RunError(.output, "`\(path.printable)` cannot be written: \(error)")
        }
    }
}

extension AuditSink {
    /// Tells whoever keeps audit messages of what came onto the custody log, where a registry is set up for it. The receiver's
    /// absence is told, and is no error.
    static func tell(_ registry: Registry, in folder: String?, also messages: [AuditMessage] = []) throws(RunError) {
        guard let folder else { return }
        do {
            guard let sink = try AuditSink(registry: folder) else { return }
            if !messages.isEmpty { try sink.record(messages) }
            try registry.readLog { try sink.collect(from: $0) }
            if let away = try sink.deliver() {
                StandardError.print("audit messages wait: \(away)")
            }
        } catch let error as AuditError {
            throw RunError(.output, "what was done is recorded, but no audit message tells of it yet: \(error)")
        } catch let error as RegistryError {
            throw RunError(error)
        } catch {
            throw RunError(.inconsistent, "the audit trail failed in an unknown way; please report this")
        }
    }
}
