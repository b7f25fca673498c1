/// A media type with its parameters (RFC 9110 8.3.1): `multipart/related; type="application/dicom"; boundary=x`. Type,
/// subtype and names of parameters in small letters.
public struct MediaType: Hashable, Sendable {
    public struct Parameter: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public var type: String
    public var subtype: String
    public var parameters: [Parameter]

    public init(_ type: String, _ subtype: String, parameters: [Parameter] = []) {
        self.type = type
        self.subtype = subtype
        self.parameters = parameters
    }

    public static let dicom = MediaType("application", "dicom")
    public static let dicomJSON = MediaType("application", "dicom+json")
    public static let dicomXML = MediaType("application", "dicom+xml")
    public static let octetStream = MediaType("application", "octet-stream")
    public static let problem = MediaType("application", "problem+json")

    /// Parses the value of a Content-Type. Nil for what is none, and for a parameter that is there twice: readers differ in
    /// which they believe.
    public init?(_ text: some StringProtocol) {
        var scanner = FieldScanner(text)
        guard let type = MediaType(scanning: &scanner), scanner.isAtEnd else { return nil }
        self = type
    }

    /// One element of a list, up to a comma or the end.
    init?(scanning scanner: inout FieldScanner) {
        scanner.skipBlanks()
        guard let type = scanner.token(), scanner.take("/"), let subtype = scanner.token() else { return nil }
        var parameters: [Parameter] = []
        while true {
            scanner.skipBlanks()
            guard scanner.take(";") else { break }
            scanner.skipBlanks()
            // RFC 9110 allows empty parameters.
            if scanner.isAtEnd || scanner.peek(";") || scanner.peek(",") { continue }
            guard let name = scanner.token()?.asciiLowercased, scanner.take("="), let value = scanner.value(),
                !parameters.contains(where: { $0.name == name })
            else { return nil }
            parameters.append(Parameter(name, value))
        }
        self.init(type.asciiLowercased, subtype.asciiLowercased, parameters: parameters)
    }

    public subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

    /// `application/dicom`.
    public var essence: String { "\(type)/\(subtype)" }

    /// The same without parameters.
    public var bare: MediaType { MediaType(type, subtype) }
}

extension MediaType: CustomStringConvertible {
    /// As a Content-Type has it; values that are no tokens are quoted.
    public var description: String {
        parameters.reduce(into: essence) { text, parameter in
            text += "; \(parameter.name)=\(FieldScanner.quotedIfNeeded(parameter.value))"
        }
    }
}

extension String {
    /// Only the letters of ASCII: others are no part of what HTTP compares.
    var asciiLowercased: String {
        String(decoding: utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
