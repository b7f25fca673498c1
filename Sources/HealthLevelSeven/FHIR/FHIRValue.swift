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
    static let largestText = 256 << 20
    /// Resources are some levels deep; more is an attack on the reader.
    static let mostLevels = 100

    init(parsing bytes: [UInt8], at place: String) throws(FHIRError) {
        guard bytes.count <= Self.largestText else {
            throw FHIRError(place, "the text is longer than \(Self.largestText >> 20) MiB; give it as NDJSON")
        }
        guard Self.depth(bytes) <= Self.mostLevels else {
            throw FHIRError(place, "the text is nested more than \(Self.mostLevels) levels deep")
        }
        guard let value = try? JSONSerialization.jsonObject(with: Data(bytes)), value is [String: Any] else {
            throw FHIRError(place, "not a resource in JSON")
        }
        self.init(value, at: place)
    }

    private static func depth(_ bytes: [UInt8]) -> Int {
        var depth = 0, most = 0, isText = false, isEscaped = false
        for byte in bytes {
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == 0x5C {
                    isEscaped = true
                } else if byte == 0x22 {
                    isText = false
                }
                continue
            }
            switch byte {
            case 0x22: isText = true
            case 0x7B, 0x5B:
                depth += 1
                most = max(most, depth)
            case 0x7D, 0x5D: depth -= 1
            default: break
            }
        }
        return most
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
