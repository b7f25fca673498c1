import Host
import Glibc

/// Why an input was not taken. It stays with whoever gave it, and the run says so.
package struct Refusal: Hashable, Sendable {
    package enum Reason: UInt8, Hashable, Sendable {
        case cannotOpen, cannotReadFolder, cannotRead, missingReference, unreadableReference
        case damagedArchive, archiveTooLarge, nestedArchive, unnamedArchive, encryptedEntry, unknownCompression,
            damagedEntry
        case changed, registryChanged
        /// It is left alone.
        case notDICOM, empty, short
    }

    package var reason: Reason
    /// The system's error number; 0 when it was no call of the system that failed.
    package var code: Int32 = 0

    package init(reason: Reason, code: Int32 = 0) {
        self.reason = reason
        self.code = code
    }

    /// In words, without names.
    package var description: String {
        let words =
            switch reason {
            case .cannotOpen: "the file cannot be opened"
            case .cannotReadFolder: "the folder cannot be read"
            case .cannotRead: "the file cannot be read"
            case .missingReference: "the DICOMDIR refers to a file that is not there"
            case .unreadableReference: "the DICOMDIR cannot be read, so the files it refers to are not known"
            case .damagedArchive: "the ZIP archive cannot be read"
            case .archiveTooLarge: "the ZIP archive would grow beyond its limits"
            case .nestedArchive: "an archive within an archive is not opened; unpack it and give what it holds"
            case .unnamedArchive: "a ZIP archive that is not called .zip is not opened; rename it, or unpack it"
            case .encryptedEntry: "the ZIP entry is encrypted; decrypt it and give what it holds"
            case .unknownCompression: "the ZIP entry is neither stored nor deflated; pack it again"
            case .damagedEntry: "the ZIP entry is damaged"
            case .changed: "the input changed while it was read; run the same command again"
            case .registryChanged:
                "labels or holds in the registry changed while the run was under way; run the same command again"
            case .notDICOM: "it does not begin as DICOM"
            case .empty: "the file is empty"
            case .short: "the file is shorter than any DICOM file, and does not begin as one"
            }
        return code == 0 ? words : "\(words): \(SystemError.words(for: code))"
    }
}
