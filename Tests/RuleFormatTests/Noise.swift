import TestSupport

@testable import RuleFormat

/// Writes a file in some other way that means the same: blanks, quotes, empty elements, order of attributes.
/// Empty lines between siblings, and whether a comment stands behind an element, are part of what it says.
struct Noise {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func written(_ document: [PlacedNode]) -> String {
        (random.below(2) == 0 ? "" : "<?xml version='1.0' encoding='UTF-8'?>") + nodes(document) + blanks()
    }

    /// Any blanks without an empty line.
    private mutating func blanks(atLeastOne: Bool = false) -> String {
        let choices = atLeastOne ? [" ", "\n", "\t ", "\n     ", "   "] : ["", " ", "\n", "\t\t", "\n    "]
        return random.pick(choices)
    }

    private mutating func nodes(_ nodes: [PlacedNode]) -> String {
        var text = ""
        for placed in nodes {
            if placed.isBehindElement {
                text += random.pick(["", " ", "\t"])
            } else if placed.hasBlankBefore {
                text += random.pick(["\n\n", "\n \n\n  ", "\n\n\n\n"])
            } else if case .comment = placed.node {
                text += random.pick(["\n", "\n    "])
            } else {
                text += blanks()
            }
            switch placed.node {
            case .comment(let comment): text += "<!--" + reindented(comment) + "-->"
            case .instruction(let words): text += "<?\(words)?>"
            case .element(let element): text += self.element(element)
            }
        }
        return text
    }

    /// Lines of comments stay lines, however far to the right they stand.
    private mutating func reindented(_ comment: String) -> String {
        comment.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let word = line.drop { $0 == " " }
            return (word.isEmpty ? "" : random.pick(["", " ", "      "])) + word
        }.joined(separator: "\n")
    }

    private mutating func element(_ element: SourceElement) -> String {
        var attributes = element.attributes
        // Those that the schema leaves open keep their order.
        if !attributes.contains(where: { $0.name.first?.isUppercase == true }) { attributes.shuffle(using: &random) }
        var text = "<" + element.name
        for attribute in attributes {
            let escaped = attribute.value.asAttributeValue
            let value =
                random.below(2) == 0 ? "\"\(escaped)\"" : "'\(escaped.replacing("'", with: "&apos;"))'"
            text += blanks(atLeastOne: true) + attribute.name + random.pick(["=", " = ", "=\n"]) + value
        }
        text += blanks()
        let isText = element.children.isEmpty && element.text.contains { !$0.isWhitespace }
        if isText {
            let isVerbatim = element.localName == "value" || element.localName == "rows"
            let body = isVerbatim ? element.text.asText : words(element.text)
            return text + ">" + body + "</\(element.name)\(blanks())>"
        }
        if element.children.isEmpty {
            return text + (random.below(2) == 0 ? "/>" : "></\(element.name)>")
        }
        return text + ">" + nodes(element.children) + blanks() + "</\(element.name)>"
    }

    private mutating func words(_ text: String) -> String {
        var result = blanks()
        for word in text.split(whereSeparator: \.isWhitespace) {
            result += String(word).asText + random.pick([" ", "\n", "\n\n   ", "\t"])
        }
        return result
    }
}
