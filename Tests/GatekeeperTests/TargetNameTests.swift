import Testing
import TestSupport

@testable import Gatekeeper
@testable import Host
@testable import Inputs

@Suite struct TargetNameTests {
    static let hostile = [
        "", ".", "..", "...", "/", "//", "../..", "a/b", "a\\b", "%", "%2F", "%2f", "%none", "none", "-", "-rf", "a-b",
        "a.", ".a", "a.b", " ", "a ", "a", "A", "ä", "a\u{308}", "\u{0}", "a\u{0}b", "\n", "\r\n", "*", "?", "\"", "'",
        "$(x)", "~", "CON", String(repeating: "x", count: 64), String(repeating: "x", count: 101),
        String(repeating: "x", count: 102), String(repeating: "/", count: 5000),
        String(repeating: "ä", count: 60) + "1",
        String(repeating: "ä", count: 60) + "2", "%~", "x%~", "\u{202E}dcm", "released", "1.2.3",
    ]

    @Test func `different values have different names that a file system takes`() {
        var names: [String: String] = [:]
        for value in Self.hostile {
            let name = TargetName.component(value)
            #expect(names[name] == nil || names[name] == value, "\(value) and \(names[name] ?? "")")
            names[name] = value
            #expect(!name.isEmpty && name.utf8.count <= 143)
            #expect(name != "." && name != ".." && !name.hasPrefix(".") && !name.hasPrefix("-"))
            #expect(name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x2F && $0 != 0x5C })
        }
        // Strings that are canonically equal are different bytes, and different names.
        #expect(TargetName.component("\u{E4}") != TargetName.component("a\u{308}"))
    }

    @Test func `random values never meet`() {
        var generator = SeededGenerator(seed: 11)
        let alphabet = Array("aA./%-~ 0ä\u{0}")
        var names: [String: [UInt8]] = [:]
        for _ in 0..<20_000 {
            let value = String(
                (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                })
            let name = TargetName.component(value)
            #expect(names[name, default: Array(value.utf8)] == Array(value.utf8))
            names[name] = Array(value.utf8)
        }
    }

    @Test func `no value leads out of its place`() {
        for value in Self.hostile {
            let name = TargetName(
                patientID: value, studyInstanceUID: value, seriesInstanceUID: value, sopInstanceUID: value)
            let parts = name.path(suffix: ContentDigest(of: [])).split(separator: "/", omittingEmptySubsequences: false)
            #expect(parts.count == 5)
            #expect(parts[0] == "released")
            #expect(!parts.contains("..") && !parts.contains(".") && !parts.contains(""))
            #expect(parts.allSatisfy { $0.utf8.count <= 143 })
        }
    }

    @Test func `names that differ in letter case alone are one claim`() {
        func name(_ id: String) -> TargetName {
            TargetName(patientID: id, studyInstanceUID: "1.2", seriesInstanceUID: "1.3", sopInstanceUID: "1.4")
        }
        #expect(name("abc").claim == name("ABC").claim)
        #expect(name("abc").claim != name("abd").claim)
        #expect(name("abc").path() != name("ABC").path())
    }
}
