/// What a rule of CTP makes of an element: text and calls of functions, one after the other.
struct CTPExpression: Hashable {
    enum Part: Hashable {
        case text(String)
        case call(CTPCall)
    }

    var parts: [Part]

    init(_ parts: [Part] = []) {
        self.parts = parts.reduce(into: []) { joined, part in
            if case .text(let text) = part, case .text(let before)? = joined.last {
                joined[joined.count - 1] = .text(before + text)
            } else if part != .text("") {
                joined.append(part)
            }
        }
    }

    /// Without blanks around it, as CTP trims what comes out.
    var trimmed: CTPExpression {
        var parts = self.parts
        if case .text(let first)? = parts.first {
            parts[0] = .text(String(first.drop { $0.isWhitespace }))
        }
        if case .text(let last)? = parts.last {
            var text = last[...]
            while text.last?.isWhitespace == true { text.removeLast() }
            parts[parts.count - 1] = .text(String(text))
        }
        return CTPExpression(parts)
    }
}

/// `@name(arguments){…}{…}`.
struct CTPCall: Hashable {
    var name: String
    /// Trimmed, with their quotes.
    var arguments: [String]
    /// Of `if` and `select` two, of `append` one.
    var blocks: [CTPExpression] = []

    /// An argument without its quotes; empty when there is none.
    func argument(_ index: Int) -> String {
        guard index < arguments.count else { return "" }
        let text = arguments[index]
        guard text.count > 1, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        return String(text.dropFirst().dropLast())
    }

    /// All of CTP's functions, and the words that it takes for results.
    static let names: Set<String> = [
        "always", "append", "call", "contents", "date", "dateinterval", "decrypt", "encrypt", "hash", "hashdate",
        "hashname", "hashptid", "hashuid", "if", "incrementdate", "initials", "integer", "lookup", "lowercase",
        "modifydate", "param", "pathelement", "process", "quarantine", "require", "round", "select", "skip", "time",
        "truncate", "uppercase", "value", "blank", "empty", "keep", "remove",
    ]

    /// How many blocks in braces a function has.
    static func blockCount(of name: String) -> Int {
        switch name {
        case "if", "select": 2
        case "append": 1
        default: 0
        }
    }
}

/// Reads expressions as CTP does, and says where one is not what CTP needs.
struct CTPExpressionParser {
    struct Failure: Error, Hashable {
        /// Lower case, no full stop.
        var reason: String
    }

    private let scalars: [Unicode.Scalar]

    /// Blocks in blocks.
    static let maximumDepth = 32
    static let longest = 1 << 20

    static func parse(_ text: String) throws(Failure) -> CTPExpression {
        guard text.utf8.count <= longest else { throw Failure(reason: "it has more than a million characters") }
        return try parse(Array(text.unicodeScalars), depth: 0)
    }

    private static func parse(_ scalars: [Unicode.Scalar], depth: Int) throws(Failure) -> CTPExpression {
        guard depth <= maximumDepth else {
            throw Failure(reason: "its braces are nested more than \(maximumDepth) deep")
        }
        let parser = CTPExpressionParser(scalars: scalars)
        var parts: [CTPExpression.Part] = []
        var text = String.UnicodeScalarView()
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            if scalar == "\\" {
                if index < scalars.count { text.append(scalars[index]) }
                index += 1
            } else if scalar == "@" {
                parts.append(.text(String(text)))
                text = String.UnicodeScalarView()
                parts.append(.call(try parser.call(at: &index, depth: depth)))
            } else {
                text.append(scalar)
            }
        }
        parts.append(.text(String(text)))
        return CTPExpression(parts)
    }

    private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    /// Behind the `@`.
    private func call(at index: inout Int, depth: Int) throws(Failure) -> CTPCall {
        guard let open = scalars[index...].firstIndex(of: "(") else {
            throw Failure(reason: "`@` without the parenthesis of a function")
        }
        let name = text(index..<open).filter { !$0.isWhitespace }
        var arguments: [String] = []
        var start = open
        while true {
            guard let end = delimiter(from: start + 1, among: [",", ")"], opening: "(") else {
                throw Failure(reason: "the parenthesis of `@\(ImportLog.shown(name))` does not close")
            }
            arguments.append(text(start + 1..<end).trimmed)
            start = end
            if scalars[end] == ")" { break }
        }
        if arguments == [""] { arguments = [] }
        index = start + 1
        var call = CTPCall(name: name, arguments: arguments)
        for _ in 0..<CTPCall.blockCount(of: name) {
            guard let open = scalars[index...].firstIndex(of: "{"),
                let close = delimiter(from: open + 1, among: ["}"], opening: "{")
            else {
                throw Failure(
                    reason: "`@\(name)` needs \(CTPCall.blockCount(of: name) == 1 ? "a block" : "two blocks") in braces"
                )
            }
            call.blocks.append(try Self.parse(Array(scalars[(open + 1)..<close]), depth: depth + 1))
            index = close + 1
        }
        return call
    }

    private func text(_ range: Range<Int>) -> String { String(String.UnicodeScalarView(scalars[range])) }

    /// What ends an argument or a block: not in quotes, brackets, or what opens in between.
    private func delimiter(
        from start: Int, among ends: [Unicode.Scalar], opening: Unicode.Scalar
    ) -> Int? {
        var depth = 1
        var brackets = 0
        var isQuoted = false
        var index = start
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == "\\" {
                index += 1
            } else if isQuoted {
                if scalar == "\"" { isQuoted = false }
            } else if scalar == "\"" {
                isQuoted = true
            } else if scalar == "[" {
                brackets += 1
            } else if scalar == "]" {
                brackets -= 1
            } else if scalar == opening {
                depth += 1
            } else if brackets == 0, ends.contains(scalar) {
                // CTP counts a comma as what closes: of nested parentheses only the last one ends anything.
                depth -= 1
                if depth == 0 { return index }
            }
            index += 1
        }
        return nil
    }
}
