internal import GRDB
internal import Host

/// Reads columns; a value of another kind than what we write is damage.
struct SQLiteRow {
    private let row: Row
    private let places: [String: Int]

    /// Rows of one statement. Where its columns are is found once for all of them, and not for each value.
    static func rows(_ rows: [Row]) -> [SQLiteRow] {
        guard let first = rows.first else { return [] }
        let places = Dictionary(zip(first.columnNames, 0...), uniquingKeysWith: { first, _ in first })
        return rows.map { SQLiteRow(row: $0, places: places) }
    }

    private func value(_ column: String) throws -> DatabaseValue {
        guard let place = places[column] else { throw Self.damaged }
        return row[place]
    }

    static let damaged = RegistryError(
        .damaged, "a row of the registry is not as it was written",
        advice: "run `cordon registry check`, and restore a backup")

    func text(_ column: String) throws -> String {
        guard case .string(let text) = try value(column).storage else { throw Self.damaged }
        return text
    }

    func optionalText(_ column: String) throws -> String? {
        let value = try value(column)
        if value.isNull { return nil }
        guard case .string(let text) = value.storage else { throw Self.damaged }
        return text
    }

    func integer(_ column: String) throws -> Int64 {
        guard case .int64(let number) = try value(column).storage else { throw Self.damaged }
        return number
    }

    func optionalInteger(_ column: String) throws -> Int64? {
        let value = try value(column)
        if value.isNull { return nil }
        guard case .int64(let number) = value.storage else { throw Self.damaged }
        return number
    }

    func bytes(_ column: String) throws -> [UInt8] {
        switch try value(column).storage {
        case .blob(let data): return Array(data)
        default: throw Self.damaged
        }
    }

    func instant(_ column: String) throws -> Instant { Instant(milliseconds: try integer(column)) }

    func optionalInstant(_ column: String) throws -> Instant? {
        try optionalInteger(column).map { Instant(milliseconds: $0) }
    }

    func person(_ column: String) throws -> Person {
        guard let person = Person(try text(column)) else { throw Self.damaged }
        return person
    }

    func optionalPerson(_ column: String) throws -> Person? {
        guard let name = try optionalText(column) else { return nil }
        guard let person = Person(name) else { throw Self.damaged }
        return person
    }

    func scope() throws -> Scope {
        let scope = ScopeText.scope(
            kind: try text("scope"), value: try text("scope_value"), issuer: try optionalText("scope_issuer"))
        guard let scope else { throw Self.damaged }
        return scope
    }

    func wish() throws -> Registry.Wish {
        Registry.Wish(person: try person("person"), reason: try text("reason"), time: try instant("time"))
    }
}
