import Deidentification

/// Who is who in what was de-identified: a line for each patient and study, with the pseudonym, the offset of the dates
/// and the new study. A rule set may take it as a list.
enum CrosswalkFile {
    static let header = Array(
        "PatientID,IssuerOfPatientID,Pseudonym,DateOffsetDays,StudyInstanceUID,NewStudyInstanceUID\r\n".utf8)

    /// CSV (RFC 4180), UTF-8, sorted.
    static func text(of entries: Set<CrosswalkEntry>) -> [UInt8] {
        let rows = entries.map { entry in
            [
                entry.patientID, entry.issuerOfPatientID, entry.pseudonym, entry.dateOffset.map(String.init) ?? "",
                entry.studyInstanceUID, entry.newStudyInstanceUID,
            ]
        }
        let lines = rows.sorted { $0.lexicographicallyPrecedes($1) }.map { row in
            row.map(cell).joined(separator: ",") + "\r\n"
        }
        return header + Array(lines.joined().utf8)
    }

    private static func cell(_ text: String) -> String {
        guard text.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return text }
        // Byte by byte: a quote that a combining mark follows is a quote still.
        let parts = text.utf8.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
        return "\"" + parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\"\"") + "\""
    }
}
