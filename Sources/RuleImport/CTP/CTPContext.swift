import RuleLanguage

/// What the rules of one script share while they are translated.
final class CTPContext {
    let log: ImportLog
    let parameters: [String: String]
    /// Names that the script gives to private elements.
    let names: [String: CTPElement]
    let table: CTPLookupTable?
    /// Whether rules apply within sequences too.
    let hasProcessedSequences: Bool
    /// Whether the rule is translated for items.
    var isNested = false

    var usesPseudonyms = false
    private(set) var prefix: String?
    var pseudonymList: String?
    private(set) var lists: [ConvertedList] = []
    /// Days that the script moves dates by.
    var increments: [Int] = []
    var usesHashedDates = false
    var usesShiftedDates = false
    private(set) var usedParameters: Set<String> = []

    init(
        log: ImportLog, parameters: [String: String], names: [String: CTPElement], table: CTPLookupTable?,
        hasProcessedSequences: Bool
    ) {
        self.log = log
        self.parameters = parameters
        self.names = names
        self.table = table
        self.hasProcessedSequences = hasProcessedSequences
    }

    /// The value of `@NAME` or `$NAME`; anything else is itself.
    func parameter(_ text: String) -> String? {
        guard text.hasPrefix("@") || text.hasPrefix("$") else { return text }
        let name = String(text.dropFirst())
        usedParameters.insert(name)
        return parameters[name]
    }

    /// What pseudonyms begin with, where it can be in PN, LO and SH.
    func proposePrefix(_ text: String) {
        guard prefix == nil, !text.isEmpty, text.utf8.count <= 16,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !#"\^="#.utf8.contains($0) })
        else { return }
        prefix = text
    }

    /// A list with what the look-up table says for a kind of key.
    ///
    /// - Returns: its id.
    func list(forKind kind: String, key: String, rows: [(key: String, value: String)], origin: String) -> String {
        let id = "ctp-" + Self.name(kind) + (key == "PatientID" ? "-patients" : "")
        if !lists.contains(where: { $0.id == id }) {
            lists.append(
                ConvertedList(
                    id: id, fileName: "lists/\(id).csv", key: key, value: "Replacement", rows: rows, origin: origin))
        }
        return id
    }

    /// Letters, digits, `-`, `_` and `.` of a text.
    static func name(_ text: String) -> String {
        let kept = text.unicodeScalars.map { scalar -> Character in
            let isPlain =
                scalar.isASCII && (scalar.properties.isAlphabetic || scalar.value >= 0x30 && scalar.value <= 0x39)
            return isPlain || scalar == "-" || scalar == "_" || scalar == "." ? Character(scalar) : "-"
        }
        return String(kept.prefix(64))
    }

    // MARK: - Dates

    /// An offset for each patient from a range around what the script moves all by: one known date must not give away all.
    var dateShift: DateShift? {
        guard usesShiftedDates else { return nil }
        if !usesHashedDates, let days = increments.first(where: { $0 != 0 }) {
            let limit = 36525
            let size = min(max(Int(clamping: days.magnitude), 2), limit)
            let (near, far) = (max(1, size / 2), min(limit, size + size / 2))
            return DateShift(unit: .days, range: days < 0 ? -far...(-near) : near...far)
        }
        return DateShift(unit: .days, range: -3650...(-1))
    }
}
