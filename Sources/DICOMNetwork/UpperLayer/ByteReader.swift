/// A position in received bytes. Every read says first whether the bytes are there.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private(set) var position: Int
    /// What is read, for errors.
    let subject: String
    /// Where offsets are counted from.
    private let base: Int

    init(_ bytes: ArraySlice<UInt8>, subject: String, base: Int) {
        self.bytes = bytes
        self.position = bytes.startIndex
        self.subject = subject
        self.base = base
    }

    var remaining: Int { bytes.endIndex - position }
    var isAtEnd: Bool { position == bytes.endIndex }
    var offset: Int { position - base }

    func error(_ code: PDUError.Code) -> PDUError { PDUError(code, at: offset, subject) }

    mutating func take(_ count: Int) throws(PDUError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else { throw error(.truncated) }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func skip(_ count: Int) throws(PDUError) { _ = try take(count) }

    mutating func byte() throws(PDUError) -> UInt8 {
        guard remaining >= 1 else { throw error(.truncated) }
        defer { position += 1 }
        return bytes[position]
    }

    /// Big endian, as PS3.8 9.3.1 has it.
    mutating func word() throws(PDUError) -> UInt16 {
        let part = try take(2)
        return part.reduce(0) { $0 << 8 | UInt16($1) }
    }

    mutating func long() throws(PDUError) -> UInt32 {
        let part = try take(4)
        return part.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The next `count` bytes, as something of their own that cannot be read beyond.
    mutating func part(_ count: Int, _ subject: String) throws(PDUError) -> ByteReader {
        ByteReader(try take(count), subject: subject, base: base)
    }

    /// A part whose length comes before it in two bytes.
    mutating func counted(_ subject: String) throws(PDUError) -> ByteReader {
        try part(Int(try word()), subject)
    }

    mutating func rest() -> ArraySlice<UInt8> {
        defer { position = bytes.endIndex }
        return bytes[position...]
    }

    func expectEnd() throws(PDUError) {
        guard isAtEnd else { throw error(.trailingBytes) }
    }

    /// All that is left, as printable ASCII without the padding at its ends (PS3.8 F.1 and AE titles).
    mutating func text() throws(PDUError) -> String {
        var part = rest()
        while let last = part.last, last == 0 || last == 0x20 { part.removeLast() }
        while part.first == 0x20 { part.removeFirst() }
        guard part.allSatisfy({ (0x20...0x7e).contains($0) }) else { throw error(.invalidValue) }
        return String(decoding: part, as: UTF8.self)
    }

    /// All that is left, as a UID. An empty one, or one longer than 64, is none; forms that real senders have (a
    /// component with a needless zero) pass.
    mutating func uid() throws(PDUError) -> String {
        let text = try text()
        let digits = text.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2e }
        guard !text.isEmpty, text.utf8.count <= 64, digits else { throw error(.invalidValue) }
        return text
    }
}

extension [UInt8] {
    mutating func append(word value: Int) {
        append(UInt8(truncatingIfNeeded: value >> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    mutating func append(long value: Int) {
        append(word: value >> 16)
        append(word: value)
    }

    /// What `body` appends, after its length in two bytes.
    mutating func appendCounted(_ body: (inout [UInt8]) -> Void) {
        let start = count
        append(word: 0)
        body(&self)
        let length = count - start - 2
        self[start] = UInt8(truncatingIfNeeded: length >> 8)
        self[start + 1] = UInt8(truncatingIfNeeded: length)
    }

    /// An item: type, reserved byte, length, contents (PS3.8 9.3.2).
    mutating func appendItem(_ type: UInt8, _ body: (inout [UInt8]) -> Void) {
        append(type)
        append(0)
        appendCounted(body)
    }
}
