internal import CustodyLog
internal import GRDB
internal import Glibc
public import Host

extension Registry {
    /// Puts a backup in the place of a folder's registry, or where there is none.
    ///
    /// The backup is checked first: against its digest, if `FILE.sha256` lies beside it, and against itself. A registry that
    /// is there is kept beside it under another name. It must be a beginning of the backup: one that knows anything which the
    /// backup does not know stays, and so does one that cannot be read, which somebody has to move away first.
    ///
    /// - Returns: what the backup is, and where the earlier registry lies now, if there was one.
    public static func restore(
        from backup: String, into folder: String, reason: String, by person: Person, at time: Instant
    ) throws -> (backup: RegistryBackup, replaced: String?) {
        try Words.check(reason, "reason")
        return try SQLiteStorage.translated {
            if mkdir(folder, 0o700) != 0, errno != EEXIST { throw SystemError.last("mkdir") }
            let path = folder + "/" + fileName
            guard let lock = try FileLock.ifFree(path: path + ".lock", mode: .exclusive) else {
                throw RegistryError(
                    .inUse, "somebody has the registry open", advice: "stop what uses it, and try again")
            }
            defer { lock.unlock() }
            let temporary = path + ".restoring"
            for leftover in ["", "-wal", "-shm", "-journal"] { try FileSystem.remove(temporary + leftover) }
            do {
                let result = try SQLiteStorage.install(
                    backup, at: path, temporary, CustodyEvent(.restored, time: time, actor: person.name), reason)
                try FileSystem.flushFolder(folder)
                return result
            } catch {
                for leftover in ["", "-wal", "-shm", "-journal"] { try? FileSystem.remove(temporary + leftover) }
                throw error
            }
        }
    }
}

extension SQLiteStorage {
    fileprivate static func install(
        _ backup: String, at path: String, _ temporary: String, _ event: CustodyEvent, _ reason: String
    ) throws -> (backup: RegistryBackup, replaced: String?) {
        let digest = try copyFile(backup, to: temporary)
        try checkDigest(digest, backup)
        let copy = try DatabaseQueue(path: temporary, configuration: loneConfiguration)
        guard try copy.read({ try !SQLiteMigrations.all.hasBeenSuperseded($0) }) else {
            throw RegistryError(
                .newer, "a later version of Cordon made the backup", advice: "use that version, or a later one")
        }
        try SQLiteMigrations.all.migrate(copy)
        let state = try copy.read { database -> (size: Int, root: String) in
            let transaction = SQLiteTransaction(database: database)
            guard try transaction.check().isSound else {
                throw RegistryError(.damaged, "the backup is damaged", advice: "take another one")
            }
            return try transaction.logState()
        }
        let size = Int64(FileSystem.status(backup)?.st_size ?? 0)
        let replaced = try setAside(path, unlessMoreThan: copy, event.time)
        var event = event
        event.facts = [
            CustodyEvent.Fact("digest", digest), CustodyEvent.Fact("log-size", String(state.size)),
            CustodyEvent.Fact("root", state.root),
        ]
        event.personal = [CustodyEvent.Fact("reason", reason)]
        try copy.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
            try database.inTransaction(.immediate) {
                try SQLiteTransaction(database: database).append(event)
                return .commit
            }
            try leaveWAL(database)
        }
        try copy.close()
        try Descriptor(reading: PathBytes(temporary)).flush()
        try FileSystem.rename(temporary, to: path)
        return (RegistryBackup(digest: digest, logSize: state.size, root: state.root, size: size), replaced)
    }

    private static func copyFile(_ from: String, to path: String) throws -> String {
        let source = try Descriptor(reading: PathBytes(from))
        var copy = try DurableFile(temporaryPath: path, mode: 0o600)
        try source.forEachPiece { try copy.write($0) }
        return try copy.finish().hexadecimal
    }

    private static func checkDigest(_ digest: String, _ backup: String) throws {
        guard let stated = try FileSystem.contents(backup + ".sha256") else { return }
        guard String(decoding: stated.prefix(64), as: UTF8.self) == digest else {
            throw RegistryError(
                .damaged, "the backup is not the file whose digest lies beside it", advice: "take another backup")
        }
    }

    /// Gives the registry that is there a second name, which it keeps when its own is taken.
    private static func setAside(
        _ path: String, unlessMoreThan copy: DatabaseQueue, _ time: Instant
    ) throws -> String? {
        guard FileSystem.status(path) != nil else { return nil }
        let state: (size: Int, root: String)
        do {
            let present = try DatabaseQueue(path: path, configuration: loneConfiguration)
            state = try present.read { try SQLiteTransaction(database: $0).logState() }
            // All of it goes into the one file.
            try present.writeWithoutTransaction { try leaveWAL($0) }
            try present.close()
        } catch {
            throw RegistryError(
                .conflict, "the registry that is there cannot be read, and may know more than the backup",
                advice: "move it to another folder, keep it, and try again")
        }
        let isBeginning = try copy.read { database in
            let transaction = SQLiteTransaction(database: database)
            guard try state.size <= transaction.logSize() else { return false }
            return try hexadecimalDigits(transaction.root(size: state.size).bytes) == state.root
        }
        guard isBeginning else {
            throw RegistryError(
                .conflict, "the registry that is there knows more than the backup, or other things",
                advice: "keep it; if you must go back, move it to another folder first")
        }
        let name = "\(path).replaced-\(time.description.filter { $0.isNumber })"
        guard link(path, name) == 0 else { throw SystemError.last("link") }
        return name
    }
}
