internal import DICOMCore
internal import DICOMEncoding
internal import DICOMFile
internal import DICOMNetwork

/// What stands before a data set that came by an association, so that it is a file of PS3.10: zeros, `DICM`, group 0002.
///
/// Nothing in it depends on who sent the object, or when, or on our version: the same data set is the same file, so that one
/// that comes twice is known by its digest. Who sent it is in the registry.
enum FileMeta {
    static func bytes(sopClass: String, sopInstance: String, transferSyntax: String) -> [UInt8] {
        let group =
            element(0x0001, "OB", [0, 1]) + element(0x0002, "UI", text(sopClass))
            + element(0x0003, "UI", text(sopInstance))
            + element(0x0010, "UI", text(transferSyntax)) + element(0x0012, "UI", text(Implementation.classUID))
        let length = (0..<4).map { UInt8(truncatingIfNeeded: group.count >> (8 * $0)) }
        return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + element(0x0000, "UL", length) + group
    }

    /// Explicit little endian (PS3.10 7.1).
    private static func element(_ number: UInt16, _ vr: String, _ value: [UInt8]) -> [UInt8] {
        let head: [UInt8] = [2, 0, UInt8(truncatingIfNeeded: number), UInt8(number >> 8)] + Array(vr.utf8)
        func length(_ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value.count >> (8 * $0)) }
        }
        return head + (vr == "OB" ? [0, 0] + length(4) : length(2)) + value
    }

    /// A UID, padded to even length (PS3.5 9.1).
    private static func text(_ uid: String) -> [UInt8] {
        let bytes = Array(uid.utf8)
        return bytes.count.isMultiple(of: 2) ? bytes : bytes + [0]
    }
}
