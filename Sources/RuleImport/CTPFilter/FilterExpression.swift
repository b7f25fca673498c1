/// A Boolean expression of CTP: what its DICOM filter lets pass, and what the signatures of its pixel anonymizer look for.
indirect enum FilterExpression {
    case all([FilterExpression])
    case any([FilterExpression])
    case not(FilterExpression)
    case constant(Bool, ImportLog.ID)
    case term(FilterTerm)
}

/// `Modality.equals("CT")`.
struct FilterTerm {
    var id: ImportLog.ID
    var identifier: String
    var method: String
    /// Nil when it is not in quotes.
    var argument: String?
}

/// Reads filter expressions as CTP does, and refuses what CTP takes for false without a word.
struct FilterParser {
    private let scalars: [Unicode.Scalar]
    private let offsets: [Int]
    private let text: ScriptText
    private let log: ImportLog
    private var index: Int
    private let end: Int
    private var depth = 0

    /// Parentheses in parentheses.
    static let maximumDepth = 200

    /// - Parameter range: of bytes, which hold one expression.
    static func parse(
        _ text: ScriptText, _ range: Range<Int>, log: ImportLog
    ) throws(ImportFailure) -> FilterExpression {
        var parser = FilterParser(text, range, log)
        let expression = try parser.alternatives()
        try parser.finish()
        return expression
    }

    private init(_ text: ScriptText, _ range: Range<Int>, _ log: ImportLog) {
        self.text = text
        self.log = log
        var scalars: [Unicode.Scalar] = []
        var offsets: [Int] = []
        var offset = range.lowerBound
        for scalar in String(decoding: text.bytes[range], as: UTF8.self).unicodeScalars {
            scalars.append(scalar)
            offsets.append(offset)
            offset += UTF8.width(scalar)
        }
        self.scalars = scalars
        self.offsets = offsets + [offset]
        index = 0
        end = scalars.count
    }

    private func failure(_ message: String, hint: String? = nil) -> ImportFailure {
        ImportFailure("bad-expression", message, at: text.location(at: offsets[min(index, end)]), hint: hint)
    }

    // MARK: - Operators

    private mutating func alternatives() throws(ImportFailure) -> FilterExpression {
        var parts = [try conjunction()]
        while next() == "+" {
            index += 1
            parts.append(try conjunction())
        }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction() throws(ImportFailure) -> FilterExpression {
        var parts = [try factor()]
        while next() == "*" {
            index += 1
            parts.append(try factor())
        }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func factor() throws(ImportFailure) -> FilterExpression {
        guard let scalar = next() else {
            throw failure("a condition is missing", hint: "CTP takes the whole script for false")
        }
        switch scalar {
        case "!":
            index += 1
            guard next() != "!" else {
                throw failure("CTP reads `!!` as one `!`", hint: "write `!` or nothing, whichever is meant")
            }
            return .not(try factor())
        case "(":
            depth += 1
            guard depth <= Self.maximumDepth else {
                throw failure("parentheses are nested more than \(Self.maximumDepth) deep")
            }
            index += 1
            let inner = try alternatives()
            guard next() == ")" else { throw failure("a parenthesis does not close") }
            index += 1
            depth -= 1
            return inner
        case _ where scalar == "[" || scalar.properties.isAlphabetic: return try term()
        default: throw failure("`\(scalar)` does not begin a condition")
        }
    }

    private mutating func finish() throws(ImportFailure) {
        guard let scalar = next() else { return }
        throw failure(
            "`\(String(scalar).printable)` stands where `+`, `*` or the end is expected",
            hint: "CTP takes the whole script for false")
    }

    // MARK: - Terms

    private mutating func term() throws(ImportFailure) -> FilterExpression {
        let start = index
        let identifier = field(to: ".").trimmed
        guard !identifier.contains(where: { "{}()!+*\"".contains($0) }) else {
            throw failure("`\(ImportLog.shown(identifier))` is no element")
        }
        if identifier == "true" || identifier == "false" {
            return .constant(identifier == "true", log.add(source(start), at: text.location(at: offsets[start])))
        }
        let method = field(to: "(").trimmed
        let argument = field(to: ")").trimmed
        let id = log.add(source(start), at: text.location(at: offsets[start]))
        let isQuoted = argument.count > 1 && argument.hasPrefix("\"") && argument.hasSuffix("\"")
        return .term(
            FilterTerm(
                id: id, identifier: identifier, method: method,
                argument: isQuoted ? String(argument.dropFirst().dropLast()) : nil))
    }

    private func source(_ start: Int) -> String { String(String.UnicodeScalarView(scalars[start..<index])) }

    /// Up to a character that is not in quotes, which is passed.
    private mutating func field(to delimiter: Unicode.Scalar) -> String {
        var field = String.UnicodeScalarView()
        var isQuoted = false
        while index < end {
            let scalar = scalars[index]
            index += 1
            if scalar == "\"" { isQuoted.toggle() }
            if !isQuoted, scalar == delimiter { break }
            field.append(scalar)
        }
        return String(field)
    }

    /// Behind blanks and comments; nil at the end.
    private mutating func next() -> Unicode.Scalar? {
        while index < end {
            if scalars[index].properties.isWhitespace {
                index += 1
            } else if scalars[index] == "/", index + 1 < end, scalars[index + 1] == "/" {
                while index < end, scalars[index] != "\n" { index += 1 }
            } else {
                return scalars[index]
            }
        }
        return nil
    }
}
