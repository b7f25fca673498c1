import Foundation
import Glibc

/// The built command, beside the tests.
enum Command {
    struct Result {
        var status: Int32
        var output: String
        var error: String

        /// Objects of the lines of standard output.
        var lines: [[String: Any]] { Command.objects(output) }

        func results(_ type: String = "result") -> [[String: Any]] { lines.filter { $0["type"] as? String == type } }
    }

    static func objects(_ text: String) -> [[String: Any]] {
        text.split(separator: "\n").compactMap {
            (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
        }
    }

    static let path: String = {
        // The test bundle lies in the folder of products; so does the command.
        let test = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: test).deletingLastPathComponent().appendingPathComponent("cordon").path
    }()

    /// Runs it to its end.
    static func run(_ arguments: [String], input: String? = nil) throws -> Result {
        try Running(arguments, input: input ?? "").finish()
    }

    /// A process. What it is to read to the end is in a file: other processes that are started meanwhile inherit a pipe's end, and it
    /// would not end before they do.
    final class Running {
        let process = Process()
        private let input = Pipe()
        private let output = Pipe()
        private let errorFile: URL

        /// - Parameter text: all that it is to read; nil for a pipe that stays open.
        init(_ arguments: [String], input text: String? = nil) throws {
            process.executableURL = URL(fileURLWithPath: Command.path)
            process.arguments = arguments
            var variables = ProcessInfo.processInfo.environment
            for name in ["CORDON_KEY", "CORDON_REGISTRY"] { variables[name] = nil }
            process.environment = variables
            errorFile = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(
                "cordon-error-\(UUID().uuidString)")
            _ = FileManager.default.createFile(atPath: errorFile.path, contents: nil)
            if let text {
                let file = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent(
                    "cordon-input-\(UUID().uuidString)")
                try Data(text.utf8).write(to: file)
                process.standardInput = try FileHandle(forReadingFrom: file)
                try FileManager.default.removeItem(at: file)
            } else {
                process.standardInput = input
            }
            process.standardOutput = output
            process.standardError = try FileHandle(forWritingTo: errorFile)
            try process.run()
        }

        func give(_ text: String) throws { try input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }
        func kill(_ signal: Int32) { Glibc.kill(process.processIdentifier, signal) }

        /// What it has said since, when it says something; waits for it.
        func hear() -> String { String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) }

        func finish() -> Result {
            let text = String(decoding: (try? output.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
            process.waitUntilExit()
            let error = (try? String(contentsOf: errorFile, encoding: .utf8)) ?? ""
            try? FileManager.default.removeItem(at: errorFile)
            return Result(status: process.terminationStatus, output: text, error: error)
        }
    }
}
