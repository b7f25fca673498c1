import CLibXML2

/// Rule files as libxml2 sees them. The only file that calls it.
///
/// Fails closed: no DTD (the parser is stopped at one), so no entities; no network; nothing is opened but the bytes that
/// are given (the process-wide entity loader opens nothing). Errors come by callbacks of one parser, so that threads
/// share nothing.
@safe
struct XMLReader: Sendable {
    /// What was read of an element, in the order of the document; positions come from `StartTagScanner`.
    struct Node {
        var name: String
        var namespace: String?
        var attributes: [(name: String, namespace: String?, value: String)] = []
        var text = ""
        var children: [Int] = []
    }

    /// Something that libxml2 said.
    struct Complaint {
        /// Of `xmlParserErrors`.
        var code: Int
        var message: String
        /// A parser's: where it was, in bytes.
        var offset = 0
        /// A validator's: the element, counted in the order of the document.
        var element: Int?
    }

    struct Outcome {
        /// Empty when the document is not well-formed.
        var nodes: [Node] = []
        var parsing: [Complaint] = []
        var validation: [Complaint] = []
        var hasDocumentType = false
    }

    private nonisolated(unsafe) let schema: xmlSchemaPtr?

    /// - Parameter schema: an XML schema, which is compiled once and then only read, by any number of threads; nil to check
    ///   nothing but well-formedness.
    init(schema text: [UInt8]?) {
        _ = Self.isReady
        guard let text else {
            unsafe self.schema = nil
            return
        }
        unsafe self.schema = Self.compile(text)
    }

    /// False when libxml2 did not take the schema: then nothing may be loaded.
    var hasSchema: Bool { unsafe schema != nil }

    private static let isReady: Bool = {
        // SAFETY: called once, before any document is read; the loader touches nothing.
        xmlInitParser()
        unsafe xmlSetExternalEntityLoader { _, _, _ in nil }
        return true
    }()

    private static func compile(_ text: [UInt8]) -> xmlSchemaPtr? {
        // SAFETY: libxml2 copies what it keeps of the text; the context is freed here, the schema lives on.
        unsafe text.withUnsafeBytes { bytes -> xmlSchemaPtr? in
            let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            guard let context = unsafe xmlSchemaNewMemParserCtxt(start, Int32(bytes.count)) else { return nil }
            defer { unsafe xmlSchemaFreeParserCtxt(context) }
            unsafe xmlSchemaSetParserStructuredErrors(context, { _, _ in }, nil)
            return unsafe xmlSchemaParse(context)
        }
    }

    /// Reads UTF-8 text and, when there is a schema, holds it against that.
    func read(_ text: [UInt8]) -> Outcome {
        let listener = Listener()
        guard let context = unsafe xmlNewParserCtxt() else {
            return Outcome(parsing: [Complaint(code: 2, message: "out of memory")])
        }
        // SAFETY: the listener outlives the context, which alone refers to it.
        defer { unsafe xmlFreeParserCtxt(context) }
        unsafe context.pointee._private = Unmanaged.passUnretained(listener).toOpaque()
        if let sax = unsafe context.pointee.sax {
            unsafe sax.pointee.serror = { context, error in unsafe Listener.heard(context, error) }
            unsafe sax.pointee.internalSubset = { context, _, _, _ in unsafe Listener.metDocumentType(context) }
        }
        let options = XML_PARSE_NONET.rawValue | XML_PARSE_BIG_LINES.rawValue | XML_PARSE_NOCDATA.rawValue
        let document = unsafe text.withUnsafeBytes { bytes in
            let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            return unsafe xmlCtxtReadMemory(context, start, Int32(bytes.count), nil, "UTF-8", Int32(options))
        }
        defer { if let document = unsafe document { unsafe xmlFreeDoc(document) } }

        var outcome = Outcome(parsing: listener.complaints, hasDocumentType: listener.hasDocumentType)
        guard !listener.hasDocumentType, listener.complaints.isEmpty, let document = unsafe document,
            let root = unsafe xmlDocGetRootElement(document)
        else {
            if outcome.parsing.isEmpty, !outcome.hasDocumentType {
                outcome.parsing = [Complaint(code: 4, message: "the document is empty")]
            }
            return outcome
        }
        unsafe Self.collect(root, into: &outcome.nodes)
        if let schema = unsafe schema { outcome.validation = unsafe Self.validate(document, with: schema) }
        return outcome
    }

    private static func validate(_ document: xmlDocPtr, with schema: xmlSchemaPtr) -> [Complaint] {
        guard let context = unsafe xmlSchemaNewValidCtxt(schema) else {
            return [Complaint(code: 2, message: "out of memory", element: 0)]
        }
        defer { unsafe xmlSchemaFreeValidCtxt(context) }
        let listener = Listener()
        // SAFETY: the listener outlives the context.
        unsafe xmlSchemaSetValidStructuredErrors(
            context, { listener, error in unsafe Listener.heardValidator(listener, error) },
            Unmanaged.passUnretained(listener).toOpaque())
        let result = unsafe xmlSchemaValidateDoc(context, document)
        if result != 0, listener.complaints.isEmpty {
            return [Complaint(code: Int(result), message: "the document does not fit the schema", element: 0)]
        }
        return listener.complaints
    }

    // MARK: - Nodes

    /// Copies an element and what is in it, and writes its number into the node for the validator's errors. libxml2
    /// refuses documents that are more than 256 elements deep, which bounds the recursion.
    @discardableResult
    private static func collect(_ element: xmlNodePtr, into nodes: inout [Node]) -> Int {
        let index = nodes.count
        unsafe element.pointee._private = unsafe UnsafeMutableRawPointer(bitPattern: index + 1)
        var node = unsafe Node(name: string(element.pointee.name), namespace: uri(element.pointee.ns))
        var attribute = unsafe element.pointee.properties
        while let current = unsafe attribute {
            unsafe attribute = current.pointee.next
            let value = unsafe xmlNodeListGetString(element.pointee.doc, current.pointee.children, 1)
            let namespace = unsafe uri(current.pointee.ns)
            unsafe node.attributes.append((string(current.pointee.name), namespace, string(value)))
            if let value = unsafe value { unsafe cordon_xml_free(value) }
            // A schema that the document names for editors would be loaded otherwise.
            if namespace == schemaInstance { _ = unsafe xmlRemoveProp(current) }
        }
        nodes.append(node)
        var text = ""
        var children: [Int] = []
        var child = unsafe element.pointee.children
        while let current = unsafe child {
            switch unsafe current.pointee.type {
            case XML_ELEMENT_NODE: children.append(unsafe collect(current, into: &nodes))
            case XML_TEXT_NODE, XML_CDATA_SECTION_NODE: unsafe text += string(current.pointee.content)
            default: break
            }
            unsafe child = current.pointee.next
        }
        nodes[index].text = text
        nodes[index].children = children
        return index
    }

    /// `xsi:schemaLocation` may stand in a file and is looked at by editors only.
    static let schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"

    private static func uri(_ namespace: UnsafeMutablePointer<xmlNs>?) -> String? {
        guard let namespace = unsafe namespace, let href = unsafe namespace.pointee.href else { return nil }
        return unsafe string(href)
    }

    private static func string(_ text: UnsafePointer<xmlChar>?) -> String {
        guard let text = unsafe text else { return "" }
        return unsafe String(cString: text)
    }
}

/// Takes libxml2's errors.
private final class Listener {
    var complaints: [XMLReader.Complaint] = []
    var hasDocumentType = false

    static func heard(_ context: UnsafeMutableRawPointer?, _ error: UnsafeMutablePointer<xmlError>?) {
        // SAFETY: libxml2 hands its parser context to the callback of that context.
        guard let context = unsafe context?.assumingMemoryBound(to: xmlParserCtxt.self),
            let listener = unsafe of(context.pointee._private), let error = unsafe error,
            unsafe error.pointee.level.rawValue >= XML_ERR_ERROR.rawValue, listener.complaints.count < 8
        else { return }
        listener.complaints.append(
            XMLReader.Complaint(
                code: Int(unsafe error.pointee.code), message: unsafe message(error),
                offset: Int(unsafe xmlByteConsumed(context))))
    }

    static func metDocumentType(_ context: UnsafeMutableRawPointer?) {
        guard let context = unsafe context?.assumingMemoryBound(to: xmlParserCtxt.self) else { return }
        unsafe of(context.pointee._private)?.hasDocumentType = true
        unsafe xmlStopParser(context)
    }

    static func heardValidator(_ listener: UnsafeMutableRawPointer?, _ error: UnsafeMutablePointer<xmlError>?) {
        // 1877: "no precomputed value available", which follows every bad attribute.
        guard let listener = unsafe of(listener), let error = unsafe error, unsafe error.pointee.code != 1877,
            listener.complaints.count < FindingLog.maximum
        else { return }
        // SAFETY: the node of a validator's error is an element or an attribute of the document, both begin alike.
        var node = unsafe error.pointee.node?.assumingMemoryBound(to: xmlNode.self)
        if let attribute = unsafe node, unsafe attribute.pointee.type != XML_ELEMENT_NODE {
            unsafe node = attribute.pointee.parent
        }
        let number = unsafe Int(bitPattern: node?.pointee._private)
        listener.complaints.append(
            XMLReader.Complaint(
                code: Int(unsafe error.pointee.code), message: unsafe message(error),
                element: number > 0 ? number - 1 : nil))
    }

    private static func of(_ pointer: UnsafeMutableRawPointer?) -> Listener? {
        // SAFETY: we put an unretained listener there, which outlives the context.
        unsafe pointer.map { unsafe Unmanaged<Listener>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func message(_ error: UnsafeMutablePointer<xmlError>) -> String {
        guard let text = unsafe error.pointee.message else { return "" }
        var message = unsafe String(cString: text)
        while let last = message.last, last.isWhitespace || last == "." { message.removeLast() }
        return message
    }
}
