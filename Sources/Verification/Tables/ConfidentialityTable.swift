import DICOMCore

/// PS3.15 Table E.1-1: what the Basic Profile does to an attribute, and which options keep or clean it.
enum ConfidentialityTable {
    struct Row: Hashable, Sendable {
        /// `X`, `Z/D`, `U`.
        var action: String
        /// Those with K or C in their column.
        var options: DeidentificationOptions

        /// Whether its value is a new UID.
        var isUID: Bool { action == "U" }
        /// Free text of which Clean Descriptors leaves what names nobody.
        var isDescriptor: Bool { options.contains(.cleanDescriptors) }
    }

    /// The row of an attribute, of a repeating group by any of its tags; nil for what the table does not name.
    static func row(for tag: Tag) -> Row? {
        if let row = rows[tag.rawValue] { return row }
        switch tag.group & 0xFF00 {
        case 0x5000 where tag.group & 1 == 0: return rows[0x5000_0000]
        case 0x6000 where tag.group & 1 == 0 && (tag.element == 0x3000 || tag.element == 0x4000):
            return rows[0x6000_0000 | UInt32(tag.element)]
        default: return nil
        }
    }

    private static let rows: [UInt32: Row] = {
        var rows: [UInt32: Row] = [:]
        for line in GeneratedText.confidentialityTable.split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count == 3 else { continue }
            // A repeating group stands under its first tag.
            let digits = String(parts[0].map { $0 == "x" ? "0" : $0 })
            guard let tag = UInt32(digits, radix: 16) else { continue }
            var options: DeidentificationOptions = []
            for digit in parts[2].compactMap(\.wholeNumberValue) {
                options.insert(DeidentificationOptions(rawValue: 1 << UInt16(digit)))
            }
            rows[tag] = Row(action: String(parts[1]), options: options)
        }
        return rows
    }()
}

/// PS3.15 Table E.3.10-1: private elements that are known to identify nobody, by creator.
enum SafePrivateTable {
    static func contains(_ tag: Tag, creator: String) -> Bool {
        rows.contains("\(hexadecimal(tag.group))\(hexadecimal(tag.element).suffix(2)) \(creator)")
    }

    static func knows(creator: String) -> Bool { creators.contains(creator[...]) }

    private static let rows: Set<String> = Set(GeneratedText.safePrivate.split(separator: "\n").map(String.init))
    private static let creators: Set<Substring> = Set(
        GeneratedText.safePrivate.split(separator: "\n").map { $0.dropFirst(7) })
}

/// Words that stand in the vocabularies of the standard. One of them alone names nobody, though somebody may be called so.
enum PublicWords {
    static func contains(_ word: String) -> Bool { words.contains(word) || others.contains(word) }

    private static let words: Set<String> = Set(
        GeneratedText.vocabularyWords.split { $0 == " " || $0 == "\n" }.map(String.init))

    /// What stands in place of a name or of nothing, and what devices and studies are called everywhere.
    private static let others: Set<String> = [
        "anon", "anonym", "anonymous", "anonymized", "anonymised", "case", "default", "demo", "deidentified", "doctor",
        "dummy", "empty", "hospital", "missing", "no", "nobody", "none", "noname", "null", "patient", "phantom",
        "physician",
        "removed", "sample", "test", "testing", "unknown", "unnamed", "unspecified", "user", "volunteer", "name", "yes",
    ]
}
