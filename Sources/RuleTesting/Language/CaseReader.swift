import DICOMFile
import RuleEngine
import RuleLanguage

/// Reads cases.
struct CaseReader {
    private let log: FindingLog
    private let instances: InstanceReader
    private let lists: [XMLElement]
    private let tier: Int?
    private let names: NameBook

    /// Names of cases that there are.
    private final class NameBook { var seen: [String: SourceLocation] = [:] }

    /// Of a case that states none: fixed, so that the same tests give the same results.
    private static let time = "20260101120000+0000"

    init(log: FindingLog, instances: InstanceReader, tests: XMLElement) {
        self.log = log
        self.instances = instances
        lists = tests.children(named: "list")
        tier = tests.attribute("tier")?.trimmed.flatMap { Int($0) }
        names = NameBook()
    }

    func read(_ element: XMLElement) -> TestCase? {
        let name = element.attribute("name")?.trimmed ?? ""
        if let first = names.seen.updateValue(element.location, forKey: name) {
            log.add(
                .error, "duplicate-name", "there is a case `\(name)` in line \(first.line)",
                at: element.attribute("name")?.place ?? element.place)
        }
        let lists = lists(of: element)
        let expectations = element.children(named: "expect").flatMap { expect in
            expect.children.compactMap { ExpectationReader(log: log).read($0) }
        }
        if expectations.isEmpty {
            log.add(
                .error, "nothing-expected", "the case expects nothing", at: element.place,
                hint: "a test that cannot fail shows nothing: write <expect> with what should come")
        }
        let trials = trials(of: element)
        if trials.contains(where: \.isEmpty), !log.hasErrors {
            log.add(
                .error, "no-instance", "the case has no data set", at: element.place,
                hint: "write <instance …/>, or <file href=\"…\"/>")
        }
        for expectation in expectations {
            guard let number = expectation.instance, trials.contains(where: { number > $0.count }) else { continue }
            log.add(
                .error, "no-instance", "there is no instance \(number)",
                at: element.children(named: "expect").first?.place ?? element.place)
        }
        return TestCase(
            name: name, location: element.location,
            tier: element.attribute("tier")?.trimmed.flatMap { Int($0) } ?? tier,
            time: element.attribute("time")?.trimmed ?? Self.time, source: source(of: element),
            signature: element.attribute("signatures")?.trimmed.flatMap(Condition.Signature.init),
            known: knowledge(of: element), lists: lists.texts, listsKey: lists.key, trials: trials,
            expectations: expectations)
    }

    private func trials(of element: XMLElement) -> [[TestInstance]] {
        var common: [TestInstance] = []
        var number = 0
        func read(_ child: XMLElement) -> TestInstance? {
            number += 1
            return child.name == "file" ? instances.file(child) : instances.instance(child, number: number)
        }
        for child in element.children where child.name == "instance" || child.name == "file" {
            if let instance = read(child) { common.append(instance) }
        }
        let each = element.children(named: "each").flatMap(\.children)
        guard !each.isEmpty else { return [common] }
        let start = number
        return each.compactMap { child in
            // Each is tried alone: it has the number that it would have if it were the only one.
            number = start
            return read(child).map { common + [$0] }
        }
    }

    private func source(of element: XMLElement) -> Condition.Source {
        guard let source = only("source", in: element) else { return Condition.Source() }
        return Condition.Source(
            aeTitle: source.attribute("ae")?.trimmed, address: source.attribute("address")?.trimmed,
            user: source.attribute("user")?.trimmed, role: source.attribute("role")?.trimmed)
    }

    private func knowledge(of element: XMLElement) -> RegistryKnowledge? {
        guard let registry = only("registry", in: element) else { return RegistryKnowledge() }
        guard registry.attribute("asked") == nil else {
            if let child = registry.children.first {
                log.add(
                    .error, "misplaced-element", "a registry that is not asked knows nothing", at: child.place)
            }
            return nil
        }
        let labels = registry.children(named: "label").enumerated().map { number, label in
            let scope: RegistryKnowledge.Label.Scope =
                switch label.attribute("of")?.value {
                case "patient": .patient
                case "instance": .instance
                default: .study
                }
            return RegistryKnowledge.Label(
                name: label.attribute("name")?.trimmed ?? "", scope: scope,
                isCertain: label.attribute("certain") == nil, record: Int64(number + 1))
        }
        let holds = registry.children(named: "hold").map { hold in
            RegistryKnowledge.Hold(
                matter: hold.attribute("matter")?.trimmed ?? "", isCertain: hold.attribute("certain") == nil)
        }
        return RegistryKnowledge(holds: holds, labels: labels)
    }

    private func only(_ name: String, in element: XMLElement) -> XMLElement? {
        let found = element.children(named: name)
        if found.count > 1 {
            log.add(.error, "misplaced-element", "`\(name)` stands twice in the case", at: found[1].place)
        }
        return found.first
    }

    // MARK: - Lists

    /// Those of the case in place of those of the file.
    private func lists(of element: XMLElement) -> (texts: [String: ListText], key: String) {
        var texts: [String: (text: ListText, rows: String)] = [:]
        for list in lists + element.children(named: "list") {
            guard let id = list.attribute("id")?.trimmed, let rows = list.children(named: "rows").first,
                list.children.count == 1
            else {
                log.add(.error, "missing-element", "a list holds its `rows`, once", at: list.place)
                continue
            }
            // Findings about a row name the line that it stands in.
            let lines = rows.text.split(separator: "\n", omittingEmptySubsequences: false)
            let blank = lines.prefix { $0.allSatisfy(\.isWhitespace) }.count
            let text = lines.dropFirst(blank).map(Self.trimmed).filter { !$0.isEmpty }.map { $0 + "\r\n" }.joined()
            let line = rows.location.line + blank
            texts[id] = (
                ListText(bytes: Array(text.utf8), name: element.source.name, firstLine: line), text
            )
        }
        let key = texts.keys.sorted().map { "\($0)\n\(texts[$0]?.rows ?? "")" }.joined(separator: "\u{0}")
        return (texts.mapValues(\.text), key)
    }

    private static func trimmed(_ line: Substring) -> String {
        var line = line.drop(while: \.isWhitespace)
        while line.last?.isWhitespace == true { line.removeLast() }
        return String(line)
    }
}
