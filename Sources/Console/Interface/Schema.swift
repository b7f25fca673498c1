internal import DICOMWeb
internal import Host
internal import Inputs

/// What a value of the interface looks like: as much of JSON Schema (2020-12, which OpenAPI 3.1 has) as is needed here.
indirect enum Schema: Hashable, Sendable {
    /// On one line, not blank.
    case text(longest: Int = 1000)
    /// A file: lines of whatever text.
    case document(longest: Int)
    /// Whatever text: in answers alone.
    case words
    /// Digits and dots (PS3.5 9.1).
    case uid
    /// As `2027-06-01`.
    case day
    /// RFC 3339, in UTC.
    case instant
    case integer(from: Int64, to: Int64 = 1 << 53)
    case boolean
    case oneOf([String])
    case list(Schema)
    /// By its name among the description's schemas.
    case named(String)

    var json: JSON {
        switch self {
        case .text(let longest):
            .object([
                "type": .string("string"), "minLength": .number(1), "maxLength": .number(longest),
                "pattern": .string("^[^\\u0000-\\u0020\\u007F-\\u00A0]([^\\u0000-\\u001F\\u007F-\\u009F]*)$"),
            ])
        case .document(let longest):
            .object(["type": .string("string"), "minLength": .number(1), "maxLength": .number(longest)])
        case .words: .object(["type": .string("string")])
        case .uid:
            .object(["type": .string("string"), "maxLength": .number(64), "pattern": .string("^[0-9.]{1,64}$")])
        case .day:
            .object(["type": .string("string"), "format": .string("date")])
        case .instant: .object(["type": .string("string"), "format": .string("date-time")])
        case .integer(let from, let to):
            .object(["type": .string("integer"), "minimum": .number(Int(from)), "maximum": .number(Int(to))])
        case .boolean: .object(["type": .string("boolean")])
        case .oneOf(let choices): .object(["type": .string("string"), "enum": .strings(choices)])
        case .list(let schema): .object(["type": .string("array"), "items": schema.json])
        case .named(let name): .object(["$ref": .string("#/components/schemas/\(name)")])
        }
    }

    /// The value as a form has it; nil where it is none.
    ///
    /// - Parameter isQuery: numbers and truth stand as text.
    func formText(_ value: JSONText, isQuery: Bool = false) -> String? {
        switch (self, value) {
        case (.text(let longest), .string(let text)):
            let isPlain = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            return isPlain && text.contains { !$0.isWhitespace } && text.first.map { !$0.isWhitespace } ?? false
                && text.unicodeScalars.count <= longest ? text : nil
        case (.document(let longest), .string(let text)):
            return !text.isEmpty && text.unicodeScalars.count <= longest ? text : nil
        case (.uid, .string(let text)):
            let isUID = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
            return isUID && (1...64).contains(text.utf8.count) ? text : nil
        case (.day, .string(let text)):
            return text.utf8.count == 10 && Instant(text) != nil ? text : nil
        case (.oneOf(let choices), .string(let text)): return choices.contains(text) ? text : nil
        case (.integer(let from, let to), .number(let digits)):
            return Int64(digits).flatMap { $0 >= from && $0 <= to ? String($0) : nil }
        case (.integer, .string(let text)) where isQuery:
            guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2D }) else { return nil }
            return formText(.number(text))
        case (.boolean, .boolean(let isTrue)): return isTrue ? "yes" : "no"
        case (.boolean, .string(let text)) where isQuery:
            return text == "true" ? "yes" : text == "false" ? "no" : nil
        default: return nil
        }
    }

    /// What is expected, for people.
    var expectation: String {
        switch self {
        case .text(let longest): "text on one line of at most \(longest) characters"
        case .document(let longest): "text of at most \(longest) characters"
        case .words: "text"
        case .uid: "a UID: digits and dots, at most 64"
        case .day: "a date such as 2027-06-01"
        case .instant: "a time such as 2027-06-01T12:00:00Z"
        case .integer(let from, let to): to < 1 << 53 ? "a number from \(from) to \(to)" : "a number, at least \(from)"
        case .boolean: "true or false"
        case .oneOf(let choices): "one of \(choices.joined(separator: ", "))"
        case .list(let schema): "a list, each \(schema.expectation)"
        case .named(let name): "a \(name)"
        }
    }
}
