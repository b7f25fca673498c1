/// One rule file, read and held against the schema: the tree of its elements, each with its place.
package struct XMLDocument {
    /// Nil when the file is not XML that we take.
    package var root: XMLElement?
    package var source: SourceText

    /// A rule file of this size holds some fifty thousand rules; what is longer belongs into lists (P9).
    package static let maximumSize = 16 << 20

    /// Reads a file's bytes. What is wrong with them goes to the log.
    ///
    /// - Parameter files: where what it names is read from.
    package init(
        path: String, bytes: [UInt8], dialect: Dialect = .rules, files: FileSource = .disk, log: FindingLog
    ) {
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        source = SourceText(
            name: FilePath.simplified(path), path: path, bytes: text, dialect: dialect, files: files)
        guard Self.isUTF8(source, log: log), !Self.hasDocumentType(source, log: log) else { return }
        guard dialect.reader.hasSchema else {
            log.error(.invalid, "the schema of the language cannot be compiled", at: Place(source, 0..<0))
            return
        }
        let outcome = dialect.reader.read(text)
        if let complaint = outcome.parsing.first {
            Self.report(complaint, in: source, log: log)
            return
        }
        guard !outcome.hasDocumentType, !outcome.nodes.isEmpty, let elements = Self.locate(outcome.nodes, in: source)
        else {
            log.error(.notWellFormed, "the file cannot be read as XML", at: Place(source, 0..<0))
            return
        }
        let root = Self.tree(0, of: outcome.nodes, elements)
        if ShapeCheck(dialect, log: log).check(root, complaints: outcome.validation, elements: elements) {
            self.root = root
        }
    }

    /// Reads another tool's XML, for which there is no schema: UTF-8, well-formed, without a document type, each element
    /// with its place. What is wrong goes to the log.
    ///
    /// - Parameter root: the element that such a file begins with. A file that has none is not shown in findings.
    package init(foreign bytes: [UInt8], path: String, root name: String, log: FindingLog) {
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        source = SourceText(name: FilePath.simplified(path), path: path, bytes: text, root: name)
        guard Self.isUTF8(source, log: log), !Self.hasDocumentType(source, log: log) else { return }
        let outcome = XMLReader(schema: nil).read(text)
        if let complaint = outcome.parsing.first {
            Self.report(complaint, in: source, log: log)
            return
        }
        guard !outcome.hasDocumentType, !outcome.nodes.isEmpty, let elements = Self.locate(outcome.nodes, in: source)
        else {
            log.error(.notWellFormed, "the file cannot be read as XML", at: Place(source, 0..<0))
            return
        }
        root = Self.tree(0, of: outcome.nodes, elements)
    }

    // MARK: - Before libxml2

    private static func isUTF8(_ source: SourceText, log: FindingLog) -> Bool {
        let bytes = source.bytes
        let hint = "save the file as UTF-8"
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            log.error(.wrongEncoding, "the file is UTF-16; it must be UTF-8", at: Place(source, 0..<0), hint: hint)
            return false
        }
        if let nul = bytes.firstIndex(of: 0) {
            log.error(
                .wrongEncoding, "byte \(nul) is zero, which no text has", at: Place(source, nul..<nul), hint: hint)
            return false
        }
        if let offset = UTF8Check.firstInvalidByte(in: bytes) {
            log.error(
                .wrongEncoding, "the bytes from \(offset) on are not UTF-8", at: Place(source, offset..<offset),
                hint: hint)
            return false
        }
        if let declared = StartTagScanner.declaredEncoding(in: bytes) {
            let encoding = String(decoding: bytes[declared], as: UTF8.self)
            guard ["UTF-8", "UTF8", "US-ASCII", "ASCII"].contains(encoding.uppercased()) else {
                log.error(
                    .wrongEncoding, "the file says that it is `\(encoding)`; it must be UTF-8",
                    at: Place(source, declared), hint: "\(hint), and write encoding=\"UTF-8\" or nothing")
                return false
            }
        }
        return true
    }

    /// The parser stops at one too; here its place is known.
    private static func hasDocumentType(_ source: SourceText, log: FindingLog) -> Bool {
        guard let range = StartTagScanner.documentType(in: source.bytes) else { return false }
        log.error(
            .doctype, "a document type declaration is not allowed: rule files have no DTD and no entities",
            at: Place(source, range), hint: "remove `<!DOCTYPE …>`")
        return true
    }

    // MARK: - After libxml2

    private static func report(_ complaint: XMLReader.Complaint, in source: SourceText, log: FindingLog) {
        let offset = min(max(complaint.offset, 0), source.bytes.count)
        let place = Place(source, offset..<offset)
        if complaint.message.hasPrefix("Excessive depth") {
            log.error(.tooDeep, "elements are nested more than 256 deep", at: place)
            return
        }
        var message = complaint.message
        if let first = message.first, message.dropFirst().first?.isUppercase != true {
            message = first.lowercased() + message.dropFirst()
        }
        message = String(message.map { $0.isNewline ? " " : $0 })
        log.error(.notWellFormed, "the file is not well-formed XML: \(message)", at: place)
    }

    /// The elements in the order of the document with their places, without children. Nil when what we found in the text
    /// is not what libxml2 found.
    private static func locate(_ nodes: [XMLReader.Node], in source: SourceText) -> [XMLElement]? {
        var scanner = StartTagScanner(source.bytes)
        var elements: [XMLElement] = []
        elements.reserveCapacity(nodes.count)
        var last: SourceText.Anchor?
        for node in nodes {
            guard let tag = scanner.next(), localName(source.bytes[tag.name]) == node.name else { return nil }
            let location = source.location(at: tag.range.lowerBound, after: last)
            let anchor = SourceText.Anchor(offset: tag.range.lowerBound, location: location)
            last = anchor
            let written = tag.attributes.filter { !isNamespaceDeclaration(source.bytes[$0.name]) }
            guard written.count == node.attributes.count else { return nil }
            var attributes: [XMLAttribute] = []
            for (place, attribute) in zip(written, node.attributes) {
                guard localName(source.bytes[place.name]) == attribute.name else { return nil }
                attributes.append(
                    XMLAttribute(
                        name: attribute.name, namespace: attribute.namespace, value: attribute.value, source: source,
                        nameRange: place.name, valueRange: place.value, anchor: anchor))
            }
            elements.append(
                XMLElement(
                    name: node.name, namespace: node.namespace, attributes: attributes, text: node.text,
                    source: source, tag: tag.range, nameRange: tag.name, anchor: anchor))
        }
        return scanner.next() == nil ? elements : nil
    }

    private static func tree(_ index: Int, of nodes: [XMLReader.Node], _ elements: [XMLElement]) -> XMLElement {
        var element = elements[index]
        element.children = nodes[index].children.map { tree($0, of: nodes, elements) }
        return element
    }

    private static func localName(_ name: ArraySlice<UInt8>) -> String {
        let local = name.lastIndex(of: UInt8(ascii: ":")).map { name[($0 + 1)...] } ?? name
        return String(decoding: local, as: UTF8.self)
    }

    private static func isNamespaceDeclaration(_ name: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: name, as: UTF8.self)
        return text == "xmlns" || text.hasPrefix("xmlns:")
    }
}

/// Finds bytes that are not UTF-8.
enum UTF8Check {
    static func firstInvalidByte(in bytes: [UInt8]) -> Int? {
        var index = 0
        while index < bytes.count {
            let lead = bytes[index]
            if lead < 0x80 {
                index += 1
                continue
            }
            let length: Int
            var lowest: UInt8 = 0x80
            var highest: UInt8 = 0xBF
            switch lead {
            case 0xC2...0xDF: length = 2
            case 0xE0: (length, lowest) = (3, 0xA0)
            case 0xE1...0xEC, 0xEE, 0xEF: length = 3
            case 0xED: (length, highest) = (3, 0x9F)
            case 0xF0: (length, lowest) = (4, 0x90)
            case 0xF1...0xF3: length = 4
            case 0xF4: (length, highest) = (4, 0x8F)
            default: return index
            }
            guard index + length <= bytes.count, (lowest...highest).contains(bytes[index + 1]),
                bytes[(index + 2)..<(index + length)].allSatisfy({ (0x80...0xBF).contains($0) })
            else { return index }
            index += length
        }
        return nil
    }
}
