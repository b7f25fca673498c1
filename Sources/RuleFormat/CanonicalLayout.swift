import RuleLanguage

/// Lays a file out: two spaces for each level, lines of at most 120 characters, attributes in the order of the schema. How
/// it was laid out before does not matter, but that empty lines between elements stay, as one, and comments where they are.
struct CanonicalLayout {
    static let width = 120

    private let dialect: Dialect
    private(set) var lines: [String] = []

    /// Elements whose parts stand on lines of their own, however few they are.
    private static let blocks: Set<String> = [
        "ruleset", "vocabulary", "tier", "profile", "audience", "tests", "case", "each", "gateway", "pixels", "areas",
    ]
    /// Elements that share no line with an only child, unless all of it fits on one.
    private static let frames: Set<String> = ["rule", "label", "concepts", "expect"]
    /// Leaves that share a line.
    private static let words: Set<String> = ["value", "labelled"]

    init(_ document: [PlacedNode], _ dialect: Dialect) {
        self.dialect = dialect
        lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
        for placed in document {
            if placed.hasBlankBefore { lines.append("") }
            lines += node(placed, dialect.root, isRoot: true, indent: 0)
        }
    }

    var text: String { lines.map { $0 + "\n" }.joined() }

    // MARK: - Nodes

    /// - Parameter type: of the element, or of the parent's when it is none.
    private func node(_ placed: PlacedNode, _ type: String?, isRoot: Bool = false, indent: Int) -> [String] {
        switch placed.node {
        case .comment(let text): comment(text, indent)
        case .instruction(let text): [Self.blanks(indent) + "<?\(text.collapsed)?>"]
        case .element(let item):
            element(item, isRoot ? type : childType(item, type), indent, prefix: "", suffix: "")
        }
    }

    /// Lines keep their words; those behind the first stand under its text.
    private func comment(_ text: String, _ indent: Int) -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).collapsedLine }
        let words = lines.dropFirst(lines.prefix { $0.isEmpty }.count)
        let body = words.reversed().drop { $0.isEmpty }.reversed()
        guard let first = body.first else { return [Self.blanks(indent) + "<!---->"] }
        var result = [Self.blanks(indent) + "<!-- \(first)"]
        result += body.dropFirst().map { $0.isEmpty ? "" : Self.blanks(indent + 5) + $0 }
        result[result.count - 1] += " -->"
        return result
    }

    private func childType(_ element: SourceElement, _ parent: String?) -> String? {
        dialect.grammar.type(parent)?.children[element.localName]
    }

    // MARK: - Elements

    /// - Parameters:
    ///   - prefix: start tags that stand before it on its first line.
    ///   - suffix: end tags that stand behind it on its last.
    private func element(
        _ element: SourceElement, _ type: String?, _ indent: Int, prefix: String, suffix: String
    ) -> [String] {
        if mayBeOneLine(element) {
            let line = prefix + flat(element, type) + suffix
            if indent + line.count <= Self.width || isText(element) && element.localName != "description" {
                return isRows(element) ? rows(element, type, indent, prefix, suffix) : [Self.blanks(indent) + line]
            }
        }
        if isRows(element) { return rows(element, type, indent, prefix, suffix) }
        let tags = attributes(element, type)
        if isText(element) { return filled(element, tags, indent, prefix, suffix) }
        if element.children.isEmpty { return wrapped(prefix + "<\(element.name)", tags, "/>" + suffix, indent) }
        if let child = onlyChild(element) {
            let start = prefix + flatStart(element, tags)
            let first = attributes(child, childType(child, type)).first.map { " \($0)" } ?? ""
            // A leaf that has room on a line of its own gets one.
            let isRoomy =
                child.children.isEmpty && !isText(child)
                && indent + 2 + flat(child, childType(child, type)).count <= Self.width
            if !isRoomy, indent + start.count + child.name.count + 1 + first.count <= Self.width {
                return self.element(
                    child, childType(child, type), indent, prefix: start, suffix: "</\(element.name)>" + suffix)
            }
        }
        var result = wrapped(prefix + "<\(element.name)", tags, ">", indent)
        result += children(element, type, indent + 2)
        result.append(Self.blanks(indent) + "</\(element.name)>" + suffix)
        return result
    }

    private func children(_ parent: SourceElement, _ type: String?, _ indent: Int) -> [String] {
        var result: [String] = []
        // Whether the last line consists of leaves that more may join.
        var isOpen = false
        for placed in parent.children {
            if placed.hasBlankBefore {
                result.append("")
                isOpen = false
            }
            let lines = node(placed, type, indent: indent)
            var joins = false
            if case .element(let element) = placed.node { joins = Self.words.contains(element.localName) }
            if case .comment = placed.node, placed.isBehindElement, let last = result.last, lines.count == 1,
                let line = lines.first
            {
                result[result.count - 1] = last + " " + line.drop { $0 == " " }
                isOpen = false
                continue
            }
            if joins, isOpen, let last = result.last, let line = lines.first, lines.count == 1,
                last.count + line.count - indent <= Self.width
            {
                result[result.count - 1] = last + line.dropFirst(indent)
            } else {
                result += lines
            }
            isOpen = joins && lines.count == 1
        }
        return result
    }

    /// The element that is all there is in another: both tags may stand on one line.
    private func onlyChild(_ element: SourceElement) -> SourceElement? {
        guard !Self.blocks.union(Self.frames).contains(element.localName), element.children.count == 1,
            case .element(let child)? = element.children.first?.node, !Self.blocks.contains(child.localName),
            child.localName != "description"
        else { return nil }
        return child
    }

    /// Whether nothing in it asks for a line of its own.
    private func mayBeOneLine(_ element: SourceElement) -> Bool {
        if Self.blocks.contains(element.localName) { return element.children.isEmpty }
        return element.children.allSatisfy { placed in
            guard case .element(let child) = placed.node, !placed.hasBlankBefore, child.localName != "description",
                !isRows(child)
            else { return false }
            return mayBeOneLine(child)
        }
    }

    private func isText(_ element: SourceElement) -> Bool {
        element.children.isEmpty && element.text.contains { !$0.isWhitespace }
    }

    // MARK: - Tags

    private func flat(_ element: SourceElement, _ type: String?) -> String {
        let start = flatStart(element, attributes(element, type))
        if isText(element) {
            let text = element.localName == "description" ? element.text.collapsed : element.text
            return start + text.asText + "</\(element.name)>"
        }
        if element.localName == "value", !element.text.isEmpty {
            return start + element.text.asText + "</\(element.name)>"
        }
        guard !element.children.isEmpty else { return start.dropLast() + "/>" }
        return start + element.elements.map { flat($0, childType($0, type)) }.joined() + "</\(element.name)>"
    }

    private func flatStart(_ element: SourceElement, _ attributes: [String]) -> String {
        (["<\(element.name)"] + attributes).joined(separator: " ") + ">"
    }

    /// A start tag whose attributes go on lines of their own where they do not fit.
    private func wrapped(_ start: String, _ attributes: [String], _ end: String, _ indent: Int) -> [String] {
        var lines: [String] = []
        var line = Self.blanks(indent) + start
        for (index, attribute) in attributes.enumerated() {
            let isLast = index == attributes.count - 1
            let needed = attribute.count + 1 + (isLast ? end.count : 0)
            if line.count + needed > Self.width, index > 0 {
                lines.append(line)
                line = Self.blanks(indent + 4) + attribute
            } else {
                line += " " + attribute
            }
        }
        return lines + [line + end]
    }

    /// Namespaces first, then the order of the schema, then what it leaves open, as it was written.
    private func attributes(_ element: SourceElement, _ type: String?) -> [String] {
        let known = dialect.grammar.type(type)?.attributes ?? []
        func rank(_ name: String) -> Int {
            if name == "xmlns" { return -4 }
            if name.hasPrefix("xmlns:") { return -3 }
            if name.contains(":") { return -2 }
            return known.firstIndex { $0.name == name } ?? known.count
        }
        let ordered = element.attributes.enumerated().sorted {
            (rank($0.element.name), $0.offset) < (rank($1.element.name), $1.offset)
        }
        return ordered.map { _, attribute in
            let isToken = known.first { $0.name == attribute.name }.map { $0.type != "string" } ?? false
            let value = isToken ? attribute.value.trimmedBlanks : attribute.value
            return "\(attribute.name)=\"\(value.asAttributeValue)\""
        }
    }

    // MARK: - Text

    /// Text for people, filled.
    private func filled(
        _ element: SourceElement, _ tags: [String], _ indent: Int, _ prefix: String, _ suffix: String
    ) -> [String] {
        var lines: [String] = []
        var line = Self.blanks(indent) + prefix + flatStart(element, tags)
        var isFirst = true
        let words = element.text.collapsed.split(separator: " ").map { String($0).asText }
        for (index, word) in words.enumerated() {
            let end = index == words.count - 1 ? "</\(element.name)>\(suffix)" : ""
            if !isFirst, line.count + 1 + word.count + end.count > Self.width {
                lines.append(line)
                line = Self.blanks(indent + 2) + word
            } else {
                line += (isFirst ? "" : " ") + word
            }
            line += end
            isFirst = false
        }
        return lines + [line]
    }

    /// The rows of a list in a test: a line each.
    private func isRows(_ element: SourceElement) -> Bool {
        element.localName == "rows" && element.children.isEmpty && element.text.contains { !$0.isWhitespace }
    }

    private func rows(
        _ element: SourceElement, _ type: String?, _ indent: Int, _ prefix: String, _ suffix: String
    ) -> [String] {
        let rows = element.text.split(separator: "\n").map { String($0).trimmedBlanks }.filter { !$0.isEmpty }
        return [Self.blanks(indent) + prefix + flatStart(element, attributes(element, type))]
            + rows.map { Self.blanks(indent + 2) + $0.asText }
            + [Self.blanks(indent) + "</\(element.name)>\(suffix)"]
    }

    private static func blanks(_ count: Int) -> String { String(repeating: " ", count: count) }
}

extension String {
    fileprivate var collapsedLine: String { trimmedBlanks }

    /// Without blanks around it.
    fileprivate var trimmedBlanks: String {
        var text = drop { $0 == " " || $0 == "\t" || $0.isNewline }
        while let last = text.last, last == " " || last == "\t" || last.isNewline { text.removeLast() }
        return String(text)
    }
}
