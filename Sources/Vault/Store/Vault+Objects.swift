public import Host
import Glibc

/// An object as it lies in a place.
public struct ObjectEntry: Hashable, Sendable {
    /// What its file is called, in a vault that encrypts another thing than its digest.
    public var name: String
    /// Nil when its envelope does not say: it is missing or damaged, or its key is not there.
    public var digest: String?
    /// Of the plain bytes; nil as above.
    public var size: Int64?
    /// On disk.
    public var storedSize: Int64
    public var stored: Instant
    /// The folder of the place.
    public var place: String
}

extension Vault {
    /// All objects, a place after the other, in the order of their names. Memory does not grow with their number but with
    /// a 256th of it. Nothing is read but envelopes.
    public func objects(_ body: (ObjectEntry) throws -> Void) throws {
        for place in try places() {
            guard place.isHome || place.isThere(vault: id) else { throw Self.absent(place) }
            for bucket in Place.buckets {
                for name in try names(in: bucket, of: place) {
                    // Somebody may have removed or moved it.
                    guard let entry = try entry(name, in: place) else { continue }
                    try body(entry)
                }
            }
        }
    }

    /// The objects in a folder of a place.
    func names(in bucket: Int, of place: Place) throws(VaultError) -> [ObjectName] {
        try VaultError.wrapping("the vault's folders cannot be read") { () throws(SystemError) in
            try FolderListing.names(in: place.bucket(bucket)).compactMap {
                ObjectName(ObjectName.bucketName(bucket) + $0)
            }
        }
    }

    private func entry(_ name: ObjectName, in place: Place) throws(VaultError) -> ObjectEntry? {
        guard let status = FileSystem.status(place.object(name)) else { return nil }
        var entry = ObjectEntry(
            name: name.text, digest: nil, size: nil, storedSize: Int64(status.st_size),
            stored: Instant(status), place: place.path)
        if mode == .plain {
            entry.digest = name.text
            entry.size = entry.storedSize
        } else {
            do throws(VaultError) {
                let envelope = try envelope(of: name, at: place, nil)
                entry.digest = envelope.digest
                entry.size = envelope.size
            } catch {
                guard error.code == .corrupt || error.code == .key else { throw error }
            }
        }
        return entry
    }
}

extension Instant {
    /// When the file's bytes were written.
    init(_ status: stat) {
        self.init(milliseconds: Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000)
    }
}
