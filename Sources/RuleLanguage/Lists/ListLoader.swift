/// Reads the CSV files that `list` elements name, and the registry's lists as if they were such.
///
/// Findings about a file name its line and never show it: lists name patients (P8).
struct ListLoader {
    let log: FindingLog
    let registryLists: RegistryLists?
    var replacements: [String: ListText] = [:]

    /// What a list may have (P9): enough for some twenty million rows.
    static let maximumSize = 1 << 30
    /// One file that is wrong throughout is said to be so often enough.
    static let maximumFindings = 20

    struct Loaded {
        var list: ValueList
        var source: RuleSet.Source
    }

    func load(_ element: XMLElement, id: String) -> Loaded? {
        guard let key = element.attribute("key") else { return nil }
        let words = key.words
        guard !words.isEmpty, areDistinct(words), words.count <= RowTable.maximumColumns else {
            if words.count > RowTable.maximumColumns {
                log.error(
                    .tooManyKeys, "a list has at most \(RowTable.maximumColumns) key columns", at: key.place)
            }
            return nil
        }
        let value = element.attribute("value")?.words.first
        if let value, words.contains(where: { $0.text == value.text }) {
            log.error(
                .duplicateName, "the column `\(value.text)` is a key, and cannot be the value too", at: value.place)
            return nil
        }
        let named = Named(keys: words, value: value)
        guard let origin = origin(of: element, id, named), let table = table(origin, named) else { return nil }
        if table.count == 0, origin.isKnown {
            log.warning(.emptyList, "the list `\(origin.shown)` has no rows", at: origin.place)
        }
        return Loaded(
            list: ValueList(
                id: id, keys: words.map(\.text), valueColumn: value?.text, table: table,
                registryName: element.attribute("registry")?.trimmed, isKnown: origin.isKnown,
                location: element.location),
            source: RuleSet.Source(kind: .list, path: origin.name, digest: digest(of: origin.text)))
    }

    /// Where rows come from: a file or the registry.
    private struct Origin {
        var text: [UInt8]
        /// As findings and records name it.
        var name: String
        /// As the element names it.
        var shown: String
        var place: Place
        var isKnown = true
        var firstLine = 1
    }

    private func origin(of element: XMLElement, _ id: String, _ named: Named) -> Origin? {
        if let given = replacements[id] {
            return Origin(
                text: given.bytes, name: given.name, shown: id, place: element.place, firstLine: given.firstLine)
        }
        let href = element.attribute("href"), registry = element.attribute("registry")
        switch (href, registry) {
        case (let href?, nil): return file(href, of: element)
        case (nil, let registry?): return registered(registry, named)
        default:
            log.error(
                .noSource, "a list has either `href` or `registry`", at: element.place,
                hint: "href=\"lists/vip.csv\" for a file, registry=\"vip\" for a list that the registry keeps")
            return nil
        }
    }

    private func file(_ href: XMLAttribute, of element: XMLElement) -> Origin? {
        guard let path = href.trimmed else { return nil }
        let target = FilePath.resolve(path, from: element.source.path)
        do {
            let contents = try element.source.files.read(target, limit: Self.maximumSize)
            return Origin(text: contents.bytes, name: FilePath.simplified(target), shown: path, place: href.place)
        } catch {
            log.error(
                .unreadableFile, "the list `\(path)` cannot be read: \(error.reason)", at: href.place,
                hint: "the path counts from the folder of this file")
            return nil
        }
    }

    private func registered(_ registry: XMLAttribute, _ named: Named) -> Origin? {
        guard let name = registry.trimmed else { return nil }
        guard let registryLists else {
            log.warning(
                .listNotAsked, "the list `\(name)` is the registry's, and there is no registry to ask",
                at: registry.place,
                hint: "give --registry DIR; without it the rule set can be checked, and decides nothing")
            let header = named.all.map(\.text).joined(separator: ",") + "\r\n"
            return Origin(
                text: Array(header.utf8), name: "registry:\(name)", shown: name, place: registry.place, isKnown: false)
        }
        guard let text = registryLists.text(of: name) else {
            log.error(
                .unknownList, "the registry has no list `\(name)`", at: registry.place,
                hint: "an empty list is made by its first entry: a list that is missing may be one that was lost")
            return nil
        }
        return Origin(text: text, name: "registry:\(name)", shown: name, place: registry.place)
    }

    private func areDistinct(_ words: [XMLAttribute.Word]) -> Bool {
        var seen: Set<String> = []
        for word in words where !seen.insert(word.text).inserted {
            log.error(.duplicateName, "the column `\(word.text)` is named twice", at: word.place)
            return false
        }
        return true
    }

    /// The columns that a `list` element names.
    private struct Named {
        var keys: [XMLAttribute.Word]
        var value: XMLAttribute.Word?
        var all: [XMLAttribute.Word] { keys + (value.map { [$0] } ?? []) }
    }

    private func table(_ origin: Origin, _ named: Named) -> RowTable? {
        let text = origin.text
        if let offset = UTF8Check.firstInvalidByte(in: text) {
            let line = text[..<offset].reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
            report(.wrongEncoding, "the list is not UTF-8", origin, line, hint: "save it as UTF-8")
            return nil
        }
        var reader = CSVReader(text)
        var row = CSVReader.Row()
        do {
            guard try reader.next(into: &row) else {
                report(.missingColumn, "the list has no header", origin, 1)
                return nil
            }
            guard let columns = columns(of: named.all, in: row, origin.name) else { return nil }
            return try rows(&reader, columns: columns, width: row.count, named, origin)
        } catch {
            report(.badCSV, error.reason, origin, error.line, column: error.column)
            return nil
        }
    }

    /// Where the columns stand. The header is not shown: a file without one begins with a patient.
    private func columns(of words: [XMLAttribute.Word], in header: CSVReader.Row, _ name: String) -> [Int]? {
        let names = (0..<header.count).map { String(decoding: header.cell($0), as: UTF8.self) }
        var columns: [Int] = []
        for word in words {
            let found = names.indices.filter { names[$0] == word.text }
            if found.count > 1 {
                log.error(.duplicateName, "`\(name)` has several columns `\(word.text)`", at: word.place)
            } else if let index = found.first {
                columns.append(index)
            } else {
                let hint =
                    names.contains { $0.contains(";") }
                    ? "its header has semicolons; columns are parted by commas"
                    : Spelling.suggestion(for: word.text, among: names)
                        ?? "the first line of the file names its columns"
                log.error(.missingColumn, "`\(name)` has no column `\(word.text)`", at: word.place, hint: hint)
            }
        }
        return columns.count == words.count ? columns : nil
    }

    private func rows(
        _ reader: inout CSVReader, columns: [Int], width: Int, _ named: Named, _ origin: Origin
    ) throws(CSVReader.Problem) -> RowTable? {
        var table = RowTable(
            columns: named.keys.count, hasValues: named.value != nil, expectedRows: reader.expectedRows)
        var row = CSVReader.Row()
        var key = RowKey()
        let keyColumns = Array(columns.prefix(named.keys.count))
        var findings = 0
        while try reader.next(into: &row) {
            guard findings < Self.maximumFindings else {
                report(.badCSV, "more rows are wrong; the rest of the list was not looked at", origin, row.line)
                return nil
            }
            key.removeAll()
            for column in keyColumns { key.append(row, column) }
            let value = named.value != nil ? columns.last.map(row.cell) ?? [] : []
            if row.count != width {
                findings += 1
                report(.raggedRow, "the row has \(row.count) cells, the header \(width)", origin, row.line)
            } else if key.range(0).isEmpty {
                findings += 1
                let hint = "the first key column names who or what is meant; order `key` so, or remove the row"
                report(.emptyKey, "the row has no `\(named.keys.first?.text ?? "")`", origin, row.line, hint: hint)
            } else if let column = named.value, value.isEmpty {
                findings += 1
                let hint = "what the list does not know, it leaves out: remove the row"
                report(.emptyValue, "the row has no `\(column.text)`", origin, row.line, hint: hint)
            } else {
                switch table.insert(key, value: value) {
                case .added, .known: break
                case .otherValue:
                    findings += 1
                    report(
                        .differentValues, "the row has another `\(named.value?.text ?? "")` than one before it", origin,
                        row.line, hint: "two rows with the same keys give the same value")
                case .full:
                    report(.fileTooLarge, "the list has more than \(RowTable.maximumRows) rows", origin, row.line)
                    return nil
                }
            }
        }
        table.finish()
        return findings == 0 ? table : nil
    }

    private func report(
        _ code: FindingCode, _ message: String, _ origin: Origin, _ line: Int, column: Int = 1, hint: String? = nil
    ) {
        log.add(
            Finding(
                severity: .error, code: code.rawValue, message: message,
                location: SourceLocation(file: origin.name, line: origin.firstLine + line - 1, column: column),
                hint: hint))
    }
}
