import Foundation
import TestSupport
import Testing

/// The console in a real browser: each task from signing in to the log, without JavaScript; every page at three widths in light and
/// dark, held against axe-core. Pictures go to `out/console`.
struct BrowserTests {
    private static let python = Repository.path(".venv/bin/python")
    private static let chromium = "/usr/bin/chromium"
    private static let isPossible =
        FileManager.default.isExecutableFile(atPath: chromium)
        && ((try? FileManager.default.contentsOfDirectory(atPath: Repository.path(".venv/lib")).first).map {
            FileManager.default.fileExists(
                atPath: Repository.path(".venv/lib/\($0)/site-packages/axe_playwright_python"))
        } ?? false)

    @Test(.enabled(if: isPossible, "needs chromium, and playwright with axe-core in .venv"))
    func `each task is done in a browser without scripts, and axe finds nothing`() async throws {
        let folder = NSTemporaryDirectory() + "console-tour-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let rules = Repository.path("Rules/sites/general-hospital.xml"), studies = Repository.path("Examples/studies")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        _ = try await run(Self.cordon, ["key", "new", folder + "/site.key"])
        for audience in ["archive", "research"] {
            let done = try await run(
                Self.cordon,
                [
                    "apply", "--rules", rules, "--audience", audience, "--key", folder + "/site.key", "--registry",
                    folder + "/site", "--as", "tour", studies, folder + "/" + audience,
                ])
            #expect(done.status <= 1, "\(done.output.suffix(2000))")
        }
        let done = try await run(
            Self.python,
            [
                Repository.path("Tests/ConsoleTests/Browser/tour.py"), Self.cordon, folder + "/site",
                rules,
                Repository.path("out/console"), Self.chromium,
            ])
        print(done.output)
        #expect(done.status == 0, "\(done.output.suffix(8000))")
    }

    private static let cordon: String = {
        let test = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: test).deletingLastPathComponent().appendingPathComponent("cordon").path
    }()

    /// Runs a program to its end, on a thread of its own: Swift's own are two.
    private func run(_ program: String, _ arguments: [String]) async throws -> (status: Int32, output: String) {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let process = Process()
                        process.executableURL = URL(fileURLWithPath: program)
                        process.arguments = arguments
                        let pipe = Pipe()
                        process.standardOutput = pipe
                        process.standardError = pipe
                        process.standardInput = FileHandle.nullDevice
                        try process.run()
                        let output = pipe.fileHandleForReading.readDataToEndOfFile()
                        process.waitUntilExit()
                        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
                    })
            }
        }
    }
}
