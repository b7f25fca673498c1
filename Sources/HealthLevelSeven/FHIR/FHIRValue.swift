internal import Foundation

/// A value of FHIR's JSON, with where it stands.
struct FHIRValue {
    private let value: Any?
    let place: String

    init(_ value: Any?, at place: String) {
        self.value = value is NSNull ? nil : value
        self.place = place
    }

    /// The longest text that is read at once, in bytes.
    static let largestText = 32 << 20
    /// Resources are some levels deep; more is an attack on the reader.
    static let mostLevels = 100
    /// Of one text, and of one object.
    static let mostValues = 2_000_000
    static let mostMembers = 1000

    /// - Throws: `FHIRError` for what is no object in JSON, is too much, or says something twice.
    init(parsing bytes: [UInt8], at place: String) throws(FHIRError) {
        guard bytes.count <= Self.largestText else {
            throw FHIRError(place, "the text is longer than \(Self.largestText >> 20) MiB; give it as NDJSON")
        }
        // Of text in other encodings nobody could say where a member begins; JSON that is exchanged is UTF-8 (RFC 8259 8.1).
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else {
            throw FHIRError(place, "the text is not UTF-8")
        }
        try FHIRShape.check(bytes, at: place)
        guard let value = try? JSONSerialization.jsonObject(with: Data(bytes)), value is [String: Any] else {
            throw FHIRError(place, "not a resource in JSON")
        }
        self.init(value, at: place)
    }

    var isPresent: Bool { value != nil }
    var isObject: Bool { value is [String: Any] }
    var isArray: Bool { value is [Any] }
    var text: String? { (value as? String).flatMap { $0.isEmpty ? nil : $0 } }

    subscript(_ name: String) -> FHIRValue {
        FHIRValue((value as? [String: Any])?[name], at: place.isEmpty ? name : "\(place).\(name)")
    }

    /// Its elements; none when it is no array.
    var elements: [FHIRValue] {
        ((value as? [Any]) ?? []).enumerated().map { FHIRValue($1, at: "\(place)[\($0)]") }
    }
}
