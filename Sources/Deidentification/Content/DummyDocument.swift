import DICOMCore
import DICOMFile

/// A document of the kind of an encapsulated one that says that the original is gone: valid, and the same for everybody.
enum DummyDocument {
    /// By MIME Type of Encapsulated Document (0042,0012); nil for kinds of which nobody here can make one.
    static func bytes(mimeType: String) -> [UInt8]? {
        switch mimeType.lowercased() {
        case "application/pdf": pdf
        case "text/xml", "application/hl7-sda+xml", "application/cda+xml": Array(cda.utf8)
        case "model/stl", "application/sla": stl
        case "model/obj": Array("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n".utf8)
        case "model/mtl": Array("newmtl removed\n".utf8)
        default: nil
        }
    }

    /// One page with one word (ISO 32000-1).
    private static let pdf: [UInt8] = {
        let page = "BT /F1 24 Tf 72 720 Td (\(DummyValue.text)) Tj ET"
        let objects = [
            "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
                + "/Resources << /Font << /F1 5 0 R >> >> >>",
            "<< /Length \(page.utf8.count) >>\nstream\n\(page)\nendstream",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
        var text = "%PDF-1.4\n"
        var table = "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
        for (index, object) in objects.enumerated() {
            let offset = String(text.utf8.count)
            table += String(repeating: "0", count: 10 - offset.utf8.count) + offset + " 00000 n \n"
            text += "\(index + 1) 0 obj\n\(object)\nendobj\n"
        }
        let start = text.utf8.count
        text += table + "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R >>\nstartxref\n\(start)\n%%EOF\n"
        return Array(text.utf8)
    }()

    /// The least of a Clinical Document (HL7 CDA R2) whose subject is withheld.
    private static let cda = """
        <?xml version="1.0" encoding="UTF-8"?>
        <ClinicalDocument xmlns="urn:hl7-org:v3"><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>\
        <id nullFlavor="MSK"/><code nullFlavor="MSK"/><title>Removed</title><effectiveTime nullFlavor="MSK"/>\
        <confidentialityCode nullFlavor="MSK"/><recordTarget><patientRole><id nullFlavor="MSK"/></patientRole>\
        </recordTarget><author><time nullFlavor="MSK"/><assignedAuthor><id nullFlavor="MSK"/></assignedAuthor></author>\
        <custodian><assignedCustodian><representedCustodianOrganization><id nullFlavor="MSK"/>\
        </representedCustodianOrganization></assignedCustodian></custodian><component><nonXMLBody>\
        <text mediaType="text/plain">Removed</text></nonXMLBody></component></ClinicalDocument>
        """

    /// Binary STL with one triangle: 80 bytes of header, a count, twelve numbers and two bytes.
    private static let stl: [UInt8] = {
        let one: [UInt8] = [0, 0, 0x80, 0x3F], zero: [UInt8] = [0, 0, 0, 0]
        let triangle = [zero, zero, one, zero, zero, zero, one, zero, zero, zero, one, zero].flatMap { $0 }
        return [UInt8](repeating: 0, count: 80) + [1, 0, 0, 0] + triangle + [0, 0]
    }()
}

extension Tag {
    static let encapsulatedDocument = Tag(0x0042, 0x0011)
    static let mimeTypeOfEncapsulatedDocument = Tag(0x0042, 0x0012)
    static let encapsulatedDocumentLength = Tag(0x0042, 0x0015)
}
