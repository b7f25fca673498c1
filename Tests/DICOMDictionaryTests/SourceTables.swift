import DICOMCore
import Foundation

/// Swift Testing has a `Tag` too; here it is always that of a data element.
typealias Tag = DICOMCore.Tag

/// The tables that the generated files were made from. They are beside the checkout where the project is developed, and
/// nowhere else; tests that need them say so and are skipped without.
enum SourceTables {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let folder: URL = {
        let shared = ProcessInfo.processInfo.environment["CORDON_SHARED"] ?? "../shared"
        return URL(filePath: shared, relativeTo: URL(filePath: root.path + "/")).appending(path: "data")
    }()
    static let areThere = FileManager.default.fileExists(atPath: folder.appending(path: "README.md").path)
    static let python: String? = [root.path + "/.venv/bin/python3", "/usr/bin/python3"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    static func path(of name: String) -> String { folder.appending(path: name).path }

    /// Rows of a table as dictionaries by column; understands quoted cells, as PS3.3's paths are.
    static func rows(_ name: String, separator: Character = ",") throws -> [[String: String]] {
        let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        let lines = text.split(whereSeparator: \.isNewline)
        let header = cells(lines.first ?? "", separator)
        return lines.dropFirst().map { line in
            Dictionary(zip(header, cells(line, separator))) { first, _ in first }
        }
    }

    private static func cells(_ line: Substring, _ separator: Character) -> [String] {
        var result: [String] = []
        var cell = ""
        var isQuoted = false
        for character in line {
            if character == "\"", separator == "," {
                isQuoted.toggle()
            } else if character == separator, !isQuoted {
                result.append(cell)
                cell = ""
            } else {
                cell.append(character)
            }
        }
        return result + [cell]
    }

    /// What a Python program prints, with the packages of the project's virtual environment.
    static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        guard let python else { return (127, "") }
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
