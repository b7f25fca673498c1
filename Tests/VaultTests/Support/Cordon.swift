import Foundation
import Glibc

/// The built command, beside the tests; alone, or under `strace`, which lets calls of the system fail or kill it there.
enum Cordon {
    struct Result {
        var status: Int32
        var isKilled: Bool
        var output: String
        var error: String

        var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    static let path: String = {
        // The test bundle lies in the folder of products; so does the command.
        let test = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: test).deletingLastPathComponent().appendingPathComponent("cordon").path
    }()

    static let canTrace: Bool = {
        (try? run(program: "/usr/bin/env", ["strace", "-o", "/dev/null", "-e", "trace=none", "true"]).status) == 0
    }()

    static func run(_ arguments: [String]) throws -> Result { try run(program: path, arguments) }

    /// Runs it with faults injected, as `strace -e inject=` takes them: `fsync:error=EIO:when=3`.
    /// - Parameter file: counts only calls on it.
    static func run(_ arguments: [String], injecting fault: String, of file: String? = nil) throws -> Result {
        let call = fault.prefix { $0 != ":" }
        let only = file.map { ["-P", $0] } ?? []
        return try run(
            program: "/usr/bin/env",
            ["strace", "-f", "-qq", "-o", "/dev/null"] + only
                + ["-e", "trace=\(call)", "-e", "inject=\(fault)", path] + arguments)
    }

    struct Running {
        var process: Process
        var output: URL
        var error: URL
        private var folder: URL

        init(program: String, _ arguments: [String]) throws {
            folder = FileManager.default.temporaryDirectory.appendingPathComponent("cordon-run-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            output = folder.appendingPathComponent("output")
            error = folder.appendingPathComponent("error")
            process = Process()
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = arguments
            process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CORDON_") }
            for file in [output, error] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
            process.standardOutput = try FileHandle(forWritingTo: output)
            process.standardError = try FileHandle(forWritingTo: error)
            process.standardInput = FileHandle.nullDevice
            try process.run()
        }

        func end() throws -> Result {
            process.waitUntilExit()
            defer { try? FileManager.default.removeItem(at: folder) }
            return Result(
                status: process.terminationStatus, isKilled: process.terminationReason == .uncaughtSignal,
                output: try String(contentsOf: output, encoding: .utf8),
                error: try String(contentsOf: error, encoding: .utf8))
        }
    }

    static func start(_ arguments: [String]) throws -> Running { try Running(program: path, arguments) }

    private static func run(program: String, _ arguments: [String]) throws -> Result {
        try Running(program: program, arguments).end()
    }
}

/// What `cordon vault` is asked of one site in a folder.
struct SiteCommand {
    let folder: VaultFolder

    func add(_ inputs: [String], _ more: [String] = []) -> [String] {
        ["vault", "add", "--registry", folder("site"), "--as", "tester", "--digests"] + more + inputs
    }

    func callAsFunction(_ verb: String, _ more: [String] = []) -> [String] {
        ["vault", verb, "--registry", folder("site"), "--as", "tester"] + more
    }

    /// What a check finds, by its own words; empty when all is as it should be.
    func findings() throws -> [String] {
        let result = try Cordon.run(self("fsck", ["--quiet"]))
        guard result.status == 0 || result.status == 1 else { return [result.error] }
        return result.status == 0 ? [] : result.lines
    }

    /// Files that somebody has left half written.
    func remains() -> [String] {
        VaultFolder.files(below: folder("site/vault/temporary"))
            + VaultFolder.files(below: folder("site/vault/removals"))
    }
}
