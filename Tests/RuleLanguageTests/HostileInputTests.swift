import Glibc
import RuleLanguage
import Testing

/// Text that was made to do harm. Each ends as findings, quickly, and nothing but the file itself is opened.
@Suite("Hostile input")
struct HostileInputTests {
    /// The codes of all findings, in order.
    private func codes(_ text: String) -> [String] {
        let (ruleSet, findings) = RuleSetLoader().load(text: text)
        #expect(ruleSet == nil)
        return findings.map(\.code)
    }

    private func codes(bytes: [UInt8]) throws -> [String] {
        let folder = try Folder()
        let (ruleSet, findings) = RuleSetLoader().load(path: folder.write("rules.xml", bytes: bytes))
        #expect(ruleSet == nil)
        return findings.map(\.code)
    }

    private static let root = "<ruleset xmlns=\"urn:cordon:rules:1\" id=\"a\" revision=\"1\" title=\"&e;\"/>"

    @Test(arguments: [
        "<!DOCTYPE r [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>",
        "<!DOCTYPE r [<!ENTITY e SYSTEM \"http://127.0.0.1:9/e\">]>",
        "<!DOCTYPE r SYSTEM \"http://127.0.0.1:9/e.dtd\">",
        "<!DOCTYPE r PUBLIC \"-//a//b\" \"file:///etc/passwd\">",
        "<!DOCTYPE r [<!ENTITY % p SYSTEM \"file:///etc/passwd\"> %p;]>",
        "<!DOCTYPE r [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY e \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>",
        "<!DOCTYPE r>",
        "\n<!-- a > b --><?x y?>\n<!DOCTYPE r []>",
    ])
    func `a document type is refused whatever it declares`(_ declaration: String) {
        #expect(codes(declaration + Self.root) == ["doctype"])
    }

    @Test func `an entity that expands without end is not expanded`() {
        var declarations = "<!ENTITY e0 \"ha\">"
        for level in 1...30 { declarations += "<!ENTITY e\(level) \"&e\(level - 1);&e\(level - 1);\">" }
        #expect(codes("<!DOCTYPE r [\(declarations)]>" + Self.root) == ["doctype"])
        let long = String(repeating: "a", count: 50_000)
        let many = String(repeating: "&e;", count: 50_000)
        #expect(codes("<!DOCTYPE r [<!ENTITY e \"\(long)\">]><r>\(many)</r>") == ["doctype"])
    }

    @Test func `an entity without a declaration is an error`() {
        #expect(codes(Self.root) == ["not-well-formed"])
    }

    @Test(arguments: [200, 257, 10_000])
    func `deep nesting is refused`(_ depth: Int) {
        let open = String(repeating: "<not>", count: depth), close = String(repeating: "</not>", count: depth)
        let text = Marked.condition(open + "<present attribute=\"PatientID\"/>" + close)
        let (ruleSet, findings) = RuleSetLoader().load(text: text)
        #expect((ruleSet == nil) == (depth > 250))
        if depth > 250 { #expect(findings.map(\.code) == ["too-deep"]) }
    }

    @Test func `a file of more than 16 MiB is refused unread`() throws {
        let codes = try codes(bytes: [UInt8](repeating: 0x20, count: 16 << 20 | 1))
        #expect(codes == ["unreadable-file"])
        #expect(self.codes(String(repeating: " ", count: 16 << 20 | 1)) == ["file-too-large"])
    }

    @Test func `encodings other than UTF-8 are refused`() throws {
        let text = "<ruleset xmlns=\"urn:cordon:rules:1\" id=\"a\" revision=\"é\"/>"
        let wide = text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        #expect(try codes(bytes: [0xFF, 0xFE] + wide) == ["wrong-encoding"])
        #expect(try codes(bytes: wide) == ["wrong-encoding"])
        #expect(try codes(bytes: text.unicodeScalars.map { UInt8($0.value) }) == ["wrong-encoding"])
        #expect(codes("<?xml version='1.0' encoding='windows-1252'?>" + text) == ["wrong-encoding"])
        #expect(codes("<?xml version='1.0' encoding='UTF-16'?>" + text) == ["wrong-encoding"])
    }

    @Test func `a byte order mark is passed over and columns do not count it`() throws {
        let folder = try Folder()
        let text = "<ruleset xmlns=\"urn:cordon:rules:1\" id=\"a\" revision=\"1\"><teir/></ruleset>"
        let path = folder.write("rules.xml", bytes: [0xEF, 0xBB, 0xBF] + Array(text.utf8))
        let findings = RuleSetLoader().load(path: path).findings
        #expect(findings.map(\.code) == ["unknown-element"])
        #expect(findings.first?.location.column == 58)
    }

    @Test func `zero bytes and broken UTF-8 are refused with their place`() throws {
        let start = Array("<ruleset xmlns=\"urn:cordon:rules:1\"\n id=\"".utf8)
        for broken: [UInt8] in [[0], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x80], [0xC3]] {
            let folder = try Folder()
            let path = folder.write("rules.xml", bytes: start + broken + Array("\"/>".utf8))
            let findings = RuleSetLoader().load(path: path).findings
            #expect(findings.map(\.code) == ["wrong-encoding"])
            #expect(findings.first?.location.line == 2)
            #expect(findings.first?.location.column == 6)
        }
    }

    @Test func `what is no regular file is not read`() throws {
        let folder = try Folder()
        let pipe = "\(folder.path)/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        for path in [pipe, folder.path, "/dev/zero", "\(folder.path)/none", ""] {
            let (ruleSet, findings) = RuleSetLoader().load(path: path)
            #expect(ruleSet == nil)
            #expect(findings.map(\.code) == ["unreadable-file"], "\(path)")
        }
    }

    @Test func `a schema that a file names is not fetched`() {
        let text =
            "<ruleset xmlns=\"urn:cordon:rules:1\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
            + " xsi:schemaLocation=\"urn:cordon:rules:1 http://127.0.0.1:9/rules.xsd\" id=\"a\" revision=\"1\"/>"
        let (ruleSet, findings) = RuleSetLoader().load(text: text)
        #expect(findings.isEmpty, "\(listed(findings))")
        #expect(ruleSet != nil)
    }

    @Test func `inclusion by XInclude is not known`() {
        let text = Marked.ruleSet(
            "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\" parse=\"text\"/>")
        #expect(codes(text) == ["unknown-element"])
    }

    @Test func `a good file cut anywhere is refused and never crashes`() {
        let bytes = Array(GoodRuleSetTests.hospital.utf8)
        for count in 0..<(bytes.count - 1) {
            // Bytes, not characters: also within a character.
            let text = String(decoding: bytes[..<count], as: UTF8.self)
            let (ruleSet, findings) = RuleSetLoader().load(text: text)
            #expect(ruleSet == nil && !findings.isEmpty, "cut at \(count)")
        }
    }

    @Test func `a good file with any byte changed is loaded or refused with a place in it`() {
        var generator = Generator(state: 7)
        let bytes = Array(GoodRuleSetTests.hospital.utf8)
        let lines = GoodRuleSetTests.hospital.split(separator: "\n", omittingEmptySubsequences: false).count
        for _ in 0..<300 {
            var changed = bytes
            changed[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 1...126, using: &generator)
            let (ruleSet, findings) = RuleSetLoader().load(text: String(decoding: changed, as: UTF8.self))
            #expect((ruleSet == nil) == findings.contains { $0.severity == .error })
            #expect(findings.allSatisfy { (1...lines + 1).contains($0.location.line) && $0.location.column > 0 })
        }
    }

    @Test func `thousands of mistakes are shown up to a limit and counted`() {
        let mistakes = String(repeating: "<teir/>", count: 3000)
        let (ruleSet, findings) = RuleSetLoader().load(text: Marked.ruleSet(mistakes))
        #expect(ruleSet == nil)
        #expect(findings.count == 1001)
        #expect(findings.last?.message == "2000 more findings are not shown")
    }
}

/// SplitMix64: the same numbers each time.
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
