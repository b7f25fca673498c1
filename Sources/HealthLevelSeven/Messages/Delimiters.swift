/// The characters that a message says it is taken apart by (MSH-1 and MSH-2; HL7 v2 2.5.4).
public struct Delimiters: Hashable, Sendable {
    public var field: UInt8
    public var component: UInt8
    public var repetition: UInt8
    public var escape: UInt8
    public var subcomponent: UInt8
    /// Marks text that was cut off (since 2.7); nil where MSH-2 has four characters.
    public var truncation: UInt8?

    public init(
        field: UInt8 = UInt8(ascii: "|"), component: UInt8 = UInt8(ascii: "^"), repetition: UInt8 = UInt8(ascii: "~"),
        escape: UInt8 = UInt8(ascii: "\\"), subcomponent: UInt8 = UInt8(ascii: "&"), truncation: UInt8? = nil
    ) {
        self.field = field
        self.component = component
        self.repetition = repetition
        self.escape = escape
        self.subcomponent = subcomponent
        self.truncation = truncation
    }

    /// `|^~\&`, which the standard recommends and nearly everybody uses.
    public static let usual = Delimiters()

    /// Reads them from the beginning of a message: `MSH|^~\&|`.
    init(reading message: ArraySlice<UInt8>) throws(MessageError) {
        let head = Array(message.prefix(10))
        guard head.starts(with: "MSH".utf8), head.count > 8 else {
            throw MessageError(.segmentSequence, "MSH", "the message does not begin with MSH and its delimiters")
        }
        let field = head[3]
        guard let end = head[4...].firstIndex(of: field), end == 8 || end == 9 else {
            throw MessageError(.requiredField, "MSH-2", "four or five encoding characters are expected")
        }
        let all = Array(head[3..<end])
        // Letters, digits, blanks and the quotation mark of the null value would make two readings possible.
        let isUsable = all.allSatisfy { byte in
            byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && !Self.isAlphanumeric(byte)
        }
        guard isUsable, Set(all).count == all.count else {
            throw MessageError(.dataType, "MSH-2", "delimiters are different signs of ASCII")
        }
        self.init(
            field: field, component: head[4], repetition: head[5], escape: head[6], subcomponent: head[7],
            truncation: end == 9 ? head[8] : nil)
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    /// MSH-2.
    var encodingCharacters: String {
        String(
            decoding: [component, repetition, escape, subcomponent] + (truncation.map { [$0] } ?? []), as: UTF8.self)
    }
}
