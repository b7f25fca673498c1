public import DICOMCore

/// Bytes that are no DICOM: what, where, and what was expected. Never holds a value.
public struct ParseError: Error, Hashable, Sendable {
    public enum Code: String, Hashable, Sendable {
        case truncated, malformedVR, lengthOverrunsParent, misplacedDelimiter, missingDelimiter, nestingTooDeep
        case tooManyElements, valueTooLong, undefinedLengthNotAllowed, notDICOM, malformedFileMeta, unknownEncoding
        case malformedDeflate, inflatesTooFar, trailingBytes, malformedFragments, unreadableFile
    }

    public var code: Code
    /// From the start of the file; in a deflated data set, from the start of the inflated bytes.
    public var offset: Int
    public var path: AttributePath
    /// What was expected, in words: "an even length of at most 1024 bytes".
    public var expected: String

    public init(_ code: Code, at offset: Int, path: AttributePath = .root, expected: String) {
        self.code = code
        self.offset = offset
        self.path = path
        self.expected = expected
    }
}

extension ParseError: CustomStringConvertible {
    /// `truncated at byte 1234 in (0010,0010): expected …`, without values.
    public var description: String {
        let place = path == .root ? "" : " in \(path)"
        return "\(code.rawValue) at byte \(offset)\(place): expected \(expected)"
    }
}
