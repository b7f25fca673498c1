import Host
internal import Crypto
import Inputs

/// Where an instance goes below `released/`: patient, study, series, instance. Different instances get different names,
/// whatever stands in them, and no value can lead out of the folder.
public struct TargetName: Hashable, Sendable {
    public var patientID: String
    public var studyInstanceUID: String
    public var seriesInstanceUID: String
    public var sopInstanceUID: String

    public init(patientID: String, studyInstanceUID: String, seriesInstanceUID: String, sopInstanceUID: String) {
        self.patientID = patientID
        self.studyInstanceUID = studyInstanceUID
        self.seriesInstanceUID = seriesInstanceUID
        self.sopInstanceUID = sopInstanceUID
    }

    static let root = "released"

    /// `released/<patient>/<study>/<series>/<instance>.dcm`.
    /// - Parameter suffix: the digest of the bytes, for instances that differ and have one name.
    func path(in root: String = TargetName.root, suffix: ContentDigest? = nil) -> String {
        let folders = [patientID, studyInstanceUID, seriesInstanceUID].map(Self.component)
        let tail = suffix.map { "%." + $0.hexadecimal.prefix(16) } ?? ""
        return ([root] + folders + [Self.component(sopInstanceUID) + tail + ".dcm"]).joined(separator: "/")
    }

    /// Equal for two names that some file system would take for one: some do not tell capitals from small letters.
    var claim: UInt64 { ContentDigest.prefix(of: path().lowercased().utf8) }

    /// A value as the name of a file or folder. Letters, digits, `_`, `-` and `.` stand for themselves, dots and hyphens
    /// not where they have a meaning; every other byte is `%` and two digits. No value is `%none`, and a long one is
    /// its beginning, `%~` and a digest: none of these can come from another value.
    static func component(_ value: String) -> String {
        if value.isEmpty { return "%none" }
        let bytes = Array(value.utf8)
        // UIDs and pseudonyms: nothing in them but digits, capitals and dots within.
        let isUsual = bytes.allSatisfy { $0 == 0x2E || $0 >= 0x30 && $0 <= 0x39 || $0 >= 0x41 && $0 <= 0x5A }
        if isUsual, bytes.count <= longest, bytes.first != 0x2E, bytes.last != 0x2E { return value }
        var text = ""
        for (index, byte) in bytes.enumerated() {
            let isPlain =
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                case UInt8(ascii: "."): index > 0 && index < bytes.count - 1
                case UInt8(ascii: "-"): index > 0
                default: false
                }
            text += isPlain ? String(UnicodeScalar(byte)) : "%" + hexadecimalDigits([byte]).uppercased()
        }
        guard text.utf8.count > longest else { return text }
        return text.prefix(60) + "%~" + ContentDigest(of: bytes).hexadecimal.prefix(32)
    }

    /// With suffix and extension below what any file system takes (143 bytes on encrypted ones).
    private static let longest = 100
}

/// Where originals of sequestered instances go: by the digest of their bytes, so that no name tells of a patient.
enum SequesteredName {
    static let root = "sequestered"

    static func path(_ input: ContentDigest) -> String { "\(root)/\(input.hexadecimal.prefix(2))/\(input.hexadecimal)" }
    static func reasonPath(_ input: ContentDigest) -> String { path(input) + reasonEnding }

    static let reasonEnding = ".reason.json"

    /// The path of the original that a reason lies beside; any other path as it is.
    static func original(_ path: String) -> String {
        path.hasPrefix(root + "/") && path.hasSuffix(reasonEnding) ? String(path.dropLast(reasonEnding.count)) : path
    }
}
