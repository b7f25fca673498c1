package import Host
import CLibZip
import Glibc

/// A ZIP archive, read through libzip. Entries are known by number; their names are for people and are never a path.
/// Not for use from two threads at once.
package final class ZIPArchive {
    package struct Entry {
        package var number: Int
        package var name: [UInt8]
        package var size: UInt64
        package var refusal: Refusal?
    }

    /// What an archive may be, before anything of it is unpacked (P9).
    package enum Limits {
        /// A hospital's export of a hundred thousand studies has ten million instances, in many archives.
        package static let entries = 4_000_000
        /// Larger than any real instance, smaller than a disk.
        package static let entrySize: UInt64 = 64 << 30
        /// Below this nothing is a bomb.
        package static let alwaysAllowed: UInt64 = 1 << 30
        /// Deflate makes at most 1032 bytes of one; images that are mostly zeros come near 200.
        package static let ratio: UInt64 = 400
    }

    private let archive: OpaquePointer
    private let packedSize: UInt64

    /// Opens the archive behind a descriptor, which stays the caller's.
    package init?(_ file: Descriptor) {
        var code: Int32 = 0
        guard let archive = zip_open(file.path, ZIP_RDONLY, &code), let status = try? file.status() else { return nil }
        self.archive = archive
        packedSize = UInt64(clamping: status.st_size)
    }

    deinit { zip_discard(archive) }

    /// Whether these bytes begin a ZIP archive, an empty one included.
    package static func isArchive(_ bytes: some Sequence<UInt8>) -> Bool {
        let start = Array(bytes.prefix(4))
        return start == [0x50, 0x4B, 3, 4] || start == [0x50, 0x4B, 5, 6]
    }

    /// All entries but folders, in the archive's order; nil when the archive as a whole is not what it seems.
    package func entries() throws(RefusedArchive) -> [Entry] {
        let count = zip_get_num_entries(archive, 0)
        guard count >= 0 else { throw RefusedArchive(Refusal(reason: .damagedArchive)) }
        guard count <= Limits.entries else { throw RefusedArchive(Refusal(reason: .archiveTooLarge)) }
        var entries: [Entry] = []
        var packed: UInt64 = 0, unpacked: UInt64 = 0
        for number in 0..<Int(count) {
            var status = zip_stat_t()
            zip_stat_init(&status)
            guard zip_stat_index(archive, zip_uint64_t(number), 0, &status) == 0 else {
                throw RefusedArchive(Refusal(reason: .damagedArchive))
            }
            packed = packed.addingReportingOverflow(status.comp_size).partialValue
            let sum = unpacked.addingReportingOverflow(status.size)
            // Entries that lie over one another add up to more than there is: the densest bombs are made so.
            guard !sum.overflow, packed <= packedSize else {
                throw RefusedArchive(Refusal(reason: .archiveTooLarge))
            }
            unpacked = sum.partialValue
            let name = name(of: number)
            if name.last == PathBytes.slash, status.size == 0 { continue }
            entries.append(
                Entry(number: number, name: name, size: status.size, refusal: Self.refusal(of: status, name: name)))
        }
        let (limit, overflow) = packedSize.multipliedReportingOverflow(by: Limits.ratio)
        guard overflow || unpacked <= max(Limits.alwaysAllowed, limit) else {
            throw RefusedArchive(Refusal(reason: .archiveTooLarge))
        }
        return entries
    }

    package struct RefusedArchive: Error {
        package var refusal: Refusal
        package init(_ refusal: Refusal) { self.refusal = refusal }
    }

    private func name(of number: Int) -> [UInt8] {
        guard let name = zip_get_name(archive, zip_uint64_t(number), zip_flags_t(ZIP_FL_ENC_RAW)) else { return [] }
        return Array(UnsafeRawBufferPointer(start: name, count: strlen(name)))
    }

    /// Texts of the archive that belong to no entry's content: its comment, those of entries, and extra fields.
    package func comments() -> [(place: String, bytes: [UInt8])] {
        var comments: [(place: String, bytes: [UInt8])] = []
        func add(_ place: String, _ start: UnsafeRawPointer?, _ count: Int) {
            guard let start, count > 0 else { return }
            comments.append((place, Array(UnsafeRawBufferPointer(start: start, count: count))))
        }
        var length: Int32 = 0
        let comment = zip_get_archive_comment(archive, &length, zip_flags_t(ZIP_FL_ENC_RAW))
        add("comment of the archive", comment, Int(length))
        let count = min(max(0, zip_get_num_entries(archive, 0)), zip_int64_t(Limits.entries))
        for number in 0..<zip_uint64_t(count) {
            var length: zip_uint32_t = 0
            let comment = zip_file_get_comment(archive, number, &length, zip_flags_t(ZIP_FL_ENC_RAW))
            add("comment of entry \(number + 1)", comment, Int(length))
            for flags in [ZIP_FL_LOCAL, ZIP_FL_CENTRAL].map({ zip_flags_t($0) }) {
                for field in 0..<zip_uint16_t(clamping: zip_file_extra_fields_count(archive, number, flags)) {
                    var length: zip_uint16_t = 0
                    let bytes = zip_file_extra_field_get(archive, number, field, nil, &length, flags)
                    add("extra field of entry \(number + 1)", bytes, Int(length))
                }
            }
        }
        return comments
    }

    private static func refusal(of status: zip_stat_t, name: [UInt8]) -> Refusal? {
        if status.encryption_method != ZIP_EM_NONE { return Refusal(reason: .encryptedEntry) }
        if PathBytes(name).lowercaseExtension == "zip" { return Refusal(reason: .nestedArchive) }
        let method = Int32(status.comp_method)
        guard method == ZIP_CM_STORE || method == ZIP_CM_DEFLATE else { return Refusal(reason: .unknownCompression) }
        return status.size > Limits.entrySize ? Refusal(reason: .archiveTooLarge) : nil
    }

    /// Unpacks an entry, in pieces. Fails when it is not what the directory says: longer, shorter, another checksum.
    package func unpack(
        _ number: Int, into receive: (UnsafeRawBufferPointer) throws(SystemError) -> Void
    ) throws(UnpackError) {
        var status = zip_stat_t()
        zip_stat_init(&status)
        guard zip_stat_index(archive, zip_uint64_t(number), 0, &status) == 0,
            let entry = zip_fopen_index(archive, zip_uint64_t(number), 0)
        else { throw .refused(Refusal(reason: .damagedEntry)) }
        defer { zip_fclose(entry) }
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: Descriptor.pieceSize, alignment: 16)
        defer { piece.deallocate() }
        guard let start = piece.baseAddress else { return }
        var size: UInt64 = 0
        while true {
            let count = zip_fread(entry, start, zip_uint64_t(piece.count))
            guard count >= 0 else { throw .refused(Refusal(reason: .damagedEntry)) }
            if count == 0 { break }
            size += UInt64(count)
            guard size <= status.size else { throw .refused(Refusal(reason: .damagedEntry)) }
            do throws(SystemError) {
                try receive(UnsafeRawBufferPointer(rebasing: piece[..<Int(count)]))
            } catch {
                throw .scratch(error)
            }
        }
        guard size == status.size else { throw .refused(Refusal(reason: .damagedEntry)) }
    }

    package enum UnpackError: Error {
        case refused(Refusal)
        /// The place it was unpacked to failed.
        case scratch(SystemError)
    }

    /// The size of an entry as the directory has it.
    package func size(of number: Int) -> UInt64? {
        var status = zip_stat_t()
        zip_stat_init(&status)
        return zip_stat_index(archive, zip_uint64_t(number), 0, &status) == 0 ? status.size : nil
    }
}
