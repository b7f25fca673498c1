public import NIOCore

/// Reads the parts of a body as they come, one after the other, for one reader.
public final class MultipartReader {
    private var parser: MultipartParser
    private let body: Feed<ByteBuffer>
    private var isAtEnd = false
    private var isWithinPart = false
    /// What cannot be read on is never taken for an end, however often it is asked for.
    private var failure: (any Error)?

    /// - Throws: `MultipartError` when the media type has no boundary.
    public init(_ body: Feed<ByteBuffer>, type: MediaType, limits: MultipartLimits = MultipartLimits()) throws {
        guard let boundary = type["boundary"], let parser = MultipartParser(boundary: boundary, limits: limits) else {
            throw MultipartError(.noBoundary, at: 0)
        }
        self.parser = parser
        self.body = body
    }

    /// The headers of the next part, or nil behind the last. What was not read of the part before is skipped.
    public func nextPart() async throws -> MultipartHeaders? {
        while isWithinPart { _ = try await nextBytes() }
        while let event = try await event() {
            if case .beginPart(let headers) = event {
                isWithinPart = true
                return headers
            }
        }
        return nil
    }

    /// The next bytes of the part, or nil at its end.
    public func nextBytes() async throws -> ByteBuffer? {
        guard isWithinPart else { return nil }
        switch try await event() {
        case .bytes(let bytes): return ByteBuffer(bytes: bytes)
        default:
            isWithinPart = false
            return nil
        }
    }

    /// The bytes of the part, as a feed that ends with it.
    public func part() -> Feed<ByteBuffer> {
        let reader = PartReader(reader: self)
        return Feed { try await reader.next() }
    }

    private func event() async throws -> MultipartParser.Event? {
        if let failure { throw failure }
        do {
            while true {
                if let event = try parser.next() { return event }
                guard !isAtEnd else { return nil }
                if let buffer = try await body.next() {
                    parser.append(buffer.readableBytesView)
                } else {
                    isAtEnd = true
                    try parser.finish()
                }
            }
        } catch {
            failure = error
            throw error
        }
    }
}

// SAFETY: a feed has one reader at a time, and its bytes are read before the next part is asked for.
private struct PartReader: @unchecked Sendable {
    let reader: MultipartReader
    func next() async throws -> ByteBuffer? { try await reader.nextBytes() }
}
