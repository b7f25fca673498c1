import ArgumentParser
import Gatekeeper
import Glibc
import Host
import Inputs
import RuleLanguage
import RuleTesting

/// `cordon test`: whether rule sets do what their tests expect.
struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Runs the tests of rule sets, with coverage and mutants.",
        discussion: """
            Tests are XML files, `docs/testing.md`. A path is such a file, a rule file with its tests beside it \
            (`site.xml` and `site.test.xml`), or a folder in which every `*.test.xml` is run.

            Examples:
              cordon test Rules/
              cordon test site.xml --coverage --minimum 100
              cordon test site.xml --mutate --junit results.xml

            Exit status: 1 when a case fails, coverage or score is below the minimum; 2 when tests or rules do not load.
            """)

    @Argument(help: ArgumentHelp("Files of tests, rule files, folders.", valueName: "path"))
    var paths: [String]

    @Option(name: .long, help: ArgumentHelp("Only cases whose name has this in it.", valueName: "text"))
    var only: String?

    @Flag(name: .long, help: "Say what the cases leave out, with lines.")
    var coverage = false

    @Option(name: .long, help: ArgumentHelp("The least coverage, in percent, of each kind.", valueName: "n"))
    var minimum: Int?

    @Flag(name: .long, help: "Change the rules in small ways, one at a time, and say which changes no case notices.")
    var mutate = false

    @Option(name: .long, help: ArgumentHelp("The least share of noticed mutants, in percent.", valueName: "n"))
    var minimumScore: Int?

    @Option(name: .long, help: ArgumentHelp("Threads for mutants; as many as processors if not given.", valueName: "n"))
    var jobs: Int?

    @Flag(name: .long, help: "Print the results as the Test Anything Protocol.")
    var tap = false

    @Option(name: .long, help: ArgumentHelp("Write the results as JUnit XML, too.", valueName: "file"))
    var junit: String?

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    @Flag(name: .long, help: "Print failures only.")
    var quiet = false

    mutating func validate() throws {
        for (name, value) in [("minimum", minimum), ("minimum-score", minimumScore)] {
            guard value.map({ (0...100).contains($0) }) ?? true else {
                throw ValidationError("--\(name) is a percentage, 0 to 100")
            }
        }
        guard jobs.map({ (1...1024).contains($0) }) ?? true else { throw ValidationError("--jobs is 1 to 1024") }
        guard !(tap && json) else { throw ValidationError("--tap and --json exclude each other") }
    }

    func run() throws {
        let files = try read()
        let measures = coverage || minimum != nil
        var run = TestRun()
        for file in files {
            run.run(file, measuresCoverage: measures) { test in only.map { test.name.contains($0) } ?? true }
        }
        if let only, run.results.isEmpty, run.isComplete {
            throw RunError(.arguments, "no case has `\(only)` in its name")
        }
        tell(run.findings + run.coverage.findings)
        guard run.isComplete, run.coverage.findings.isEmpty else {
            throw RunError(.arguments, "tests did not run: a rule set does not load, or does not have what they name")
        }
        // Mutants of rules that fail their tests anyway tell nothing.
        let mutation =
            mutate && run.failureCount == 0
            ? MutationRun(run, jobs: jobs ?? Processors.count) : nil
        if let junit { try write(JUnitReport(run).text, to: junit) }
        let report = TestReport(
            run: run, showsCoverage: coverage, measuresCoverage: measures, mutation: mutation, minimum: minimum,
            minimumScore: minimumScore)
        if json {
            StandardOutput.print(report.json.indentedText)
        } else if tap {
            StandardOutput.write(TAPReport(run).text)
            for line in report.summaryLines { StandardOutput.print("# \(line)") }
        } else {
            for line in report.lines(quiet: quiet) { StandardOutput.print(line) }
        }
        if !report.passed { throw ExitStatus.sequestered }
    }

    private func read() throws -> [TestFile] {
        var files: [TestFile] = []
        var hasErrors = false
        var known: Set<String> = []
        for path in paths {
            let found = TestDiscovery.files(at: path)
            if found.isEmpty { throw RunError(.arguments, "there is no `*\(TestDiscovery.ending)` in `\(path)`") }
            for name in found where known.insert(name).inserted {
                let (file, findings) = TestFileReader.read(path: name)
                tell(findings)
                if let file { files.append(file) } else { hasErrors = true }
            }
        }
        if hasErrors { throw RunError(.arguments, "a file of tests does not load") }
        return files
    }

    private func tell(_ findings: [Finding]) {
        for finding in findings { StandardError.print(finding.json, text: finding.rendered) }
    }

    private func write(_ text: String, to path: String) throws {
        do throws(SystemError) {
            try FileSystem.place(Array(text.utf8), at: path, mode: 0o644, replacing: true)
        } catch {
            throw RunError(.output, "`\(path)` cannot be written: \(error)")
        }
    }
}
