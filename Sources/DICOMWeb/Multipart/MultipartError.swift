/// Why a multipart body cannot be read on.
public struct MultipartError: Error, Hashable, Sendable {
    public enum Code: Hashable, Sendable {
        /// The Content-Type is no multipart/related with a boundary of RFC 2046 5.1.1.
        case noBoundary
        /// A line of headers that is none, or too many of them.
        case malformedHeader
        case headersTooLong
        case tooManyParts
        case partTooLong
        case bodyTooLong
        /// Bytes before the first or behind a boundary where none belong.
        case malformedDelimiter
        /// It ends before its closing boundary: the rest was lost.
        case truncated
    }

    public var code: Code
    /// From the beginning of the body.
    public var offset: Int

    public init(_ code: Code, at offset: Int) {
        self.code = code
        self.offset = offset
    }
}

extension MultipartError: CustomStringConvertible {
    public var description: String {
        let what =
            switch code {
            case .noBoundary: "the Content-Type has no boundary of 1 to 70 characters (RFC 2046 5.1.1)"
            case .malformedHeader: "a header of a part is malformed"
            case .headersTooLong: "the headers of a part are too long"
            case .tooManyParts: "there are more parts than are taken in one request"
            case .partTooLong: "a part is longer than is taken"
            case .bodyTooLong: "the body is longer than is taken"
            case .malformedDelimiter: "there is something other than a line break or two hyphens behind a boundary"
            case .truncated: "the body ends before its closing boundary"
            }
        return "\(what), at byte \(offset) of the body"
    }
}

/// What is taken of one body. Nothing of a part is ever kept, so that these bound time, not memory.
public struct MultipartLimits: Hashable, Sendable {
    /// Bytes of all headers of one part. Real ones have about 150.
    public var headerLength = 8192
    public var headersPerPart = 32
    /// A study of ten thousand slices is sent in one request by some.
    public var parts = 100_000
    /// Bytes of one part. A DICOM element can hold 4 GiB.
    public var partLength = 16 << 30
    /// Bytes of the whole.
    public var bodyLength = 1 << 40
    /// Bytes before the first boundary: some mailers write a sentence there.
    public var preambleLength = 8192

    public init() {}
}
