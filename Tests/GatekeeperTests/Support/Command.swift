import Foundation
import Glibc

/// The built command, beside the tests.
enum Command {
    struct Result {
        var status: Int32
        var signal: Bool
        var output: String
        var error: String
    }

    static let path: String = {
        // The test bundle lies in the folder of products; so does the command.
        let test = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: test).deletingLastPathComponent().appendingPathComponent("cordon").path
    }()

    /// Runs it to its end.
    static func run(
        _ arguments: [String], input: [UInt8]? = nil, environment: [String: String] = [:], in folder: String? = nil
    ) throws -> Result {
        let process = try start(arguments, environment: environment, in: folder, input: input)
        let output = process.output.readToEnd()
        process.process.waitUntilExit()
        return Result(
            status: process.process.terminationStatus, signal: process.process.terminationReason == .uncaughtSignal,
            output: output, error: (try? String(contentsOf: process.errorFile, encoding: .utf8)) ?? "")
    }

    struct Running {
        var process: Process
        var output: Pipe
        var errorFile: URL
    }

    /// Starts it.
    static func start(
        _ arguments: [String], environment: [String: String] = [:], in folder: String? = nil, input: [UInt8]? = nil
    ) throws -> Running {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        var variables = ProcessInfo.processInfo.environment
        variables["CORDON_KEY"] = nil
        process.environment = variables.merging(environment) { $1 }
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        let output = Pipe()
        let name = "cordon-error-\(UUID().uuidString)"
        let errorFile = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(name)
        _ = FileManager.default.createFile(atPath: errorFile.path, contents: nil)
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errorFile)
        if let input {
            let pipe = Pipe()
            process.standardInput = pipe
            try process.run()
            try pipe.fileHandleForWriting.write(contentsOf: Data(input))
            try pipe.fileHandleForWriting.close()
        } else {
            process.standardInput = FileHandle.nullDevice
            try process.run()
        }
        return Running(process: process, output: output, errorFile: errorFile)
    }
}

extension Pipe {
    func readToEnd() -> String {
        String(decoding: (try? fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
    }
}
