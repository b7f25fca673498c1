import Foundation

/// The built command, beside the tests.
enum Command {
    struct Result {
        var status: Int32
        var output: String
        var error: String
    }

    static let path: String = {
        // The test bundle lies in the folder of products; so does the command.
        let test = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: test).deletingLastPathComponent().appendingPathComponent("cordon").path
    }()

    /// Waits on a thread of its own: those of Swift's tasks are few.
    static func run(_ arguments: [String], in folder: String) async throws -> Result {
        try await run(program: path, arguments, in: folder)
    }

    static func run(program: String, _ arguments: [String], in folder: String) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result { try wait(program, arguments, folder) }) }
        }
    }

    private static func wait(_ program: String, _ arguments: [String], _ folder: String) throws -> Result {
        let process = Process()
        let scratch = try TemporaryFolder()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CORDON_") }
        for name in ["output", "error"] { _ = FileManager.default.createFile(atPath: scratch(name), contents: nil) }
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch("output")))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch("error")))
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: try String(contentsOfFile: scratch("output"), encoding: .utf8),
            error: try String(contentsOfFile: scratch("error"), encoding: .utf8))
    }
}

/// A folder that goes when the test ends.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("cordon-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func callAsFunction(_ name: String) -> String { path + "/" + name }

    func write(_ text: String, to name: String) throws {
        let url = URL(fileURLWithPath: self(name))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }
}
