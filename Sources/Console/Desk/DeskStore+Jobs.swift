internal import Foundation
internal import GRDB
internal import Host
internal import Registry

/// Productions: what is to be done, and what came of it.
extension DeskStore {
    /// - Returns: the job's number.
    func add(
        _ task: ProductionJob.Task, name: String, isVerification: Bool, by person: String, at time: Instant
    ) throws -> Int64 {
        let text = try Self.text(task)
        return try Self.translated {
            try queue.write { database in
                try database.execute(
                    sql:
                        "INSERT INTO jobs (name, person, began, task, result, verification) VALUES (?, ?, ?, ?, NULL, ?)",
                    arguments: [name, person, time.milliseconds, text, isVerification])
                return database.lastInsertedRowID
            }
        }
    }

    /// Writes down that a job is begun, before it is.
    func begin(job id: Int64) throws { try change("attempts = attempts + 1", ofJob: id) }

    /// It was stopped with the console, and is not what ended it.
    func forgetAttempts(job id: Int64) throws { try change("attempts = 0", ofJob: id) }

    private func change(_ sql: String, ofJob id: Int64) throws {
        try Self.translated {
            try queue.write { try $0.execute(sql: "UPDATE jobs SET \(sql) WHERE id = ?", arguments: [id]) }
        }
    }

    /// What came of a job. What was to be done is forgotten, and of all jobs the newest alone are remembered.
    func finish(job id: Int64, _ result: ProductionJob.Result, keeping most: Int) throws {
        let text = try Self.text(result)
        try Self.translated {
            try queue.write { database in
                try database.execute(
                    sql: "UPDATE jobs SET result = ?, task = NULL WHERE id = ?", arguments: [text, id])
                try database.execute(
                    sql: """
                        DELETE FROM jobs WHERE result IS NOT NULL
                        AND id NOT IN (SELECT id FROM jobs WHERE result IS NOT NULL ORDER BY id DESC LIMIT ?)
                        """, arguments: [most])
            }
        }
    }

    /// The oldest first, with what is still to be done, and how often it was begun.
    func jobs() throws -> [(job: ProductionJob, task: ProductionJob.Task?, attempts: Int)] {
        try Self.translated {
            try queue.read { database in
                try Row.fetchAll(database, sql: "SELECT * FROM jobs ORDER BY id").map { row in
                    var job = ProductionJob(
                        id: row["id"], name: row["name"], isVerification: row["verification"], person: row["person"],
                        began: Instant(milliseconds: row["began"]))
                    let result: ProductionJob.Result? = Self.value(row["result"])
                    if let result { job.state = result.failure.map { .failed($0) } ?? .done(result) }
                    return (job, result == nil ? Self.value(row["task"]) : nil, row["attempts"])
                }
            }
        }
    }

    private static func text(_ value: some Encodable) throws -> String {
        guard let data = try? JSONEncoder().encode(value) else {
            throw RegistryError(.invalid, "a job of the console cannot be written", advice: "please report this")
        }
        return String(decoding: data, as: UTF8.self)
    }

    private static func value<Value: Decodable>(_ text: String?) -> Value? {
        text.flatMap { try? JSONDecoder().decode(Value.self, from: Data($0.utf8)) }
    }
}
