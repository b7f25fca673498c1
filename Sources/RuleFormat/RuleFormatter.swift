package import RuleLanguage

/// Brings files of a language of ours into their canonical form.
package struct RuleFormatter {
    /// Languages that are known, by the element that their files begin with.
    private let dialects: [Dialect]

    package init(_ dialects: [Dialect]) { self.dialects = dialects }

    package enum Outcome: Sendable {
        case formatted(String)
        /// It cannot be read as a file of any of the languages; it stays as it is.
        case refused([Finding])
        /// What was written means something else: an error of ours, and the file stays as it is.
        case changedMeaning(SourceLocation)
    }

    /// - Parameter path: as it is shown.
    package func format(_ bytes: [UInt8], path: String) -> Outcome {
        let log = FindingLog()
        guard let dialect = dialect(of: bytes) else { return .refused(unknown(bytes, path)) }
        guard let before = XMLDocument(path: path, bytes: bytes, dialect: dialect, log: log).root, !log.hasErrors
        else { return .refused(log.sorted()) }
        var parser = SourceParser(bytes)
        let text = CanonicalLayout(parser.document(), dialect).text
        // Read anew and compared, before anything is written.
        guard let after = XMLDocument(path: path, bytes: Array(text.utf8), dialect: dialect, log: log).root,
            !log.hasErrors
        else { return .changedMeaning(before.location) }
        if let place = difference(before, after, dialect.root, dialect) { return .changedMeaning(place) }
        return .formatted(text)
    }

    /// The language whose root element stands first in the text.
    private func dialect(of bytes: [UInt8]) -> Dialect? {
        var parser = SourceParser(bytes)
        let name = parser.rootName()
        return dialects.first { $0.root == name }
    }

    /// What the first language says of it.
    private func unknown(_ bytes: [UInt8], _ path: String) -> [Finding] {
        let log = FindingLog()
        if let first = dialects.first { _ = XMLDocument(path: path, bytes: bytes, dialect: first, log: log) }
        return log.sorted()
    }

    /// Where two trees say different things: other elements, attributes or text. Blanks count only where they mean
    /// something: in values that are texts, and in the texts that rules compare with.
    private func difference(
        _ left: XMLElement, _ right: XMLElement, _ type: String?, _ dialect: Dialect
    ) -> SourceLocation? {
        let known = dialect.grammar.type(type)
        func attributes(_ element: XMLElement) -> [String: String] {
            var result: [String: String] = [:]
            for attribute in element.attributes {
                let isText = known?.attributes.first { $0.name == attribute.name }.map { $0.type == "string" } ?? true
                result["\(attribute.namespace ?? "") \(attribute.name)"] =
                    isText ? attribute.value : attribute.value.collapsed
            }
            return result
        }
        let isVerbatim = left.name == "value"
        guard left.name == right.name, left.namespace == right.namespace, attributes(left) == attributes(right),
            left.children.count == right.children.count,
            isVerbatim ? left.text == right.text : left.text.collapsed == right.text.collapsed
        else { return left.location }
        for (a, b) in zip(left.children, right.children) {
            if let place = difference(a, b, known?.children[a.name], dialect) { return place }
        }
        return nil
    }
}
