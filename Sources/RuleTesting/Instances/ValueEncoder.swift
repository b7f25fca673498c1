import DICOMCore
import DICOMEncoding

/// Bytes of values that a test writes as text, in little endian order.
struct ValueEncoder {
    let characterSet: SpecificCharacterSet

    /// - Throws: in words, why the values cannot be of the VR.
    func bytes(_ values: [String], _ vr: VR) throws(ValueError) -> [UInt8] {
        if vr.isText {
            if vr.usesSpecificCharacterSet { return try characterSet.encode(values, vr: vr) }
            let text = values.joined(separator: "\\")
            guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
                throw ValueError(.malformedText, reason: "\(vr) has letters of ISO IR 6 alone")
            }
            return Array(text.utf8)
        }
        var bytes: [UInt8] = []
        for value in values { bytes += try binary(value, vr) }
        return bytes
    }

    private func binary(_ text: String, _ vr: VR) throws(ValueError) -> [UInt8] {
        switch vr {
        case .US: return try integer(text, UInt16.self)
        case .SS: return try integer(text, Int16.self)
        case .UL: return try integer(text, UInt32.self)
        case .SL: return try integer(text, Int32.self)
        case .UV: return try integer(text, UInt64.self)
        case .SV: return try integer(text, Int64.self)
        case .FL:
            guard let number = Float(text) else { throw Self.notANumber(vr) }
            return littleEndian(number.bitPattern)
        case .FD:
            guard let number = Double(text) else { throw Self.notANumber(vr) }
            return littleEndian(number.bitPattern)
        case .AT:
            guard let tag = Tag(text) else {
                throw ValueError(.notText, reason: "a value of AT is a tag: (0010,0020)")
            }
            return littleEndian(tag.group) + littleEndian(tag.element)
        default: throw ValueError(.notText, reason: "a value of \(vr) is written with `bytes`")
        }
    }

    private func integer<T: FixedWidthInteger>(_ text: String, _ type: T.Type) throws(ValueError) -> [UInt8] {
        guard let number = T(text) else {
            throw ValueError(.notText, reason: "a whole number from \(T.min) to \(T.max) stands here")
        }
        return littleEndian(number)
    }

    private func littleEndian<T: FixedWidthInteger>(_ number: T) -> [UInt8] {
        (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    private static func notANumber(_ vr: VR) -> ValueError {
        ValueError(.notText, reason: "a value of \(vr) is a number")
    }
}
