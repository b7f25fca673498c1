/// Holds a file against the shape of the language: which element and attribute may stand where, and which values an
/// attribute takes. The schema decides; this says it in our words, with a place and a hint.
struct ShapeCheck {
    private let dialect: Dialect
    private let log: FindingLog
    private var grammar: Grammar { dialect.grammar }

    init(_ dialect: Dialect, log: FindingLog) {
        self.dialect = dialect
        self.log = log
    }

    /// - Parameters:
    ///   - complaints: what libxml2 said of the document.
    ///   - elements: all elements in the order of the document, which the complaints count by.
    /// - Returns: false when it is no file of the language at all.
    func check(_ root: XMLElement, complaints: [XMLReader.Complaint], elements: [XMLElement]) -> Bool {
        guard root.name == dialect.root, root.namespace == dialect.namespace else {
            wrongRoot(root)
            return false
        }
        let errorsBefore = log.errorCount
        var types: [Int: TypeName] = [:]
        walk(root, type: TypeName(own: dialect.root, parent: ""), types: &types)
        for complaint in complaints {
            translate(complaint, elements: elements, types: types)
        }
        if !complaints.isEmpty, log.errorCount == errorsBefore {
            log.error(.invalid, "the file does not fit the schema", at: root.place)
        }
        return true
    }

    private struct TypeName {
        var own: String
        var parent: String
    }

    private func wrongRoot(_ root: XMLElement) {
        let hint = "write <\(dialect.root) xmlns=\"\(dialect.namespace)\" …>"
        if root.name == dialect.root {
            let found = root.namespace.map { "namespace `\($0)`" } ?? "no namespace"
            log.error(.wrongRoot, "`\(dialect.root)` is in \(found)", at: root.place, hint: hint)
        } else {
            log.error(
                .wrongRoot, "\(dialect.kind) begins with `\(dialect.root)`, not with `\(root.name)`", at: root.place,
                hint: hint)
        }
    }

    // MARK: - Elements and attributes

    /// Types of elements by the offset of their tag, for the complaints.
    private func walk(_ element: XMLElement, type name: TypeName, types: inout [Int: TypeName]) {
        types[element.tag.lowerBound] = name
        guard let type = grammar.type(name.own) else {
            // Text alone.
            for child in element.children { unknown(child, in: element, Grammar.ComplexType()) }
            return
        }
        checkAttributes(of: element, type)
        if element.text.contains(where: { !$0.isWhitespace }) {
            log.error(
                .strayText, "`\(element.name)` holds no text", at: element.textPlace,
                hint: "what is for people stands in `description` or in a comment")
        }
        for child in element.children {
            if child.namespace == dialect.namespace, let childType = type.children[child.name] {
                walk(child, type: TypeName(own: childType, parent: name.own), types: &types)
            } else {
                unknown(child, in: element, type)
            }
        }
    }

    private func unknown(_ child: XMLElement, in parent: XMLElement, _ type: Grammar.ComplexType) {
        guard child.namespace == dialect.namespace else {
            log.error(
                .unknownElement, "`\(child.name)` is of another namespace, which \(dialect.kind) cannot hold",
                at: child.place)
            return
        }
        let isWordOfTheLanguage = grammar.complexTypes.values.contains { $0.children[child.name] != nil }
        let hint =
            Spelling.suggestion(for: child.name, among: type.childNames)
            ?? (type.childNames.isEmpty
                ? "`\(parent.name)` holds no elements" : "it holds \(Spelling.list(type.childNames, maximum: 20))")
        if isWordOfTheLanguage {
            log.error(
                .misplacedElement, "`\(child.name)` cannot stand in `\(parent.name)`", at: child.place, hint: hint)
        } else {
            log.error(.unknownElement, "there is no element `\(child.name)`", at: child.place, hint: hint)
        }
    }

    private func checkAttributes(of element: XMLElement, _ type: Grammar.ComplexType) {
        for attribute in element.attributes where attribute.namespace != XMLReader.schemaInstance {
            if attribute.namespace == nil, type.attributes.contains(where: { $0.name == attribute.name }) { continue }
            if attribute.namespace == nil, type.takesKeywords, attribute.name.first?.isUppercase == true { continue }
            let names = type.attributes.map(\.name)
            log.error(
                .unknownXMLAttribute, "`\(element.name)` has no attribute `\(attribute.name)`",
                at: attribute.namePlace,
                hint: Spelling.suggestion(for: attribute.name, among: names)
                    ?? (names.isEmpty ? "it has none" : "it has \(Spelling.list(names))"))
        }
        for expected in type.attributes where expected.isRequired && element.attribute(expected.name) == nil {
            log.error(
                .missingAttribute, "`\(element.name)` needs `\(expected.name)`", at: element.place,
                hint: expected.documentation.isEmpty ? nil : "`\(expected.name)`: \(expected.documentation.asPhrase)")
        }
    }

    // MARK: - What the schema says

    private func translate(_ complaint: XMLReader.Complaint, elements: [XMLElement], types: [Int: TypeName]) {
        guard let number = complaint.element, elements.indices.contains(number) else { return }
        let element = elements[number]
        // The tree below an element that is unknown has been spoken of as a whole.
        guard let typeName = types[element.tag.lowerBound] else { return }
        // Attributes that are unknown (1866) or missing (1868) and text (1841 to 1844) have been found by us.
        guard ![1841, 1842, 1843, 1844, 1866, 1868].contains(complaint.code) else { return }
        if let name = Self.attributeName(in: complaint.message) {
            guard let attribute = element.attribute(name) else { return }
            badValue(attribute, type: grammar.type(typeName.own)?.attributes.first { $0.name == name }?.type)
            return
        }
        switch complaint.code {
        case 1871 where complaint.message.contains("Missing child element"):
            let expected = grammar.type(typeName.own)?.childNames ?? []
            log.error(
                .missingElement, "`\(element.name)` is empty", at: element.place,
                hint: "it holds \(Spelling.list(expected, maximum: 20))")
        case 1871:
            let hint =
                typeName.parent == "oneCondition" || typeName.parent == "items"
                ? "one condition stands here; join several with `all` or `any`" : nil
            log.error(.misplacedElement, "`\(element.name)` is one too many here", at: element.place, hint: hint)
        default:
            log.error(.invalid, "`\(element.name)` does not fit the schema", at: element.place)
        }
    }

    private func badValue(_ attribute: XMLAttribute, type: String?) {
        let type = type.flatMap { grammar.simpleTypes[$0] }
        let value = attribute.value.split { $0.isWhitespace }.joined(separator: " ")
        var hint: String?
        if let type, !type.values.isEmpty {
            hint =
                Spelling.suggestion(for: value, among: type.values)
                ?? "it takes \(Spelling.list(type.values, maximum: 8))"
        } else if let documentation = type?.documentation, !documentation.isEmpty {
            hint = "expected: \(documentation.asPhrase)"
        }
        let message =
            value.isEmpty ? "`\(attribute.name)` is empty" : "`\(attribute.name)` cannot be `\(value)`"
        log.error(.badValue, message, at: attribute.place, hint: hint)
    }

    /// libxml2 names an attribute in its message only: "Element '{…}rule', attribute 'id': …".
    static func attributeName(in message: String) -> String? {
        let parts = message.split(separator: "'", omittingEmptySubsequences: false)
        guard parts.count > 3, parts[2] == ", attribute " else { return nil }
        return String(parts[3])
    }
}

extension String {
    /// A sentence as part of one of ours: lower case, no full stop.
    fileprivate var asPhrase: String {
        guard let first else { return self }
        let isAbbreviation = dropFirst().first?.isUppercase == true
        let phrase = (isAbbreviation ? String(first) : first.lowercased()) + dropFirst()
        return phrase.hasSuffix(".") ? String(phrase.dropLast()) : phrase
    }
}
