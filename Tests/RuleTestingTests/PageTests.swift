import Foundation
import TestSupport
import Testing

@testable import RuleLanguage
@testable import RuleTesting

/// What pages show is what happens.
@Suite struct PageTests {
    private static let root = Fixtures.packageRoot

    /// A fenced block of a page: the line before it, what stands behind the fence, what is in it.
    private struct Block {
        var before: String
        var language: String
        var lines: [String]
        var text: String { lines.map { $0 + "\n" }.joined() }

        /// The file that the page says it is: "…, `site.xml`:".
        var file: String? {
            guard before.hasSuffix("`:") else { return nil }
            return before.dropLast(2).split(separator: "`", omittingEmptySubsequences: false).last.map(String.init)
        }
    }

    private static func blocks(_ page: String) throws -> [Block] {
        let text = try String(contentsOfFile: root + "/docs/" + page, encoding: .utf8)
        var blocks: [Block] = []
        var open: Block?
        var before = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("```") {
                if let block = open {
                    blocks.append(block)
                    open = nil
                } else {
                    open = Block(before: before, language: String(line.dropFirst(3)), lines: [])
                }
                before = ""
            } else if open != nil {
                open?.lines.append(line)
            } else if !line.isEmpty {
                before = line
            }
        }
        return blocks
    }

    /// A rule set of the page of the language, with the files that it names and its tests.
    private struct Example {
        var folder: TemporaryFolder
        var rules: String
    }

    private static func examples() throws -> [Example] {
        var examples: [Example] = []
        for block in try blocks("language.md") {
            if block.text.hasPrefix("<ruleset"), block.file == nil, block.language == "xml", block.lines.count > 1 {
                let folder = try TemporaryFolder()
                try folder.write(block.text, to: "rules.xml")
                examples.append(Example(folder: folder, rules: block.text))
            } else if let file = block.file, let example = examples.last {
                try example.folder.write(block.text, to: file)
            } else if block.text.hasPrefix("<tests"), let example = examples.last {
                try example.folder.write(block.text, to: "rules.test.xml")
            }
        }
        return examples
    }

    @Test func `examples of the language load, and do what their tests say`() throws {
        let examples = try Self.examples()
        #expect(examples.count >= 4)
        for example in examples {
            let (file, findings) = TestFileReader.read(path: example.folder("rules.test.xml"))
            #expect(findings.map(\.message) == [])
            var run = TestRun()
            if let file { run.run(file, measuresCoverage: false) }
            #expect(run.findings.map { "\($0.location.line): \($0.message)" } == [])
            #expect(run.results.flatMap(\.failures).map { "\($0.location.line): \($0.text)" } == [])
            #expect(!run.results.isEmpty)
        }
    }

    @Test func `every element and attribute of the language has an example`() throws {
        var used: Set<String> = []
        func walk(_ element: XMLElement, _ type: String) {
            used.formUnion(element.attributes.map { "\(type) \($0.name)" })
            for child in element.children {
                used.insert("\(type) <\(child.name)>")
                if let next = Dialect.rules.grammar.type(type)?.children[child.name] { walk(child, next) }
            }
        }
        for example in try Self.examples() {
            let root = XMLDocument(path: "rules.xml", bytes: Array(example.rules.utf8), log: FindingLog()).root
            walk(try #require(root), "ruleset")
        }
        var missing: [String] = []
        // Elements that stand in many places have one example, whichever it is.
        let names = used.compactMap { $0.split(separator: " ").last.map(String.init) }
        let elements = Set(names.filter { $0.hasPrefix("<") })
        let attributes = Set(used.filter { !$0.hasSuffix(">") })
        for (name, type) in Dialect.rules.grammar.complexTypes.sorted(by: { $0.key < $1.key }) {
            missing += type.children.keys.sorted().map { "<\($0)>" }.filter { !elements.contains($0) }
            let isStatement = type.attributes.contains { $0.name == "anything" }
            for attribute in type.attributes.map(\.name) {
                // Selectors are the same for all statements.
                let isSelector = isStatement && ["attribute", "creator", "group", "vr", "anything"].contains(attribute)
                let isThere =
                    isSelector
                    ? attributes.contains { $0.hasSuffix(" \(attribute)") }
                    : attributes.contains("\(name) \(attribute)")
                let isConcept = name.hasPrefix("concept") && ["code", "type", "meaning"].contains(attribute)
                if !isThere, !(isConcept && attributes.contains("concept \(attribute)")) {
                    missing.append("\(name) \(attribute)")
                }
            }
        }
        #expect(missing == [], "docs/language.md has no example of these")
    }

    @Test func `the tutorial's commands print what it shows`() async throws {
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(
            atPath: Self.root + "/Examples/studies", toPath: folder("studies"))
        for block in try Self.blocks("tutorial.md") {
            if block.language == "console" {
                try await run(block, in: folder)
            } else if let file = block.file {
                try folder.write(block.text, to: file)
            } else if block.text.hasPrefix("<tests") {
                try folder.write(block.text, to: "site.test.xml")
            } else {
                // More of the tests, before their last line.
                let path = folder("site.test.xml")
                let text = try String(contentsOfFile: path, encoding: .utf8)
                try text.replacing("</tests>", with: block.text + "</tests>")
                    .write(toFile: path, atomically: true, encoding: .utf8)
            }
        }
    }

    private func run(_ block: Block, in folder: TemporaryFolder) async throws {
        var steps: [(command: String, output: [String])] = []
        for line in block.lines {
            if line.hasPrefix("$ ") {
                steps.append((String(line.dropFirst(2)), []))
            } else if !steps.isEmpty {
                steps[steps.count - 1].output.append(line)
            }
        }
        for step in steps {
            let result = try await Command.shell(step.command, in: folder.path)
            let lines = result.split(separator: "\n", omittingEmptySubsequences: false).map(String.init).dropLast()
            #expect(
                lines.count == step.output.count && zip(lines, step.output).allSatisfy(Self.matches),
                "$ \(step.command)\n\(result)")
        }
    }

    /// `…` stands for anything.
    private static func matches(_ line: String, _ shown: String) -> Bool {
        let parts = shown.split(separator: "…", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 1, let first = parts.first, let last = parts.last else { return line == shown }
        guard line.hasPrefix(first), line.hasSuffix(last) else { return false }
        var rest = line.dropFirst(first.count).dropLast(last.count)
        for part in parts.dropFirst().dropLast() {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }

    // MARK: - Editors

    @Test(arguments: ["rules.xsd", "rule-tests.xsd"])
    func `every element and attribute of a schema is documented for editors`(name: String) throws {
        let text = try String(contentsOfFile: Self.root + "/Schemas/" + name, encoding: .utf8)
        let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
        var bare: [String] = []
        for (line, next) in zip(lines, lines.dropFirst())
        where line.hasPrefix("<xs:element ") || line.hasPrefix("<xs:attribute ") || line.hasPrefix("<xs:simpleType ") {
            if !next.hasPrefix("<xs:annotation><xs:documentation>") { bare.append(String(line)) }
        }
        #expect(bare == [])
    }

    @Test func `the catalog names the schema of each namespace`() throws {
        let catalog = try String(contentsOfFile: Self.root + "/Schemas/catalog.xml", encoding: .utf8)
        let names = catalog.matches(of: /<uri name="([^"]+)" uri="([^"]+)"\/>/).map { (String($0.1), String($0.2)) }
        #expect(
            names.map(\.0)
                == ["urn:cordon:rules:1", "urn:cordon:rule-tests:1", "urn:cordon:gateway:1", "urn:cordon:console:1"])
        for (namespace, file) in names {
            let schema = try String(contentsOfFile: Self.root + "/Schemas/" + file, encoding: .utf8)
            #expect(schema.contains("targetNamespace=\"\(namespace)\""))
        }
    }
}

extension Command {
    /// What a shell prints, standard error too, with the built command in reach.
    static func shell(_ command: String, in folder: String) async throws -> String {
        let tools = try TemporaryFolder()
        try FileManager.default.createSymbolicLink(atPath: tools("cordon"), withDestinationPath: path)
        let script = "PATH='\(tools.path)':$PATH; export PATH; { \(command)\n} 2>&1"
        let output = try await run(program: "/bin/sh", ["-c", script], in: folder).output
        return withExtendedLifetime(tools) { output }
    }
}
