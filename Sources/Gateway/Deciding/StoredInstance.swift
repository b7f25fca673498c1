internal import DICOMEncoding
internal import DICOMFile
internal import Host
internal import Vault

/// An object of the vault, as far as a decision has to read it: its elements, and of its pixels nothing.
enum StoredInstance {
    case whole(DICOMFile)
    /// It cannot be read as DICOM to its end; with what stands before the damage, where that says anything.
    case damaged(beginning: DICOMFile?)

    /// Throws when the vault or the disk does not give it: what nobody can look at is not decided.
    init(_ digest: String, _ vault: Vault, scratch: String) throws {
        if let source = try vault.source(of: digest), let file = try? DICOMFile(source, scratch: scratch) {
            self = .whole(file)
            return
        }
        // Whatever was wrong with it is looked at in all of its bytes, wherever they lie.
        let original = try vault.original(digest, scratch: scratch)
        do throws(ParseError) {
            self = .whole(try DICOMFile(path: original.path, scratch: scratch))
        } catch {
            guard error.code != .unreadableFile else { throw error }
            self = .damaged(beginning: DICOMFile.beginning(path: original.path, scratch: scratch))
        }
    }
}
