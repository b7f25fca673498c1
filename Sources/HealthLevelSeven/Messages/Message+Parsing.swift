extension Message {
    /// Reads one message.
    ///
    /// Segments end with CR (2.5.2). LF is read as an end too where a segment's name follows it or where there is no CR at all, as
    /// files have it: a segment that hid behind the last field of another would be a marker that nobody sees.
    public init(_ bytes: some Collection<UInt8>, limits: MessageLimits = MessageLimits()) throws(MessageError) {
        guard bytes.count <= limits.bytes else {
            throw MessageError(.dataType, "", "the message is longer than \(limits.bytes) bytes")
        }
        guard let narrow = MessageCharacterSet.withoutWideCharacters(Array(bytes)[...]) else {
            throw MessageError(.dataType, "MSH-18", "the message is not the UTF-16 or UTF-32 that it begins as")
        }
        // Where a sender broke off and began anew, the header of the second message would be text of the first.
        guard !narrow.contains(BlockFramer.start) else {
            throw MessageError(.dataType, "", "another block begins within the message")
        }
        let delimiters = try Delimiters(reading: narrow[...])
        let lines = Self.lines(narrow, delimiters)
        guard lines.count <= limits.segments else {
            throw MessageError(.segmentSequence, "", "the message has more than \(limits.segments) segments")
        }
        let characterSet = Self.characterSet(lines.first ?? [], delimiters, limits.characterSet)
        var segments: [Segment] = []
        var fields = 0
        for (index, line) in lines.enumerated() {
            let segment = try Segment(line, at: index + 1, delimiters, characterSet, limits)
            fields += segment.fields.count
            guard fields <= limits.allFields else {
                throw MessageError(.dataType, "", "the message has more than \(limits.allFields) fields")
            }
            segments.append(segment)
        }
        guard !segments.dropFirst().contains(where: { $0.name == "MSH" }) else {
            throw MessageError(.segmentSequence, "MSH", "there is more than one message")
        }
        self.init(delimiters: delimiters, segments: segments)
    }

    private static func lines(_ bytes: [UInt8], _ delimiters: Delimiters) -> [ArraySlice<UInt8>] {
        let hasReturns = bytes.contains(0x0D)
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        for index in bytes.indices where bytes[index] == 0x0D || bytes[index] == 0x0A {
            let isEnd =
                bytes[index] == 0x0D || !hasReturns || index == start || index + 1 == bytes.count
                || beginsSegment(bytes[(index + 1)...], delimiters)
            guard isEnd else { continue }
            if index > start { lines.append(bytes[start..<index]) }
            start = index + 1
        }
        if start < bytes.count { lines.append(bytes[start...]) }
        return lines
    }

    private static func beginsSegment(_ bytes: ArraySlice<UInt8>, _ delimiters: Delimiters) -> Bool {
        let head = Array(bytes.prefix(4))
        guard head.count >= 3, Segment.isName(head[..<3]) else { return false }
        return head.count == 3 || head[3] == delimiters.field
    }

    /// MSH-18, read before anything can be decoded: its names are ASCII.
    private static func characterSet(
        _ header: ArraySlice<UInt8>, _ delimiters: Delimiters, _ usual: String?
    ) -> MessageCharacterSet {
        let fields = header.split(separator: delimiters.field, omittingEmptySubsequences: false)
        // Field 1 is the separator itself, so that the piece with index 17 is field 18.
        guard fields.count > 17, !fields[17].isEmpty, fields[17].allSatisfy({ $0 < 0x80 }) else {
            return MessageCharacterSet(usual.map { [$0] } ?? [])
        }
        return MessageCharacterSet(
            fields[17].split(separator: delimiters.repetition, omittingEmptySubsequences: false).map {
                String(decoding: $0, as: UTF8.self)
            })
    }
}

extension Segment {
    static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count == 3, let first = bytes.first, (0x41...0x5A).contains(first) else { return false }
        return bytes.dropFirst().allSatisfy { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) }
    }

    fileprivate init(
        _ line: ArraySlice<UInt8>, at number: Int, _ delimiters: Delimiters, _ characterSet: MessageCharacterSet,
        _ limits: MessageLimits
    ) throws(MessageError) {
        let start = line.startIndex
        guard line.count >= 3, Segment.isName(line[start..<start + 3]),
            line.count == 3 || line[start + 3] == delimiters.field
        else {
            throw MessageError(
                .segmentSequence, "", "line \(number) does not begin with the name of a segment and a field separator")
        }
        let name = String(decoding: line.prefix(3), as: UTF8.self)
        func field(_ text: String?) -> Field { Field(raw: text, delimiters, characterSet) }
        // Counted before anything is taken apart.
        func check(_ separators: Int) throws(MessageError) {
            guard separators <= limits.fields else {
                throw MessageError(.dataType, name, "segment \(number) has more than \(limits.fields) fields")
            }
        }
        var pieces: [String?]
        if characterSet.isTransparent {
            try check(line.reduce(0) { $0 + ($1 == delimiters.field ? 1 : 0) })
            pieces = line.split(separator: delimiters.field, omittingEmptySubsequences: false).dropFirst().map {
                characterSet.decode($0)
            }
        } else {
            // A byte of a character may look like a delimiter: decoded as a whole, then taken apart.
            guard let text = characterSet.decode(line) else {
                throw MessageError(.dataType, name, "segment \(number) is not in the character set of MSH-18")
            }
            try check(text.utf8.reduce(0) { $0 + ($1 == delimiters.field ? 1 : 0) })
            pieces = text.utf8.split(separator: delimiters.field, omittingEmptySubsequences: false).dropFirst().map {
                String(Substring($0))
            }
        }
        if name == "MSH" { pieces.insert(String(UnicodeScalar(delimiters.field)), at: 0) }
        try check(pieces.count)
        for piece in pieces {
            let count = piece?.utf8.reduce(0) { $0 + ($1 == delimiters.repetition ? 1 : 0) } ?? 0
            guard count < limits.repetitions else {
                throw MessageError(
                    .dataType, name, "segment \(number) has a field with more than \(limits.repetitions) repetitions")
            }
        }
        self.init(name: name, fields: pieces.map(field), delimiters, characterSet)
    }
}
