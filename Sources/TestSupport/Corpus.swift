/// The corpus of real and malformed files, with what two other readers make of them.
public enum Corpus {
    public struct Entry: Sendable {
        /// Relative to the corpus' folder.
        public var name: String
        public var path: String
        /// Not malformed on purpose.
        public var isReal: Bool
        /// `ok`, `ok warn:1`, `ok(force)`, `error: …`.
        public var pydicom: String
        public var dcmdump: String
        /// All columns of the manifest, by name.
        public var columns: [String: String]
    }

    /// In the order of the manifest; empty where the corpus is not there.
    public static let entries: [Entry] = {
        guard let shared = Fixtures.shared, let bytes = Fixtures.bytes(shared + "/corpus/manifest.tsv") else {
            return []
        }
        let rows = table(String(decoding: bytes, as: UTF8.self))
        guard let names = rows.first else { return [] }
        return rows.dropFirst().compactMap { row in
            guard row.count == names.count else { return nil }
            let columns = Dictionary(zip(names, row)) { first, _ in first }
            guard let name = columns["path"], let found = Fixtures.existing("\(shared)/corpus/\(name)") else {
                return nil
            }
            return Entry(
                name: name, path: found, isReal: columns["kind"]?.hasPrefix("real") ?? false,
                pydicom: columns["parse_pydicom"] ?? "", dcmdump: columns["parse_dcmdump"] ?? "", columns: columns)
        }
    }()

    /// Tab-separated values whose quoted fields may hold line breaks.
    static func table(_ text: String) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var field = ""
        var isQuoted = false
        for character in text.unicodeScalars where character != "\r" {
            switch character {
            case "\"": isQuoted.toggle()
            case "\t" where !isQuoted:
                row.append(field)
                field = ""
            case "\n" where !isQuoted:
                rows.append(row + [field])
                row = []
                field = ""
            default: field.unicodeScalars.append(character)
            }
        }
        return rows
    }
}
