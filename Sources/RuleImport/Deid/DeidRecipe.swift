import RuleLanguage

/// A recipe of pydicom/deid as it is written: what becomes of fields, groups of them, and what flags an image.
struct DeidRecipe {
    /// `REPLACE PatientID var:id`.
    struct Action {
        var id: ImportLog.ID
        var verb: String
        var field: String
        /// Nil when nothing stands there.
        var value: String?
    }

    /// `LABEL …` with what it looks for and the regions behind it.
    struct Label {
        var id: ImportLog.ID
        var filter: String
        var name: String
        var criteria: [Criterion] = []
        var regions: [ImportLog.ID] = []
        /// Lines within it that are no criteria.
        var isUncertain = false
    }

    /// Conditions of one line; the operator is what joins it to the lines before.
    struct Criterion {
        var isAlternative: Bool
        var tests: [Test]
    }

    struct Test {
        var id: ImportLog.ID
        /// Whether it is joined to the one before it by `||`.
        var isAlternative: Bool
        var verb: String
        var field: String
        var value: String
    }

    private(set) var actions: [Action] = []
    /// By name, what `%fields` and `%values` choose.
    private(set) var fieldGroups: [String: [Action]] = [:]
    private(set) var valueGroups: [String: [Action]] = [:]
    private(set) var labels: [Label] = []

    private static let verbs = ["ADD", "BLANK", "JITTER", "KEEP", "REPLACE", "REMOVE", "LABEL", "FIELD", "SPLIT"]
    static let tests = ["notcontains", "notequals", "contains", "equals", "missing", "present", "empty"]

    private enum Section: Equatable {
        case none, header, labels, unknown
        case filter(String), fields(String), values(String)
    }

    init(_ text: ScriptText, log: ImportLog) throws(ImportFailure) {
        var section = Section.none
        var isDICOM = false
        for (raw, offset) in text.lines {
            let line = raw.trimmed
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            let location = text.location(at: offset)
            guard log.count < ImportLog.maximum else {
                throw ImportFailure("too-many-statements", "the recipe has too many statements", at: location)
            }
            if line.lowercased().hasPrefix("format"), section == .none || section == .header {
                let format = line.dropFirst(6).filter { !$0.isWhitespace }.lowercased()
                guard format == "dicom" else {
                    throw ImportFailure(
                        "wrong-format", "a recipe is for `dicom`, not for `\(ImportLog.shown(format))`", at: location)
                }
                isDICOM = true
                log.translated(log.add(line, at: location))
            } else if line.hasPrefix("%") {
                section = try Self.section(line, log, location)
            } else {
                read(line, section, log, location)
            }
        }
        guard isDICOM || !actions.isEmpty || !labels.isEmpty else {
            throw ImportFailure(
                "empty-script", "the file is no recipe: it has neither `FORMAT dicom` nor a rule",
                at: SourceLocation(file: text.file, line: 1))
        }
    }

    private static func section(
        _ line: String, _ log: ImportLog, _ location: SourceLocation
    ) throws(ImportFailure) -> Section {
        let words = withoutComment(line).split(separator: " ").map(String.init)
        let id = log.add(line, at: location)
        log.translated(id)
        let name = words.dropFirst().joined(separator: " ")
        switch words.first?.lowercased() {
        case "%header": return .header
        case "%labels": return .labels
        case "%filter": return .filter(name)
        case "%fields": return .fields(name)
        case "%values": return .values(name)
        default:
            // deid ends there.
            throw ImportFailure(
                "unknown-section", "`\(ImportLog.shown(line))` is no section of a recipe", at: location,
                hint: "sections are %header, %filter, %fields, %values and %labels")
        }
    }

    static func withoutComment(_ text: String) -> String {
        guard let hash = text.firstIndex(of: "#") else { return text.trimmed }
        return String(text[..<hash]).trimmed
    }

    // MARK: - Lines

    private mutating func read(_ line: String, _ section: Section, _ log: ImportLog, _ location: SourceLocation) {
        let id = log.add(line, at: location)
        switch section {
        case .filter(let name): readFilter(line, name, id, log)
        case .fields(let name):
            guard let action = Self.action(line, id) else { return log.refused(id, "deid takes it for no action") }
            fieldGroups[name, default: []].append(action)
        case .values(let name):
            guard let action = Self.action(line, id) else { return log.refused(id, "deid takes it for no action") }
            valueGroups[name, default: []].append(action)
        case .header:
            guard let action = Self.action(line, id) else {
                return log.refused(id, "deid takes it for no action and passes it by")
            }
            actions.append(action)
        case .labels: log.refused(id, "deid does nothing with labels of this kind")
        case .none, .unknown: log.refused(id, "it stands in no section")
        }
    }

    private static func action(_ line: String, _ id: ImportLog.ID) -> Action? {
        let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard let verb = words.first, verbs.contains(verb.uppercased()), words.count == 2 else { return nil }
        let rest = String(words[1]).trimmed
        var field = rest
        var value: String?
        // A private field has blanks in the quotes of its creator.
        if let end = fieldEnd(rest), end < rest.endIndex {
            field = String(rest[..<end])
            let behind = withoutComment(String(rest[end...]))
            value = behind.isEmpty ? nil : behind
        }
        return Action(id: id, verb: verb.uppercased(), field: field.trimmed, value: value)
    }

    private static func fieldEnd(_ text: String) -> String.Index? {
        var isQuoted = false
        for index in text.indices {
            if text[index] == "\"" { isQuoted.toggle() }
            if !isQuoted, text[index].isWhitespace { return index }
        }
        return nil
    }

    // MARK: - Filters

    private mutating func readFilter(_ line: String, _ filter: String, _ id: ImportLog.ID, _ log: ImportLog) {
        if line.uppercased().hasPrefix("LABEL") {
            let name = Self.withoutComment(String(line.dropFirst(5)))
            labels.append(Label(id: id, filter: filter, name: name))
            return
        }
        guard !labels.isEmpty, labels[labels.count - 1].filter == filter else {
            return log.refused(id, "it stands before the first LABEL of its filter")
        }
        let last = labels.count - 1
        let lower = line.lowercased()
        if ["coordinates", "keepcoordinates", "ctpcoordinates", "ctpkeepcoordinates"].contains(where: {
            lower.hasPrefix($0)
        }) {
            labels[last].regions.append(id)
            return
        }
        var rest = line
        var isAlternative = false
        if rest.hasPrefix("||") {
            isAlternative = true
            rest = String(rest.dropFirst(2)).trimmed
        } else if rest.hasPrefix("+") {
            rest = String(rest.dropFirst()).trimmed
        }
        guard let tests = Self.tests(rest, id) else {
            labels[last].isUncertain = true
            return log.refused(id, "it is no criterion; what it asks is taken to be so")
        }
        labels[last].criteria.append(Criterion(isAlternative: isAlternative, tests: tests))
    }

    /// `contains A x + contains B y || missing C`: an operator counts where another criterion follows it.
    private static func tests(_ line: String, _ id: ImportLog.ID) -> [Test]? {
        var tests: [Test] = []
        var rest = line
        var isAlternative = false
        while true {
            let next = nextOperator(in: rest)
            let text = next.map { String(rest[..<$0.range.lowerBound]).trimmed } ?? rest
            guard let test = test(text, isAlternative, id) else { return nil }
            tests.append(test)
            guard let next else { return tests }
            isAlternative = next.isAlternative
            rest = String(rest[next.range.upperBound...]).trimmed
        }
    }

    private static func nextOperator(in text: String) -> (range: Range<String.Index>, isAlternative: Bool)? {
        var index = text.startIndex
        while index < text.endIndex {
            for (sign, isAlternative) in [("||", true), ("+", false)] where text[index...].hasPrefix(sign) {
                let end = text.index(index, offsetBy: sign.count)
                let follows = String(text[end...]).trimmed.lowercased()
                if tests.contains(where: { follows.hasPrefix($0 + " ") }) { return (index..<end, isAlternative) }
            }
            index = text.index(after: index)
        }
        return nil
    }

    private static func test(_ text: String, _ isAlternative: Bool, _ id: ImportLog.ID) -> Test? {
        let words = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true).map(String.init)
        guard words.count >= 2, let verb = tests.first(where: { $0 == words[0].lowercased() }) else { return nil }
        let takesValue = !["missing", "present", "empty"].contains(verb)
        guard takesValue == (words.count == 3) || !takesValue else { return nil }
        return Test(
            id: id, isAlternative: isAlternative, verb: verb, field: words[1],
            value: takesValue ? words[2].trimmed : "")
    }
}
