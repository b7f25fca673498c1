import ArgumentParser
import Console
import Gateway
import Glibc
import Host
import Inputs
import RuleFormat
import RuleLanguage
import RuleTesting

/// `cordon fmt`: files of rules, of tests, of gateways and of consoles in their canonical form.
struct Format: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fmt",
        abstract: "Brings files of rules, of tests, of gateways and of consoles into their canonical form.",
        discussion: """
            Two spaces for each level, lines of at most 120 characters, attributes in the order of the schema. Comments \
            and empty lines between elements stay. What is written is read again and compared first.

            Examples:
              cordon fmt site.xml site.test.xml
              cordon fmt --check Rules/*/*.xml
              cordon fmt /etc/cordon/gateway.xml

            Exit status: 1 when `--check` finds a file in another form; 2 when a file cannot be read as rules, tests or \
            a configuration.
            """)

    @Argument(
        help: ArgumentHelp(
            "Files of rules, of tests, of gateways or of consoles; `-` reads standard input and prints.",
            valueName: "file"))
    var paths: [String]

    @Flag(name: .long, help: "Change nothing; name the files that are in another form.")
    var check = false

    @Flag(name: .long, help: "Print the canonical form instead of writing it.")
    var stdout = false

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        var changed: [String] = []
        var hasErrors = false
        let formatter = RuleFormatter([.rules, .tests, ConfigurationLoader.dialect, ConsoleConfiguration.dialect])
        for path in paths {
            let bytes = try Self.bytes(path)
            switch formatter.format(bytes, path: path == "-" ? "standard input" : path) {
            case .refused(let findings):
                for finding in findings { StandardError.print(finding.json, text: finding.rendered) }
                hasErrors = true
            case .changedMeaning(let place):
                throw RunError(
                    .inconsistent, "\(place): the canonical form would mean something else; please report this")
            case .formatted(let text):
                let isChanged = !text.utf8.elementsEqual(bytes)
                if isChanged { changed.append(path) }
                if check { continue }
                if stdout || path == "-" {
                    StandardOutput.write(text)
                } else if isChanged {
                    try Self.replace(path, by: text)
                }
            }
        }
        if json {
            StandardOutput.print(JSON.object(["changed": .strings(changed)]).indentedText)
        } else if check {
            for path in changed { StandardOutput.print("\(path): not in canonical form") }
        }
        if hasErrors { throw ExitStatus.arguments }
        if check, !changed.isEmpty { throw ExitStatus.sequestered }
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        do {
            return path == "-"
                ? try standardInput() : try FileAccess.read(path, limit: XMLDocument.maximumSize).bytes
        } catch let failure as FileAccess.Failure {
            throw RunError(.arguments, "`\(path)` cannot be read: \(failure.reason)")
        }
    }

    private static func standardInput() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw RunError(.arguments, "standard input cannot be read") }
            if count == 0 { return bytes }
            bytes += buffer.prefix(count)
            guard bytes.count <= XMLDocument.maximumSize else {
                throw FileAccess.Failure.tooLarge(limit: XMLDocument.maximumSize)
            }
        }
    }

    /// With the permissions that it has. A link stays one: what it leads to is replaced.
    private static func replace(_ path: String, by text: String) throws {
        let resolved = realpath(path, nil)
        defer { free(resolved) }
        let target = resolved.map { String(cString: $0) } ?? path
        let mode = FileSystem.status(target)?.st_mode ?? 0o644
        do throws(SystemError) {
            try FileSystem.place(Array(text.utf8), at: target, mode: UInt32(mode & 0o7777), replacing: true)
        } catch {
            throw RunError(.output, "`\(path)` cannot be written: \(error)")
        }
    }
}
