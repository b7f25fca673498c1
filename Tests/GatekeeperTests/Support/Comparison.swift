import Foundation
import TestSupport
import Testing

/// What `Scripts/compare_released.py` says of runs' outputs: pydicom, DCMTK and dciodvfy read them beside their originals.
struct Comparison {
    var status: Int32
    var text: String

    /// - Parameter runs: the map of each, and its output folder.
    init(_ runs: [(map: String, output: String)]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Fixtures.python))
        process.arguments =
            [Fixtures.packageRoot + "/Scripts/compare_released.py"] + runs.flatMap { [$0.map, $0.output] }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        text = pipe.readToEnd()
        process.waitUntilExit()
        status = process.terminationStatus
    }

    /// How many files were held against their originals, when nothing was found in any.
    var agreeing: Int? {
        guard status == 0, let line = lines.last, line.hasSuffix(" files agree") else { return nil }
        return Int(line.prefix { $0.isNumber })
    }

    /// What could not be compared in one way, each kind with its number.
    var notCompared: [String] { lines.filter { $0.hasPrefix("not compared in one way, ") } }

    var notComparedCount: Int {
        notCompared.reduce(0) { sum, line in sum + (Int(line.drop { !$0.isNumber }.prefix { $0.isNumber }) ?? 0) }
    }

    var lines: [String] { text.split(separator: "\n").map(String.init) }
}
