internal import GRDB
internal import Host

/// Reads columns; a value of another kind than what we write is damage.
struct SQLiteRow {
    let row: Row

    static let damaged = RegistryError(
        .damaged, "a row of the registry is not as it was written",
        advice: "run `cordon registry check`, and restore a backup")

    func text(_ column: String) throws -> String {
        guard case .string(let text) = (row[column] as DatabaseValue).storage else { throw Self.damaged }
        return text
    }

    func optionalText(_ column: String) throws -> String? {
        (row[column] as DatabaseValue).isNull ? nil : try text(column)
    }

    func integer(_ column: String) throws -> Int64 {
        guard case .int64(let number) = (row[column] as DatabaseValue).storage else { throw Self.damaged }
        return number
    }

    func optionalInteger(_ column: String) throws -> Int64? {
        (row[column] as DatabaseValue).isNull ? nil : try integer(column)
    }

    func bytes(_ column: String) throws -> [UInt8] {
        switch (row[column] as DatabaseValue).storage {
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
