internal import Host

/// A term of a query, read: what a value must be (PS3.4 C.2.2.2).
enum TermPattern: Hashable {
    /// C.2.2.2.3: whatever is there, and nothing at all.
    case universal
    /// C.2.2.2.1 and C.2.2.2.2: one of these. A single value, or a list of UIDs.
    case oneOf(Set<String>)
    /// C.2.2.2.4, folded.
    case wildcard([Character])
    /// C.2.2.2.5: `YYYYMMDD`, both ends among them.
    case dates(ClosedRange<String>)

    static let earliest = "00000000"
    static let latest = "99999999"

    /// Nil for a value that cannot be meant: a UID with a letter, a date that is none.
    init?(_ term: InstanceQuery.Term) {
        let value = FoldedText.trimmed(term.value)
        if value.isEmpty || (term.attribute.kind != .uid && value.allSatisfy { $0 == "*" }) {
            self = .universal
            return
        }
        guard value.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else { return nil }
        switch term.attribute.kind {
        case .uid:
            let parts = value.split(separator: "\\", omittingEmptySubsequences: false).map {
                FoldedText.trimmed(String($0))
            }
            guard parts.allSatisfy(Self.isUID) else { return nil }
            self = .oneOf(Set(parts))
        case .date:
            guard let dash = value.firstIndex(of: "-") else {
                guard let date = Self.date(value) else { return nil }
                self = .oneOf([date])
                return
            }
            let first = value[..<dash], last = value[value.index(after: dash)...]
            guard !first.isEmpty || !last.isEmpty,
                let from = first.isEmpty ? Self.earliest : Self.date(String(first)),
                let to = last.isEmpty ? Self.latest : Self.date(String(last)), from <= to
            else { return nil }
            self = .dates(from...to)
        case .name, .text:
            guard !value.contains("\\") else { return nil }
            let key = term.attribute.kind == .name ? Self.nameKey(value) : FoldedText.key(value)
            self = key.contains(where: { $0 == "*" || $0 == "?" }) ? .wildcard(Array(key)) : .oneOf([key])
        }
    }

    /// Digits and dots, at most 64: what a UID may be (PS3.5 9.1); components may begin with 0, as those of real files do.
    static func isUID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
    }

    /// `YYYYMMDD` of `YYYYMMDD` or of the older `YYYY.MM.DD` (PS3.5 6.2); nil for what is no day.
    static func date(_ text: String) -> String? {
        var digits = Array(FoldedText.trimmed(text).utf8)
        if digits.count == 10, digits[4] == 0x2E, digits[7] == 0x2E {
            digits.remove(at: 7)
            digits.remove(at: 4)
        }
        guard digits.count == 8, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let text = String(decoding: digits, as: UTF8.self)
        return Instant("\(text.prefix(4))-\(text.dropFirst(4).prefix(2))-\(text.suffix(2))") == nil ? nil : text
    }

    /// A name, or one of its component groups, without the delimiters that may be left out (PS3.5 6.2.1.1).
    static func nameKey(_ text: String) -> String {
        var key = FoldedText.key(text)[...]
        while let last = key.last, last == "^" || last == "=" || last == " " { key.removeLast() }
        return String(key)
    }
}
