/// Reads multipart bodies (RFC 2046 5.1, RFC 2387) from bytes in any pieces, without I/O and without keeping what is in
/// the parts: of a part no more is held back than could still become a boundary.
///
///     var parser = MultipartParser(boundary: "x")
///     parser.append(bytes)
///     while let event = try parser.next() { … }     // nil: more bytes are needed
///     try parser.finish()                            // there are none
///
/// Strict: lines end with CR LF, each part has its headers ended by an empty line, nothing stands behind a boundary but
/// blanks (RFC 2046 calls them transport padding), the closing boundary is there. Lenient: a preamble and an epilogue are
/// skipped, and the first boundary may begin the body.
public struct MultipartParser: Sendable {
    public enum Event: Hashable, Sendable {
        case beginPart(MultipartHeaders)
        case bytes(ArraySlice<UInt8>)
        case endPart
    }

    private enum State: Hashable {
        case preamble, delimiterEnd, headers, body, epilogue
    }

    public let limits: MultipartLimits
    /// CR LF, two hyphens, the boundary.
    private let delimiter: [UInt8]
    private var state = State.preamble
    private var buffer: [UInt8]
    private var position = 0
    /// Bytes taken out of the buffer before its beginning. The two that we put there are not the body's.
    private var base = -2
    private var partCount = 0
    private var partLength = 0
    private var received = 0
    /// How far the search for a delimiter came: bytes before need not be looked at again.
    private var matched = 0
    private var scanned = 0

    /// Nil when the boundary is none of RFC 2046 5.1.1.
    public init?(boundary: String, limits: MultipartLimits = MultipartLimits()) {
        guard Self.isBoundary(boundary) else { return nil }
        self.limits = limits
        delimiter = [0x0D, 0x0A, 0x2D, 0x2D] + Array(boundary.utf8)
        // A body may begin with its first boundary, so that it is read as if a line ended before it.
        buffer = [0x0D, 0x0A]
    }

    /// 1 to 70 characters, the last no blank; up to 200 are taken, since Orthanc sends 73.
    public static func isBoundary(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard (1...200).contains(bytes.count), bytes.last != 0x20 else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x20: true
            default: "'()+_,-./:=?".utf8.contains(byte)
            }
        }
    }

    /// Takes more bytes. What was taken before should have been read: all of it is kept until then.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        if position > 0 {
            base += position
            buffer.removeFirst(position)
            scanned -= position
            position = 0
        }
        received += bytes.count
        buffer += bytes
    }

    /// The next event, or nil when more bytes are needed for one.
    public mutating func next() throws(MultipartError) -> Event? {
        guard received <= limits.bodyLength else { throw MultipartError(.bodyTooLong, at: limits.bodyLength) }
        while true {
            switch state {
            case .preamble:
                guard try skipToDelimiter(limit: limits.preambleLength) else { return nil }
                state = .delimiterEnd
            case .delimiterEnd:
                guard let isLast = try delimiterEnd() else { return nil }
                if isLast {
                    state = .epilogue
                } else {
                    partCount += 1
                    guard partCount <= limits.parts else { throw MultipartError(.tooManyParts, at: offset) }
                    state = .headers
                }
            case .headers:
                guard let headers = try headers() else { return nil }
                state = .body
                partLength = 0
                beginSearch()
                return .beginPart(headers)
            case .body:
                return try bodyEvent()
            case .epilogue:
                // RFC 2046 5.1.1: to be ignored.
                position = buffer.count
                return nil
            }
        }
    }

    /// Says that there are no more bytes.
    public func finish() throws(MultipartError) {
        guard state == .epilogue else { throw MultipartError(.truncated, at: base + buffer.count) }
    }

    private var offset: Int { base + position }

    private mutating func beginSearch() {
        // The empty line that ends the headers may be that which begins the delimiter: then there is no body.
        matched = 2
        scanned = position
    }

    /// Goes on with the search; whether the delimiter was found, ending at `scanned`.
    private mutating func search() -> Bool {
        while scanned < buffer.count {
            if matched == 0 {
                guard let start = LineBreak.first(in: buffer, from: scanned) else {
                    scanned = buffer.count
                    return false
                }
                scanned = start
            }
            let byte = buffer[scanned]
            scanned += 1
            if delimiter[matched] == byte {
                matched += 1
                if matched == delimiter.count { return true }
            } else {
                // A delimiter has its CR at the beginning alone, so that no other beginning lies in what did match.
                matched = byte == 0x0D ? 1 : 0
            }
        }
        return false
    }

    private mutating func skipToDelimiter(limit: Int) throws(MultipartError) -> Bool {
        let isFound = search()
        let skipped = base + scanned - matched
        guard skipped <= limit else { throw MultipartError(.malformedDelimiter, at: limit) }
        position = isFound ? scanned : scanned - matched
        return isFound
    }

    /// Behind a boundary: true at two hyphens, false at the end of the line, nil while it is open.
    private mutating func delimiterEnd() throws(MultipartError) -> Bool? {
        var end = position
        // Padding is blanks and tabs (RFC 2046 5.1.1), and nobody writes many.
        while end < buffer.count, buffer[end] == 0x20 || buffer[end] == 0x09 { end += 1 }
        guard end - position <= 128 else { throw MultipartError(.malformedDelimiter, at: offset) }
        guard end + 1 < buffer.count else {
            if end < buffer.count, buffer[end] != 0x0D, buffer[end] != 0x2D {
                throw MultipartError(.malformedDelimiter, at: base + end)
            }
            return nil
        }
        if buffer[end] == 0x2D, buffer[end + 1] == 0x2D, end == position {
            position = end + 2
            return true
        }
        guard buffer[end] == 0x0D, buffer[end + 1] == 0x0A else {
            throw MultipartError(.malformedDelimiter, at: base + end)
        }
        position = end + 2
        return false
    }

    private mutating func headers() throws(MultipartError) -> MultipartHeaders? {
        var lines: [ArraySlice<UInt8>] = []
        var start = position
        var index = position
        while index + 1 < buffer.count {
            guard index - position <= limits.headerLength else { throw MultipartError(.headersTooLong, at: offset) }
            guard buffer[index] == 0x0D, buffer[index + 1] == 0x0A else {
                index += 1
                continue
            }
            if index == start {
                let headers = try MultipartHeaders(lines, base: base, limit: limits.headersPerPart)
                position = index + 2
                return headers
            }
            lines.append(buffer[start..<index])
            index += 2
            start = index
        }
        // The last byte may be the CR of the empty line.
        guard buffer.count - position <= limits.headerLength + 1 else {
            throw MultipartError(.headersTooLong, at: offset)
        }
        return nil
    }

    /// What is certain not to be a boundary, or the end of the part.
    private mutating func bodyEvent() throws(MultipartError) -> Event? {
        let isFound = search()
        let end = scanned - matched
        if end > position {
            partLength += end - position
            guard partLength <= limits.partLength else { throw MultipartError(.partTooLong, at: offset) }
            let bytes = buffer[position..<end]
            position = end
            // The delimiter is looked for once more, at once.
            if isFound {
                scanned = end
                matched = 0
            }
            return .bytes(bytes)
        }
        guard isFound else { return nil }
        position = scanned
        matched = 0
        state = .delimiterEnd
        return .endPart
    }
}
