public import NIOCore

/// Writes multipart/related bodies (RFC 2387).
public struct MultipartWriter: Sendable {
    /// Of 128 random bits: no object has it in it.
    public let boundary: String
    /// What the parts are, for the Content-Type of the whole.
    public let type: MediaType

    public init(type: MediaType, boundary: String? = nil) {
        self.type = type
        self.boundary =
            boundary
            ?? (0..<4).map { _ in
                let digits = String(UInt32.random(in: .min ... .max), radix: 16)
                return String(repeating: "0", count: 8 - digits.utf8.count) + digits
            }.joined()
    }

    /// `multipart/related; type="application/dicom"; boundary=…`.
    public var contentType: MediaType {
        MediaType(
            "multipart", "related", parameters: [.init("type", type.bare.description), .init("boundary", boundary)])
    }

    /// What stands before a part, the first or another.
    public func head(_ headers: MultipartHeaders, isFirst: Bool) -> ByteBuffer {
        ByteBuffer(bytes: Array(((isFirst ? "" : "\r\n") + "--\(boundary)\r\n").utf8) + headers.encoded)
    }

    /// What stands behind the last.
    public func end(isEmpty: Bool = false) -> ByteBuffer {
        ByteBuffer(string: (isEmpty ? "" : "\r\n") + "--\(boundary)--\r\n")
    }

    /// Parts as one body, each asked for when the one before has been read.
    public func body(_ parts: Feed<MultipartPart>) -> Feed<ByteBuffer> {
        let state = WritingState(writer: self, parts: parts)
        return Feed { try await state.next() }
    }

    /// Bytes of a body of parts that have the same headers, by the lengths of what is in them.
    func length(of lengths: some Sequence<Int>, headers: MultipartHeaders) -> Int {
        let first = head(headers, isFirst: true).readableBytes, next = head(headers, isFirst: false).readableBytes
        var sum = 0
        var isEmpty = true
        for length in lengths {
            sum += length + (isEmpty ? first : next)
            isEmpty = false
        }
        return sum + end(isEmpty: isEmpty).readableBytes
    }

    /// Bytes of a body of parts whose lengths are known.
    public func length(of parts: [MultipartPart]) -> Int? {
        var sum = end(isEmpty: parts.isEmpty).readableBytes
        for (index, part) in parts.enumerated() {
            guard let length = part.length else { return nil }
            sum += head(part.headers, isFirst: index == 0).readableBytes + length
        }
        return sum
    }
}

/// A part to be written.
public struct MultipartPart: Sendable {
    public var headers: MultipartHeaders
    public var length: Int?
    public var bytes: Feed<ByteBuffer>

    public init(_ headers: MultipartHeaders, length: Int? = nil, bytes: Feed<ByteBuffer>) {
        self.headers = headers
        self.length = length
        self.bytes = bytes
    }

    /// A part that is in memory.
    public init(_ headers: MultipartHeaders, _ bytes: [UInt8]) {
        self.init(headers, length: bytes.count, bytes: Feed([ByteBuffer(bytes: bytes)]))
    }
}

// SAFETY: a feed has one reader at a time.
private final class WritingState: @unchecked Sendable {
    private let writer: MultipartWriter
    private let parts: Feed<MultipartPart>
    private var current: Feed<ByteBuffer>?
    private var isFirst = true
    private var isAtEnd = false

    init(writer: MultipartWriter, parts: Feed<MultipartPart>) {
        self.writer = writer
        self.parts = parts
    }

    func next() async throws -> ByteBuffer? {
        while !isAtEnd {
            if let bytes = try await current?.next() {
                if bytes.readableBytes > 0 { return bytes }
                continue
            }
            guard let part = try await parts.next() else {
                isAtEnd = true
                return writer.end(isEmpty: isFirst)
            }
            current = part.bytes
            defer { isFirst = false }
            return writer.head(part.headers, isFirst: isFirst)
        }
        return nil
    }
}
