import Foundation
import FoundationXML

/// An element of an XML document, without namespaces' prefixes.
final class XMLNode {
    let name: String
    let attributes: [String: String]
    /// Line of the document, for messages.
    let offset: Int
    fileprivate(set) var text = ""
    fileprivate(set) var children: [XMLNode] = []

    fileprivate init(name: String, attributes: [String: String], offset: Int) {
        self.name = name
        self.attributes = attributes
        self.offset = offset
    }

    /// The root of a document in UTF-8 without a document type.
    static func parse(_ bytes: [UInt8]) throws(MetadataError) -> XMLNode {
        var body = bytes[...]
        if body.starts(with: [0xEF, 0xBB, 0xBF]) { body = body.dropFirst(3) }
        // The declaration is taken off, so that no other encoding can hide what is looked for here.
        if body.starts(with: "<?xml".utf8) {
            guard let end = body.firstIndex(of: UInt8(ascii: ">")), isUTF8(body[...end]) else {
                throw MetadataError(at: 0, expected: "a declaration that says UTF-8")
            }
            body = body[(end + 1)...]
        }
        guard String(validating: body, as: UTF8.self) != nil, !body.contains(0) else {
            throw MetadataError(at: 0, expected: "UTF-8")
        }
        guard !contains(body, "<!DOCTYPE"), !contains(body, "<!ENTITY") else {
            throw MetadataError(at: 0, expected: "a document without a document type")
        }
        let parser = XMLParser(data: Data(body))
        let builder = Builder()
        parser.delegate = builder
        parser.shouldResolveExternalEntities = false
        // The parser says nothing of a document that ends too early.
        guard parser.parse(), parser.parserError == nil, let root = builder.root, builder.isClosed else {
            throw MetadataError(
                at: max(0, parser.lineNumber), expected: "a well-formed document (the number is that of the line)")
        }
        return root
    }

    private static func isUTF8(_ declaration: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: declaration, as: UTF8.self).lowercased()
        guard let range = text.range(of: "encoding") else { return true }
        return text[range.upperBound...].drop { "=\"' \t".contains($0) }.hasPrefix("utf-8")
    }

    private static func contains(_ bytes: ArraySlice<UInt8>, _ word: String) -> Bool {
        let word = Array(word.utf8)
        var rest = bytes
        while let index = rest.firstIndex(of: UInt8(ascii: "<")) {
            if rest[index...].starts(with: word) { return true }
            rest = rest[(index + 1)...]
        }
        return false
    }
}

private final class Builder: NSObject, XMLParserDelegate {
    var root: XMLNode?
    private var open: [XMLNode] = []
    /// All that was opened ended, once.
    var isClosed: Bool { open.isEmpty && !isMalformed }
    private var isMalformed = false
    /// Four for each level of sequences.
    private static let deepest = 160

    func parser(
        _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
        qualifiedName qName: String?, attributes attributeDict: [String: String]
    ) {
        let name = elementName.split(separator: ":").last.map(String.init) ?? elementName
        let node = XMLNode(name: name, attributes: attributeDict, offset: parser.lineNumber)
        if let parent = open.last {
            parent.children.append(node)
        } else {
            if root != nil { isMalformed = true }
            root = node
        }
        open.append(node)
        if open.count > Self.deepest {
            isMalformed = true
            parser.abortParsing()
        }
    }

    func parser(
        _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName qName: String?
    ) {
        if open.popLast() == nil { isMalformed = true }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { open.last?.text += string }

    func parser(_ parser: XMLParser, foundCDATA CDATABlock: Data) {
        open.last?.text += String(decoding: CDATABlock, as: UTF8.self)
    }
}
