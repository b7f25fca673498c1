import Foundation
import TestSupport
import Testing

/// What the README shows is what a newcomer will see.
@Suite struct DocumentationTests {
    private static let root = Fixtures.packageRoot
    private let readme: String

    init() throws { readme = try String(contentsOfFile: Self.root + "/README.md", encoding: .utf8) }

    private func output(_ arguments: String...) throws -> String {
        try Command.run(arguments, environment: ["COLUMNS": "118"], in: Self.root).output
    }

    private func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "    \($0)" }
            .joined(separator: "\n")
    }

    @Test func `the table of the main job is what the command prints`() throws {
        let folder = WorkFolder()
        _ = try TestRules.key(folder)
        let text = try output(
            "apply", "--rules", "Rules/sites/general-hospital.xml", "--audience", "research", "--key", folder("key"),
            "--show-values", "Examples/studies", folder("out"))
        #expect(text.contains("sequester"))
        #expect(readme.contains("```\n\(text)```"), "the README shows something else than:\n\(text)")
    }

    @Test func `the first rule set is the one in the examples, checks, and is explained as shown`() throws {
        let rules = try String(contentsOfFile: Self.root + "/Examples/first.xml", encoding: .utf8)
        #expect(readme.contains("```xml\n\(rules)```"))
        // The digest is of all files, the profile's among them, and changes with each of them.
        let check = try #require(
            output("check", "Examples/first.xml").split(separator: ", digest ").first.map(String.init))
        #expect(check.contains("0 errors"))
        #expect(readme.contains("    \(check), digest "), "the README shows something else than:\n\(check)")
        let explained = try output(
            "explain", "--rules", "Examples/first.xml", "Examples/studies/07-marked-by-the-sender")
        #expect(readme.contains(indented(explained)), "the README shows something else than:\n\(explained)")
    }

    @Test func `pages that pages point to are there`() throws {
        let pages = try FileManager.default.contentsOfDirectory(atPath: Self.root + "/docs")
            .filter { $0.hasSuffix(".md") }.map { "docs/" + $0 }
        for page in pages + ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"] {
            let text = try String(contentsOfFile: Self.root + "/" + page, encoding: .utf8)
            for match in text.matches(of: /\]\(([^)#:]+)\)/) {
                let folder = page.hasPrefix("docs/") ? "/docs/" : "/"
                #expect(FileManager.default.fileExists(atPath: Self.root + folder + match.1), "\(page): \(match.1)")
            }
            if page.hasPrefix("docs/") { #expect(readme.contains("(\(page))"), "the README does not name \(page)") }
        }
    }

    @Test func `the long campaigns run every suite that has a long form`() throws {
        let makefile = try String(contentsOfFile: Self.root + "/Makefile", encoding: .utf8)
        let asks = "CORDON" + "_SOAK"
        let rows = makefile.split(separator: "\n").filter { $0.contains(asks) || $0.hasPrefix("alone :=") }
        let named = rows.joined(separator: " ").split(whereSeparator: { !$0.isLetter }).filter { $0.hasSuffix("Tests") }
        #expect(named.count > 10)
        let files = FileManager.default.enumerator(atPath: Self.root + "/Tests")?.compactMap { $0 as? String } ?? []
        for file in files where file.hasSuffix("Tests.swift") {
            let text = try String(contentsOfFile: Self.root + "/Tests/" + file, encoding: .utf8)
            guard text.contains(asks) else { continue }
            let suite = file.dropLast(".swift".count)
            #expect(named.contains { suite.hasSuffix($0) }, "`make soak` does not run \(file)")
        }
    }

    @Test(.enabled(if: Fixtures.python != nil)) func `the example studies are what their script makes`() throws {
        let folder = WorkFolder()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Fixtures.python))
        process.arguments = [Self.root + "/Scripts/make_examples.py", folder.path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let made = try folder.files("Examples/studies")
        #expect(made.count > 10)
        for file in made {
            let committed = FileManager.default.contents(atPath: Self.root + "/Examples/studies/" + file)
            #expect(committed.map(Array.init) == (try folder.bytes("Examples/studies/" + file)), "\(file)")
        }
    }
}
