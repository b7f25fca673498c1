import CLibXML2
import Foundation
import TestSupport

/// A schema in RELAX NG, and whether messages are valid by it, by libxml2.
struct Schema {
    /// Ours, transcribed from the standard.
    static let transcribed = Fixtures.packageRoot + "/Tests/AuditTrailTests/audit_message.rng"

    let grammar: String

    init(path: String) throws { grammar = try String(contentsOfFile: path, encoding: .utf8) }

    /// The standard's own text, where it lies beside the checkout; converted from its compact notation, without comments.
    init?(standard folder: String?) throws {
        guard let folder, Fixtures.python != nil,
            let text = Fixtures.bytes(folder + "/data/ps3.15_a5_audit_message_2020.rnc")
        else { return nil }
        let rows = try Python.rows(
            """
            import re, sys
            try:
                import rnc2rng
            except ImportError:
                sys.exit(0)
            print(rnc2rng.dumps(rnc2rng.loads(re.sub(r'#[^\\n]*', '', sys.stdin.read()))).encode().hex())
            """, input: String(decoding: text, as: UTF8.self))
        guard let row = rows.first?.first else { return nil }
        grammar = Python.text(row)
    }

    /// What libxml2 says of a message: nil when it is well-formed, valid and has this text in this encoding.
    func problem(_ message: [UInt8]) -> String? {
        // The parser reads from the text itself.
        let parsed = Array(grammar.utf8).withUnsafeBytes { buffer in
            let parser = xmlRelaxNGNewMemParserCtxt(
                buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count))
            defer { xmlRelaxNGFreeParserCtxt(parser) }
            return xmlRelaxNGParse(parser)
        }
        guard let schema = parsed else { return "the schema is none" }
        defer { xmlRelaxNGFree(schema) }
        let options = Int32(XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue)
        let document = message.withUnsafeBytes { buffer in
            xmlReadMemory(
                buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count), nil, "UTF-8", options)
        }
        guard let document else { return "it is not well-formed" }
        defer { xmlFreeDoc(document) }
        let context = xmlRelaxNGNewValidCtxt(schema)
        defer { xmlRelaxNGFreeValidCtxt(context) }
        xmlRelaxNGSetValidStructuredErrors(context, { _, _ in }, nil)
        let status = xmlRelaxNGValidateDoc(context, document)
        return status == 0 ? nil : "it is not valid (\(status))"
    }
}
