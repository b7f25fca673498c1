import ArgumentParser
import Glibc
import Host
import Inputs
import RuleImport
import RuleLanguage

/// Where an imported rule set goes, and how what became of the script is told.
struct ImportOutput: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Write the rule set here, its lists beside it; else to standard output.", valueName: "file"))
    var output: String?

    @Flag(name: .long, help: "Tell of every statement, not only of those that changed or were not carried over.")
    var all = false

    @Flag(name: .long, help: "Print the report as JSON: with -o to standard output, else to standard error.")
    var json = false

    @Flag(name: .long, help: "Print no report.")
    var quiet = false

    static func read(_ path: String) throws -> ImportSource {
        do throws(FileAccess.Failure) {
            let contents = try FileAccess.read(path, limit: ImportSource.maximumSize)
            return ImportSource(name: FilePath.simplified(path), bytes: contents.bytes)
        } catch {
            throw RunError(.arguments, "\(path): \(error.reason)")
        }
    }

    /// Converts, writes the result, tells what became of the script, and ends with the status that says whether all of it
    /// was carried over.
    func finish(_ convert: () throws(ImportFailure) -> ImportedRules) throws {
        let rules: ImportedRules
        do throws(ImportFailure) {
            rules = try convert()
        } catch {
            for finding in error.findings { StandardError.print(finding.json, text: finding.rendered) }
            throw RunError(.arguments, "the script cannot be imported")
        }
        if let output {
            try write(rules, to: output)
        } else {
            guard rules.lists.isEmpty else {
                throw RunError(
                    .arguments, "the rule set has \(rules.lists.count) lists beside it: say where with -o FILE")
            }
            StandardOutput.write(rules.text)
        }
        if !quiet { tell(rules.report) }
        if !rules.report.isComplete { throw ExitStatus.sequestered }
    }

    private func tell(_ report: ImportReport) {
        let text = ImportReportText(report: report, showsAll: all)
        guard json else {
            // The rule set is on standard output where it was not written to a file.
            for line in text.lines {
                if output == nil { StandardError.write(line) } else { StandardOutput.print(line) }
            }
            return
        }
        if output == nil { StandardError.write(text.json.text) } else { StandardOutput.print(text.json.indentedText) }
    }

    // MARK: - Files

    /// Takes the place of nothing: a site's rule set may have been changed by hand since.
    private func write(_ rules: ImportedRules, to path: String) throws {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) + "/" } ?? ""
        if !rules.lists.isEmpty, mkdir(folder + "lists", 0o700) != 0, errno != EEXIST {
            throw RunError(.output, "\(folder)lists cannot be made: \(String(cString: strerror(errno)).lowercased())")
        }
        for list in rules.lists { try Self.write(list.text, to: folder + list.name, mode: 0o600) }
        try Self.write(rules.text, to: path, mode: 0o644)
    }

    private static func write(_ text: String, to path: String, mode: UInt32) throws {
        do throws(SystemError) {
            var file = try DurableFile(temporaryPath: path, mode: mode)
            try file.write(text)
            _ = try file.finish()
        } catch {
            if error.code == EEXIST { throw RunError(.arguments, "\(path) is there already, and is not overwritten") }
            throw RunError(.output, "\(path) cannot be written: \(error)")
        }
    }
}
