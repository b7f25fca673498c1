import Glibc
import RuleLanguage

/// Rule text with a mark, `▸`, where the caret of a finding must stand.
struct Marked {
    static let mark: Character = "▸"

    var text: String
    /// Line and column of the mark; nil without one.
    var position: (line: Int, column: Int)?

    init(_ marked: String) {
        text = marked.filter { $0 != Self.mark }
        for (index, line) in marked.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            guard let mark = line.firstIndex(of: Self.mark) else { continue }
            position = (index + 1, line.distance(from: line.startIndex, to: mark) + 1)
        }
    }

    /// Declarations around which a test says what it is about.
    static func ruleSet(_ body: String) -> String {
        """
        <ruleset xmlns="urn:cordon:rules:1" id="test" revision="1">
        \(body)
        </ruleset>
        """
    }

    /// A rule of tier 1 with this condition.
    static func condition(_ condition: String, tier: Int = 1) -> String {
        ruleSet(
            """
            <tier number="\(tier)">
            <rule id="rule"><when>
            \(condition)
            </when><tag study="sensitive"/></rule>
            </tier>
            """)
    }

    /// An audience with these clauses, and labels and profiles that they may name.
    static func audience(_ clauses: String) -> String {
        ruleSet(
            """
            <vocabulary>
            <label id="vip" tier="2" is-a="sensitive"/><label id="held" tier="2" is-a="sensitive"/>
            <label id="ok" tier="2" lifts="vip"/>
            </vocabulary>
            <profile id="p"><remove anything="true"/></profile><profile id="q"><remove anything="true"/></profile>
            <audience id="a">
            \(clauses)
            </audience>
            """)
    }

    /// A profile with these statements, and one for everything else.
    static func profile(_ statements: String) -> String {
        ruleSet(
            """
            <profile id="profile">
            \(statements)
            <remove anything="true"/></profile>
            """)
    }
}

/// A folder that goes away with the test.
final class Folder {
    let path: String

    init() throws {
        var template = Array("/tmp/cordon-rules-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Unmade() }
        path = String(cString: made)
    }

    struct Unmade: Error {}

    deinit { remove(path) }

    private func remove(_ path: String) {
        guard let directory = opendir(path) else {
            unlink(path)
            return
        }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            remove("\(path)/\(name)")
        }
        closedir(directory)
        rmdir(path)
    }

    /// Writes a file, making the folders on its way.
    @discardableResult
    func write(_ name: String, _ text: String) -> String { write(name, bytes: Array(text.utf8)) }

    @discardableResult
    func write(_ name: String, bytes: [UInt8]) -> String {
        let file = "\(path)/\(name)"
        var folder = path
        for part in name.split(separator: "/").dropLast() {
            folder += "/\(part)"
            mkdir(folder, 0o700)
        }
        guard let stream = fopen(file, "w") else { return file }
        fwrite(bytes, 1, bytes.count, stream)
        fclose(stream)
        return file
    }
}

/// All findings, one a line, for the comment of a failed expectation.
func listed(_ findings: [Finding]) -> String {
    findings.map { "\($0.severity) \($0.code) \($0.location): \($0.message) [\($0.hint ?? "")]" }.joined(
        separator: "\n")
}
