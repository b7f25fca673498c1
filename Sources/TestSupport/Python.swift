import Foundation

/// The Python of the virtual environment, as an oracle.
public enum Python {
    public struct Failure: Error { public var status: Int32 }

    /// Lines that a script prints, split at tabs. `input` is what it reads from standard input.
    public static func rows(_ script: String, input: String = "", environment: [String: String] = [:]) throws
        -> [[String]]
    {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(input.utf8).write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Fixtures.python ?? "/nonexistent")
        process.arguments = ["-W", "ignore", "-c", script]
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        process.environment = environment.merging(["PYTHONIOENCODING": "utf-8", "PYTHONHASHSEED": "0", "PATH": path]) {
            own, _ in own
        }
        process.standardInput = try FileHandle(forReadingFrom: file)
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(status: process.terminationStatus) }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    public static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
    }

    public static func text(_ hexadecimal: String) -> String { String(decoding: bytes(hexadecimal), as: UTF8.self) }

    public static func hexadecimal(_ text: String) -> String { hexadecimal(Array(text.utf8)) }

    public static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
