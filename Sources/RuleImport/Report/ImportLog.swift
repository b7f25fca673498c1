import RuleLanguage

/// Collects statements while scripts are read, and what becomes of each while they are translated. A statement of which
/// nothing was said in the end has not been carried over: nothing is dropped without a word.
final class ImportLog {
    /// A statement, by its place in the log.
    typealias ID = Int

    private struct Entry {
        var location: SourceLocation
        var text: String
        var outcome: ImportStatement.Outcome?
        var reasons: [String] = []
    }

    private var entries: [Entry] = []
    private var remarks: [String] = []

    /// More statements than the largest script has by far (P9).
    static let maximum = 200_000
    /// Characters of a statement that a report shows.
    static let longestText = 120

    func add(_ text: String, at location: SourceLocation) -> ID {
        entries.append(Entry(location: location, text: Self.shown(text)))
        return entries.count - 1
    }

    var count: Int { entries.count }

    func location(of id: ID) -> SourceLocation { entries[id].location }
    func text(of id: ID) -> String { entries[id].text }
    func hasOutcome(_ id: ID) -> Bool { entries[id].outcome != nil }

    func off(_ id: ID) { say(.off, id, nil) }
    func translated(_ id: ID) { say(.translated, id, nil) }
    func changed(_ id: ID, _ reason: String) { say(.changed, id, reason) }
    func refused(_ id: ID, _ reason: String) { say(.refused, id, reason) }

    /// Of several things that are said of a statement the weightiest counts, and all reasons stand.
    private func say(_ outcome: ImportStatement.Outcome, _ id: ID, _ reason: String?) {
        entries[id].outcome = max(entries[id].outcome ?? .off, outcome)
        if let reason, !entries[id].reasons.contains(reason) { entries[id].reasons.append(reason) }
    }

    /// Something about the whole.
    func remark(_ text: String) {
        if !remarks.contains(text) { remarks.append(text) }
    }

    func report() -> ImportReport { ImportReport(statements: report(from: 0), remarks: remarks) }

    /// Of the statements from this one on.
    func report(from first: ID) -> [ImportStatement] {
        entries[first...].map { entry in
            ImportStatement(
                location: entry.location, text: entry.text, outcome: entry.outcome ?? .refused,
                reasons: entry.outcome == nil ? ["nothing is known of such a statement"] : entry.reasons)
        }
    }

    /// One line, without what a terminal would obey, cut.
    static func shown(_ text: String) -> String {
        var shown = ""
        var isBlank = false
        for character in text {
            let isSpace = character.isWhitespace || character.isNewline
            if isSpace, isBlank { continue }
            isBlank = isSpace
            shown.append(isSpace ? " " : character)
            if shown.count >= longestText { return shown.printable + "…" }
        }
        return shown.printable
    }
}

extension String {
    /// Without control characters and those that turn or hide text.
    var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
                        "\u{FFFD}"
                    default: scalar
                    }
                }))
    }

    /// Without blanks and line ends around it.
    var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
