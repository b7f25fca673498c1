import RuleLanguage

/// The properties form of a script, read as `java.util.Properties` reads it.
extension CTPScript {
    mutating func readProperties(_ text: ScriptText, log: ImportLog) throws(ImportFailure) {
        if let bad = text.firstBadByte() {
            throw ImportFailure(
                "wrong-encoding", "the bytes from \(bad) on are not UTF-8", at: text.location(at: bad),
                hint: "save the file as UTF-8")
        }
        for line in JavaProperties(text).lines {
            let location = text.location(at: line.offset)
            guard log.count < ImportLog.maximum else {
                throw ImportFailure("too-many-statements", "the script has too many statements", at: location)
            }
            var key = line.key
            if line.isComment {
                // A rule that is switched off is a comment to Java and a rule to the editor.
                guard key.hasPrefix("#set.") || key.hasPrefix("#keep.") || key.hasPrefix("#remove.") else { continue }
                key.removeFirst()
            }
            add(
                key, line.value, isOn: !line.isComment,
                log.add("\(line.isComment ? "#" : "")\(key)=\(line.value)", at: location), log)
        }
    }

    private mutating func add(_ key: String, _ value: String, isOn: Bool, _ id: ImportLog.ID, _ log: ImportLog) {
        if key.hasPrefix("param.") {
            addParameter(String(key.dropFirst(6)), value, id, log)
        } else if key.hasPrefix("set.") {
            let rest = key.dropFirst(4)
            // What is no specification has an empty one, of which is said that it is none.
            let (specification, name) = Self.brackets(rest) ?? ("", String(rest))
            elements.append(
                Element(
                    id: id, specification: specification, name: name, isOn: isOn, switchWarning: nil,
                    expression: value.trimmed))
        } else if key.hasPrefix("keep.") {
            let name = key.dropFirst(5)
            kept.append(
                Group(id: id, name: name.hasPrefix("group") ? String(name.dropFirst(5)) : String(name), isOn: isOn))
        } else if key.hasPrefix("remove.") {
            removed.append(Group(id: id, name: String(key.dropFirst(7)), isOn: isOn))
        } else if isOn, key.lowercased().hasPrefix("set") {
            // It looks like a rule, and CTP passes it by.
            elements.append(
                Element(id: id, specification: "", name: key, isOn: isOn, switchWarning: nil, expression: value.trimmed)
            )
        } else {
            log.refused(id, "CTP knows no such line and passes it by")
        }
    }

    /// `[0010,0010]PatientName`, `[0009,[CREATOR]01]Name`.
    private static func brackets(_ text: Substring) -> (specification: String, name: String)? {
        guard text.first == "[" else { return nil }
        var depth = 0
        for index in text.indices {
            if text[index] == "[" { depth += 1 }
            if text[index] == "]" { depth -= 1 }
            guard depth == 0 else { continue }
            let inner = String(text[text.index(after: text.startIndex)..<index])
            return (inner, String(text[text.index(after: index)...]).trimmed)
        }
        return nil
    }
}

/// Lines of a properties file: keys and values, with escapes resolved and continued lines joined.
struct JavaProperties {
    struct Line {
        var key: String
        var value: String
        /// Of the first byte.
        var offset: Int
        var isComment: Bool
    }

    private(set) var lines: [Line] = []

    init(_ text: ScriptText) {
        var pending: (text: String, offset: Int)?
        for (raw, offset) in text.lines {
            var line = raw[...]
            while let first = line.first, first.isWhitespace { line.removeFirst() }
            if pending == nil {
                guard let first = line.first else { continue }
                if first == "#" || first == "!" {
                    let (key, value) = Self.split(String(line))
                    lines.append(Line(key: key, value: value, offset: offset, isComment: true))
                    continue
                }
            }
            var joined = (pending?.text ?? "") + line
            let start = pending?.offset ?? offset
            if Self.isContinued(joined) {
                joined.removeLast()
                pending = (joined, start)
                continue
            }
            pending = nil
            add(joined, at: start)
        }
        if let pending { add(pending.text, at: pending.offset) }
    }

    private mutating func add(_ line: String, at offset: Int) {
        guard !line.isEmpty else { return }
        let (key, value) = Self.split(line)
        lines.append(Line(key: key, value: value, offset: offset, isComment: false))
    }

    /// An odd number of backslashes at its end.
    private static func isContinued(_ line: String) -> Bool {
        var count = 0
        for byte in line.utf8.reversed() {
            guard byte == UInt8(ascii: "\\") else { break }
            count += 1
        }
        return count & 1 == 1
    }

    /// At the first `=`, `:` or blank that is not escaped.
    private static func split(_ line: String) -> (key: String, value: String) {
        let scalars = Array(line.unicodeScalars)
        var end = 0
        while end < scalars.count {
            if scalars[end] == "\\" {
                end += 2
                continue
            }
            if scalars[end] == "=" || scalars[end] == ":" || isBlank(scalars[end]) { break }
            end += 1
        }
        end = min(end, scalars.count)
        var start = end
        while start < scalars.count, isBlank(scalars[start]) { start += 1 }
        if start < scalars.count, scalars[start] == "=" || scalars[start] == ":" {
            start += 1
            while start < scalars.count, isBlank(scalars[start]) { start += 1 }
        }
        return (resolved(scalars[..<end]), resolved(scalars[start...]))
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\u{C}"
    }

    private static func resolved(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        var index = scalars.startIndex
        while index < scalars.endIndex {
            let scalar = scalars[index]
            index += 1
            guard scalar == "\\", index < scalars.endIndex else {
                if scalar != "\\" { text.append(scalar) }
                continue
            }
            let escaped = scalars[index]
            index += 1
            switch escaped {
            case "t": text.append("\t")
            case "n": text.append("\n")
            case "r": text.append("\r")
            case "f": text.append("\u{C}")
            case "u":
                let end = min(index + 4, scalars.endIndex)
                let digits = String(String.UnicodeScalarView(scalars[index..<end]))
                if let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) { text.append(scalar) }
                index = end
            default: text.append(escaped)
            }
        }
        return String(text)
    }
}
