/// A JSON text (RFC 8259) as it is written: numbers keep their digits, members their order. Foundation's reader makes
/// doubles of DS values, which have more digits than those.
package indirect enum JSONText: Hashable, Sendable {
    case null
    case boolean(Bool)
    /// In the digits that it has.
    case number(String)
    case string(String)
    case array([JSONText])
    case object([Member])

    package struct Member: Hashable, Sendable {
        package var name: String
        package var value: JSONText
    }

    /// The member with a name; the first, should there be two.
    package subscript(name: String) -> JSONText? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }
}

/// Why a text of metadata cannot be read. It never holds what is in it.
public struct MetadataError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Byte of the text, or of the document in it.
    public var offset: Int
    public var expected: String

    public init(at offset: Int, expected: String) {
        self.offset = offset
        self.expected = expected
    }

    public var description: String { "the metadata cannot be read at byte \(offset): expected \(expected)" }
}

/// Parses one JSON text. Depth is bounded, since each level is a call.
package struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    /// A data set has at most 32 levels of sequences (`ParseLimits`), each of which takes four here.
    private static let deepest = 160
    /// A value takes some fifty bytes of memory, and may have one in the text. An element has four values in some forty bytes: a
    /// data set as long as is taken has fewer.
    package static let mostValues = 8_000_000
    private let mostValues: Int
    private var count = 0

    package static func parse(
        _ bytes: [UInt8], mostValues: Int = JSONParser.mostValues
    ) throws(MetadataError) -> JSONText {
        var parser = JSONParser(bytes: bytes, mostValues: mostValues)
        let value = try parser.value()
        parser.skipBlanks()
        guard parser.position == bytes.count else { throw parser.expected("the end of the text") }
        return value
    }

    private init(bytes: [UInt8], mostValues: Int) {
        self.bytes = bytes
        self.mostValues = mostValues
    }

    private func expected(_ what: String) -> MetadataError { MetadataError(at: position, expected: what) }

    private mutating func skipBlanks() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func value() throws(MetadataError) -> JSONText {
        skipBlanks()
        guard position < bytes.count else { throw expected("a value") }
        count += 1
        guard count <= mostValues else { throw expected("fewer values") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func word(_ word: String, _ value: JSONText) throws(MetadataError) -> JSONText {
        guard bytes[position...].starts(with: word.utf8) else { throw expected("a value") }
        position += word.utf8.count
        return value
    }

    private mutating func enter() throws(MetadataError) {
        depth += 1
        guard depth <= Self.deepest else { throw expected("no deeper nesting") }
        position += 1
        skipBlanks()
    }

    private mutating func object() throws(MetadataError) -> JSONText {
        try enter()
        defer { depth -= 1 }
        var members: [JSONText.Member] = []
        if take("}") { return .object(members) }
        while true {
            skipBlanks()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw expected("a name") }
            let name = try string()
            skipBlanks()
            guard take(":") else { throw expected("`:`") }
            members.append(JSONText.Member(name: name, value: try value()))
            skipBlanks()
            if take("}") { return .object(members) }
            guard take(",") else { throw expected("`,` or `}`") }
        }
    }

    private mutating func array() throws(MetadataError) -> JSONText {
        try enter()
        defer { depth -= 1 }
        var values: [JSONText] = []
        if take("]") { return .array(values) }
        while true {
            values.append(try value())
            skipBlanks()
            if take("]") { return .array(values) }
            guard take(",") else { throw expected("`,` or `]`") }
        }
    }

    private mutating func number() throws(MetadataError) -> String {
        let start = position
        func isDigit(_ index: Int) -> Bool { index < bytes.count && (0x30...0x39).contains(bytes[index]) }
        _ = take("-")
        if !take("0") {
            guard isDigit(position) else { throw expected("a value") }
            while isDigit(position) { position += 1 }
        }
        if take(".") {
            guard isDigit(position) else { throw expected("a digit") }
            while isDigit(position) { position += 1 }
        }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard isDigit(position) else { throw expected("a digit") }
            while isDigit(position) { position += 1 }
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func string() throws(MetadataError) -> String {
        position += 1
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                guard let result = String(validating: text, as: UTF8.self) else { throw expected("UTF-8") }
                position += 1
                return result
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &text)
            case 0..<0x20: throw expected("no control character in a string")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw expected("the end of a string")
    }

    private mutating func escape(into text: inout [UInt8]) throws(MetadataError) {
        guard position < bytes.count else { throw expected("an escape") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = try unit()
            if (0xD800..<0xDC00).contains(code) {
                guard take("\\"), take("u") else { throw expected("the second half of a character") }
                let low = try unit()
                guard (0xDC00..<0xE000).contains(low) else { throw expected("the second half of a character") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw expected("a character") }
            text += String(scalar).utf8
        default: throw expected("an escape of RFC 8259 7")
        }
    }

    private mutating func unit() throws(MetadataError) -> UInt32 {
        guard position + 4 <= bytes.count,
            let text = String(validating: bytes[position..<position + 4], as: UTF8.self),
            text.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }), let value = UInt32(text, radix: 16)
        else { throw expected("four hexadecimal digits") }
        position += 4
        return value
    }
}
