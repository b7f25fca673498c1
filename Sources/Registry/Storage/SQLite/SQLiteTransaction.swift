internal import CustodyLog
internal import Foundation
internal import GRDB
internal import Host

/// Verbs on the rows of an SQLite file, within a transaction that somebody else begins and ends.
struct SQLiteTransaction {
    let database: Database

    func rows(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> [SQLiteRow] {
        SQLiteRow.rows(try Row.fetchAll(try database.cachedStatement(sql: sql), arguments: arguments))
    }

    func row(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> SQLiteRow? {
        try Row.fetchOne(try database.cachedStatement(sql: sql), arguments: arguments).flatMap {
            SQLiteRow.rows([$0]).first
        }
    }

    func execute(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
        try database.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    /// A limit as SQLite knows it.
    static func bounded(_ limit: Int) -> Int64 { limit == .max ? -1 : Int64(limit) }
}
