internal import CustodyLog
internal import GRDB
internal import Host

extension SQLiteStorage {
    /// Gives the errors of SQLite and of the system our words. SQLite's own may quote a value.
    static func translated<Result>(_ work: () throws -> Result) throws -> Result {
        do {
            return try work()
        } catch let error as DatabaseError {
            throw RegistryError(error)
        } catch let error as SystemError {
            throw RegistryError(
                error.code == 28 ? .full : .storage, "\(error) (\(error.call))",
                advice: "make room, or mend the folder, and do the same again")
        } catch let error as LogError {
            throw RegistryError(
                .damaged, "the custody log: \(error.message)",
                advice: "run `cordon registry check`, and restore a backup")
        }
    }
}

extension RegistryError {
    init(_ error: DatabaseError) {
        let number = error.extendedResultCode.rawValue
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL:
            self.init(
                .busy, "others have been writing to the registry all the time",
                advice: "do the same again; if it stays so, see which process holds the file")
        case .SQLITE_FULL:
            self.init(
                .full, "there is no room for the registry", advice: "make room on its disk and do the same again")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT, .SQLITE_MISMATCH:
            self.init(
                .damaged, "the registry's file is not what was written (SQLite \(number))",
                advice: "run `cordon registry check`, and restore a backup")
        case .SQLITE_CONSTRAINT:
            self.init(
                .damaged, "the registry contradicts itself (SQLite \(number))",
                advice: "run `cordon registry check`, and report this")
        case .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
            self.init(
                .storage, "the registry's file cannot be read or written (SQLite \(number))",
                advice: "look at the disk, its room and who may write the folder, and do the same again")
        default:
            self.init(
                .storage, "SQLite cannot do this (SQLite \(number))", advice: "run `cordon registry check`")
        }
    }
}
