import Glibc
import Host

/// A folder that holds objects: the vault's own, or one that cold objects were moved to. Each is whole with the keys.
///
///     place                 which vault it belongs to
///     objects/ab/cdef…      an object, mode 0400
///     objects/ab/cdef….key  its envelope, where objects are encrypted
///     temporary/            what is being written
///     damaged/              what was found damaged and replaced by whole bytes
struct Place: Hashable, Sendable {
    static let title = "cordon vault place 1"
    static let buckets = 0..<256
    static let envelopeSuffix = ".key"

    /// Absolute.
    let path: String
    /// The vault's own folder.
    let isHome: Bool

    var objects: String { path + "/objects" }
    var temporary: String { path + "/temporary" }
    var damaged: String { path + "/damaged" }

    func bucket(_ number: Int) -> String { "\(objects)/\(ObjectName.bucketName(number))" }

    func object(_ name: ObjectName) -> String { "\(bucket(name.bucket))/\(name.text.dropFirst(2))" }

    func envelope(_ name: ObjectName) -> String { object(name) + Self.envelopeSuffix }

    /// Makes the folders, all of them at once, so that later a file is durable with its own folder alone.
    func make(vault id: String) throws(VaultError) {
        try VaultError.wrapping("the vault's folders cannot be made") { () throws(SystemError) in
            try FileSystem.makeFolder(path, mode: 0o700)
            for folder in [objects, temporary, damaged] { try FileSystem.makeFolder(folder, mode: 0o700) }
            for number in Self.buckets { try FileSystem.makeFolder(bucket(number), mode: 0o700) }
            try FileSystem.flushFolder(objects)
            try write(CheckedText(title: Self.title, lines: [.init("vault", id)]), as: "place")
            try FileSystem.flushFolder(PathBytes(path).absolute.folder.text)
        }
    }

    /// Whether the folder is here and belongs to the vault; false when its device is not mounted.
    func isThere(vault id: String) -> Bool {
        guard let bytes = try? FolderListing.bytes(path + "/place"), let text = CheckedText(bytes, title: Self.title)
        else { return false }
        return text["vault"] == id
    }

    /// Writes one of the vault's own small files, whole or not at all.
    func write(_ text: CheckedText, as name: String) throws(SystemError) {
        let file = try TemporaryFile(in: temporary, name: name)
        try file.write(text.text)
        try file.finish(mode: 0o600)
        try file.replace("\(path)/\(name)")
        try FileSystem.flushFolder(path)
    }

    /// Whether no object lies here.
    func isEmpty() throws(VaultError) -> Bool {
        try VaultError.wrapping("the vault's folders cannot be read") { () throws(SystemError) in
            for number in Self.buckets where !(try FolderListing.names(in: bucket(number)).isEmpty) { return false }
            return true
        }
    }

    /// Opens an object; nil when it is not here.
    func open(_ name: ObjectName) throws(SystemError) -> Descriptor? {
        do throws(SystemError) {
            return try Descriptor(reading: PathBytes(object(name)))
        } catch {
            if error.code == ENOENT { return nil }
            throw error
        }
    }

    /// Takes an object's file or envelope away, whatever protects it. Nothing happens when it is not there.
    func unlink(_ path: String) throws(SystemError) {
        guard FileSystem.status(path) != nil else { return }
        ImmutableFlag.put(false, path: path)
        try FileSystem.remove(path)
    }

    /// Bytes that may still be written by who is not root.
    func freeSpace() throws(SystemError) -> (free: Int64, total: Int64) {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw .last("statvfs") }
        let unit = Int64(status.f_frsize)
        return (Int64(clamping: status.f_bavail) &* unit, Int64(clamping: status.f_blocks) &* unit)
    }
}
