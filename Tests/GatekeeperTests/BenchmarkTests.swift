import Foundation
import TestSupport
import Testing

/// The benchmark works from beginning to end, on a few files: what it prints is not looked at as speed.
@Suite struct BenchmarkTests {
    @Test(.enabled(if: Fixtures.python != nil))
    func `the benchmark runs Cordon beside what is installed, on generated studies, and says what each took`()
        async throws
    {
        let folder = WorkFolder()
        try folder.write("page.md", "before\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nafter\n")
        let bench = Fixtures.packageRoot + "/Benchmarks/bench.py"
        let script =
            """
            import subprocess, sys
            done = subprocess.run([sys.executable, "-B", "\(bench)", "--smoke", "--sets", "ct,enhanced", "--only", "cordon,dcmodify",
                "--cordon", "\(Command.path)", "--work", "\(folder.path)", "--markdown", "\(folder.path)/page.md"],
                capture_output=True, text=True)
            print(done.returncode)
            print(done.stdout)
            print(done.stderr if done.returncode else "", end="")
            """
        let rows = try await Self.onThread { try Python.rows(script) }
        let text = rows.map { $0.joined(separator: "\t") }
        #expect(text.first == "0", "\(text.joined(separator: "\n"))")
        // Fields of a row: name, runs, seconds, ratio, user, system, peak.
        let cells = text.filter { $0.hasPrefix("| ") }.map {
            $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        for name in ["cp -r", "cp -r, then sync of the files", "cordon, 1 job", "dcmodify"] {
            #expect(cells.contains { $0.first == name && $0.count == 7 }, "\(name)")
        }
        let page = try String(contentsOfFile: folder.path + "/page.md", encoding: .utf8)
        // A few files, once, are no figures: the page stays.
        #expect(page == "before\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nafter\n")
    }

    /// Waits on a thread of its own: tests share two for all that they wait for.
    private static func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value
    {
        try await withCheckedThrowingContinuation { waiting in
            Thread { waiting.resume(with: Result { try body() }) }.start()
        }
    }
}
