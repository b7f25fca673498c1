import RuleLanguage

/// Texts in which a pattern is found: made from its syntax, and then tried, so that what is not understood costs an
/// example and never a wrong one.
enum PatternSamples {
    /// Up to so many.
    private static let limit = 12

    static func samples(of pattern: TextPattern) -> [String] {
        var parser = Parser(Array(pattern.source.unicodeScalars))
        var result: [String] = []
        var seen: Set<String> = []
        for text in parser.alternatives() where seen.insert(text).inserted {
            for form in [text, text.uppercased()] where pattern.isFound(in: form) {
                result.append(form)
                break
            }
            if result.count >= limit { break }
        }
        return result
    }

    /// RE2's syntax, as far as rules use it: every piece becomes a few texts.
    private struct Parser {
        private let text: [Unicode.Scalar]
        private var position = 0
        private var depth = 0

        init(_ text: [Unicode.Scalar]) { self.text = text }

        private var next: Unicode.Scalar? { position < text.count ? text[position] : nil }

        private mutating func take() -> Unicode.Scalar? {
            guard position < text.count else { return nil }
            position += 1
            return text[position - 1]
        }

        mutating func alternatives() -> [String] {
            var result = sequence()
            while next == "|" {
                position += 1
                result += sequence()
            }
            return Array(result.prefix(64))
        }

        private mutating func sequence() -> [String] {
            var result = [""]
            while let scalar = next, scalar != "|", scalar != ")" {
                let start = position
                let piece = quantified(atom())
                result = Array(result.flatMap { head in piece.map { head + $0 } }.prefix(64))
                if position == start { position += 1 }
            }
            return result
        }

        private mutating func quantified(_ piece: [String]) -> [String] {
            var piece = piece
            while let scalar = next {
                switch scalar {
                case "*", "?":
                    position += 1
                    piece = Array((piece + [""]).prefix(24))
                case "+": position += 1
                case "{":
                    guard let count = count() else { return piece }
                    piece = piece.map { String(repeating: $0, count: min(count, 64)) }
                default: return piece
                }
                // Behind a quantifier: the lazy form.
                if next == "?" { position += 1 }
            }
            return piece
        }

        /// `{2}`, `{2,}`, `{2,5}`: the least. Nil for a brace that stands for itself.
        private mutating func count() -> Int? {
            guard let end = text[position...].firstIndex(of: "}") else { return nil }
            let inside = String(String.UnicodeScalarView(text[(position + 1)..<end]))
            guard let least = Int(inside.split(separator: ",", omittingEmptySubsequences: false).first ?? ""),
                least >= 0
            else { return nil }
            position = end + 1
            return least
        }

        private mutating func atom() -> [String] {
            guard let scalar = take() else { return [""] }
            switch scalar {
            case "^", "$": return [""]
            case ".": return ["x"]
            case "(": return group()
            case "[": return set()
            case "\\": return escape()
            default: return [String(Character(scalar))]
            }
        }

        private mutating func group() -> [String] {
            depth += 1
            defer { depth -= 1 }
            guard depth < 64 else { return [""] }
            if next == "?" {
                // Flags, names, or none: up to what begins the group.
                while let scalar = next, scalar != ":", scalar != ">", scalar != ")" { _ = scalar; position += 1 }
                if next == ")" {
                    position += 1
                    return [""]
                }
                position += 1
            }
            let result = alternatives()
            if next == ")" { position += 1 }
            return result
        }

        private mutating func set() -> [String] {
            var isNegated = false
            if next == "^" {
                isNegated = true
                position += 1
            }
            var members: [String] = []
            var isFirst = true
            while let scalar = take() {
                if scalar == "]", !isFirst { break }
                isFirst = false
                if scalar == "[", next == ":", let name = className() {
                    members += Self.named(name)
                } else if scalar == "\\" {
                    members += escape()
                } else if next == "-", position + 1 < text.count, text[position + 1] != "]" {
                    members.append(String(Character(scalar)))
                    position += 2
                } else {
                    members.append(String(Character(scalar)))
                }
            }
            guard isNegated else { return Array(members.filter { !$0.isEmpty }.prefix(6)) }
            return Array(["x", "7", " ", "Q", "é"].filter { !members.contains($0) }.prefix(3))
        }

        /// Of a class by name, `[:alpha:]`, whose bracket has been taken. Nil for a bracket that stands for itself.
        private mutating func className() -> String? {
            guard let end = text[position...].firstIndex(of: "]"), end > position + 1, text[end - 1] == ":" else {
                return nil
            }
            let name = String(String.UnicodeScalarView(text[(position + 1)..<(end - 1)]))
            position = end + 1
            return name
        }

        private mutating func escape() -> [String] {
            guard let scalar = take() else { return [""] }
            switch scalar {
            case "d": return ["1"]
            case "D", "w": return ["x"]
            case "W", "s": return [" "]
            case "S": return ["x"]
            case "b", "B", "A", "z", "Z": return [""]
            case "t": return ["\t"]
            case "n": return ["\n"]
            case "r": return ["\r"]
            case "p", "P":
                if next == "{", let end = text[position...].firstIndex(of: "}") {
                    position = end + 1
                } else {
                    position += 1
                }
                return ["A", "a", "1", " "]
            case "x":
                if next == "{", let end = text[position...].firstIndex(of: "}") {
                    let digits = String(String.UnicodeScalarView(text[(position + 1)..<end]))
                    position = end + 1
                    return [UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init).map { String(Character($0)) } ?? ""]
                }
                let end = min(position + 2, text.count)
                let digits = String(String.UnicodeScalarView(text[position..<end]))
                position = end
                return [UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init).map { String(Character($0)) } ?? ""]
            case "Q":
                var literal = ""
                while let next = take() {
                    if next == "\\", self.next == "E" {
                        position += 1
                        break
                    }
                    literal.unicodeScalars.append(next)
                }
                return [literal]
            default: return [String(Character(scalar))]
            }
        }

        private static func named(_ name: String) -> [String] {
            switch name {
            case "digit", "xdigit": ["1"]
            case "space", "blank": [" "]
            case "upper": ["A"]
            case "punct": ["-"]
            default: ["a", "A"]
            }
        }
    }
}
