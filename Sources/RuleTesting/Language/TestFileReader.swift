import RuleEngine
package import RuleLanguage

/// Reads a file of tests, and builds the data sets that are written in it.
package struct TestFileReader {
    private let log = FindingLog()

    package init() {}

    /// Reads the file. Every finding is in `findings`, sorted; `file` is nil when any of them is an error.
    package static func read(path: String) -> (file: TestFile?, findings: [Finding]) {
        let reader = TestFileReader()
        let file = reader.read(path)
        let findings = reader.log.sorted()
        return (reader.log.hasErrors ? nil : file, findings)
    }

    /// The same of text, as if the file at `path` held it.
    package static func read(text: String, path: String) -> (file: TestFile?, findings: [Finding]) {
        let reader = TestFileReader()
        let file = reader.read(Array(text.utf8), path)
        let findings = reader.log.sorted()
        return (reader.log.hasErrors ? nil : file, findings)
    }

    private func read(_ path: String) -> TestFile? {
        do {
            return read(try FileAccess.read(path, limit: XMLDocument.maximumSize).bytes, path)
        } catch {
            log.add(
                Finding(
                    severity: .error, code: "unreadable-file", message: "`\(path)` cannot be read: \(error.reason)",
                    location: SourceLocation(file: FilePath.simplified(path), line: 1)))
            return nil
        }
    }

    private func read(_ bytes: [UInt8], _ path: String) -> TestFile? {
        guard bytes.count <= XMLDocument.maximumSize,
            let root = XMLDocument(path: path, bytes: bytes, dialect: .tests, log: log).root, !log.hasErrors
        else { return nil }
        let instances = InstanceReader(log: log, templates: root.children(named: "template"))
        let cases = CaseReader(log: log, instances: instances, tests: root)
        let file = TestFile(
            name: root.source.name,
            rulesPath: root.attribute("rules")?.trimmed.map { FilePath.resolve($0, from: path) } ?? "",
            coversIncludes: root.attribute("covers")?.value == "all",
            cases: root.children(named: "case").compactMap { cases.read($0) },
            exceptions: root.children(named: "impossible").compactMap(exception),
            survivors: root.children(named: "survivor").map { element in
                AllowedSurvivor(
                    mutant: element.attribute("mutant")?.trimmed ?? "",
                    reason: element.attribute("reason")?.trimmed ?? "", location: element.location)
            },
            location: root.location)
        return file
    }

    private func exception(_ element: XMLElement) -> CoverageException? {
        var outcomes: ConditionOutcomes.Outcomes = []
        for word in element.attribute("outcome")?.words ?? [] {
            switch word.text {
            case "true": outcomes.insert(.true)
            case "false": outcomes.insert(.false)
            default: outcomes.insert(.unknown)
            }
        }
        let named = ["rule", "at", "outcome", "profile", "statement"].map { element.attribute($0)?.trimmed }
        let what: CoverageException.What
        switch (named[0], named[1], named[2], named[3], named[4]) {
        case (let rule?, let path?, _?, nil, nil):
            what = .condition(
                rule: rule, path: path == "0" ? [] : path.split(separator: ".").compactMap { Int($0) },
                outcomes: outcomes)
        case (nil, nil, nil, let profile?, let words?): what = .statement(profile: profile, words: words)
        default:
            log.add(
                .error, "missing-attribute",
                "what is impossible is `rule`, `at` and `outcome`, or `profile` and `statement`",
                at: element.place)
            return nil
        }
        return CoverageException(
            what: what, reason: element.attribute("reason")?.trimmed ?? "", location: element.location)
    }
}
