import DICOMCore
import DICOMEncoding

/// Values in words to the bytes of an element.
enum ValueWriter {
    /// Text in UTF-8, numbers in little endian order.
    /// - Parameter values: as `ValueDecoder` gives them; empty ones are no values among several.
    static func bytes(_ values: [String], vr: VR) throws(MetadataError) -> [UInt8] {
        var result: [UInt8] = []
        if vr == .AT {
            for value in values { result += try tag(value) }
            return result
        }
        if vr.isText {
            do {
                return try SpecificCharacterSet.utf8.encode(values, vr: vr)
            } catch {
                throw MetadataError(at: 0, expected: "text that \(vr) can have")
            }
        }
        for value in values { result += try number(value, vr: vr) }
        return result
    }

    private static func tag(_ text: String) throws(MetadataError) -> [UInt8] {
        guard let tag = Tag(text) else { throw MetadataError(at: 0, expected: "eight hexadecimal digits for AT") }
        return little(tag.group) + little(tag.element)
    }

    private static func number(_ text: String, vr: VR) throws(MetadataError) -> [UInt8] {
        let bytes: [UInt8]? =
            switch vr {
            case .US: UInt16(text).map(little)
            case .SS: Int16(text).map(little)
            case .UL: UInt32(text).map(little)
            case .SL: Int32(text).map(little)
            case .UV: UInt64(text).map(little)
            case .SV: Int64(text).map(little)
            case .FL: Float(text).map { little($0.bitPattern) }
            case .FD: Double(text).map { little($0.bitPattern) }
            default: nil
            }
        guard let bytes else { throw MetadataError(at: 0, expected: "a number that \(vr) can have") }
        return bytes
    }

    private static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}
