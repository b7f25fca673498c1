internal import CustodyLog
internal import GRDB
internal import Glibc
public import Host

/// What workers far from the registry decide by: labels, holds, links and lists as they stood at one time, in one file. It names
/// patients; why and by whom something was ordered is not in it, nor is the log, nor what was ever seen or decided.
public struct RegistrySnapshot: Hashable, Sendable {
    /// SHA-256 of the file, 64 hexadecimal digits.
    public var digest: String
    public var taken: Instant
    /// How many leaves the custody log had then.
    public var logSize: Int
    /// Of the log at this size, 64 hexadecimal digits.
    public var root: String
    /// In bytes.
    public var size: Int64
}

extension Registry {
    /// Writes a snapshot into a new file while others go on using the registry, and its digest beside it (`FILE.sha256`). That it
    /// was taken is on the custody log.
    public func takeSnapshot(to path: String, by person: Person, at time: Instant) throws -> RegistrySnapshot {
        guard let file = storage as? SQLiteStorage else {
            throw RegistryError(
                .invalid, "this registry is not in a file", advice: "take it where the registry is kept")
        }
        let copy = try file.copy(to: path) { try SnapshotStorage.reduce($0, taken: time, log: $1) }
        try record(
            CustodyEvent(
                .exported, time: time, actor: person.name,
                facts: [
                    CustodyEvent.Fact("what", "snapshot"), CustodyEvent.Fact("digest", copy.digest),
                    CustodyEvent.Fact("log-size", String(copy.logSize)), CustodyEvent.Fact("root", copy.root),
                ]))
        return RegistrySnapshot(
            digest: copy.digest, taken: time, logSize: copy.logSize, root: copy.root, size: copy.size)
    }

    /// Opens a snapshot, which is only read.
    ///
    /// - Parameter digest: what its file must be, from somebody who is trusted; nil takes that of `FILE.sha256`, which must be there.
    /// - Throws: `RegistryError`, `damaged` when it is another file.
    public static func snapshot(
        at path: String, digest: String? = nil
    ) throws -> (registry: Registry, snapshot: RegistrySnapshot) {
        try SQLiteStorage.translated {
            guard let stated = try digest ?? statedDigest(path) else {
                throw RegistryError(
                    .invalid, "nothing says which snapshot this is",
                    advice: "copy FILE.sha256 with it, or give the digest that `cordon registry snapshot` printed")
            }
            let file = try Descriptor(reading: PathBytes(path))
            let status = try file.status()
            guard FileKind(mode: status.st_mode) == .file else {
                throw RegistryError(.invalid, "the snapshot is no file", advice: "name the file")
            }
            guard status.st_mode & 0o007 == 0 else {
                throw RegistryError(
                    .exposed, "anybody may read or write the snapshot, which names patients",
                    advice: "`chmod o= FILE`, and find out who has read it")
            }
            guard try ContentDigest(of: file).hexadecimal == stated.lowercased() else {
                throw RegistryError(
                    .damaged, "the snapshot is not the file whose digest is given",
                    advice: "copy it again from where it was taken, or take another")
            }
            let storage = try SnapshotStorage(path: path)
            guard FileSystem.identity(of: PathBytes(path)) == FileIdentity(status) else {
                throw RegistryError(
                    .damaged, "the snapshot was exchanged while it was opened", advice: "find out by whom")
            }
            let about = try storage.about()
            return (
                Registry(storage: storage),
                RegistrySnapshot(
                    digest: stated.lowercased(), taken: about.taken, logSize: about.logSize, root: about.root,
                    size: Int64(status.st_size))
            )
        }
    }

    private static func statedDigest(_ path: String) throws -> String? {
        guard let bytes = try FileSystem.contents(path + ".sha256"), bytes.count >= 64 else { return nil }
        return String(decoding: bytes.prefix(64), as: UTF8.self)
    }
}
