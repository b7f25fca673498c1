import Deidentification
import Inputs

/// Who is who in what was de-identified: a line for each patient and study, with the pseudonym, the offset of the dates
/// and the new study. Its owner alone may read it, and it may not lie in OUT. A rule set may take it as a list.
struct CrosswalkFile {
    let path: String

    init(_ path: String, output: PathBytes?) throws(RunError) {
        try MapFile.check(path, isOutside: output, "crosswalk")
        self.path = path
    }

    private static let header = [
        "PatientID", "IssuerOfPatientID", "Pseudonym", "DateOffsetDays", "StudyInstanceUID", "NewStudyInstanceUID",
    ]

    /// CSV (RFC 4180), UTF-8, sorted.
    static func text(of entries: Set<CrosswalkEntry>) -> [UInt8] {
        let rows = entries.map { entry in
            [
                entry.patientID, entry.issuerOfPatientID, entry.pseudonym, entry.dateOffset.map(String.init) ?? "",
                entry.studyInstanceUID, entry.newStudyInstanceUID,
            ]
        }
        let lines = ([header] + rows.sorted { $0.lexicographicallyPrecedes($1) }).map { row in
            row.map(cell).joined(separator: ",") + "\r\n"
        }
        return Array(lines.joined().utf8)
    }

    private static func cell(_ text: String) -> String {
        guard text.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
