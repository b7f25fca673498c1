internal import CustodyLog
internal import Foundation
internal import GRDB

extension SQLiteTransaction: StorageWriting {
    func nextNumber(_ kind: NumberedKind) throws -> Int64 {
        let row = try row(
            """
            INSERT INTO numbers (kind, last) VALUES (?, 1) ON CONFLICT (kind) DO UPDATE SET last = last + 1
            RETURNING last
            """, [kind.rawValue])
        guard let row else { throw SQLiteRow.damaged }
        return try row.integer("last")
    }

    func logSize() throws -> Int {
        Int(try row("SELECT max(position) AS last FROM leaves")?.optionalInteger("last") ?? -1) + 1
    }

    func leafBytes(at index: Int) throws -> [UInt8]? {
        try row("SELECT bytes FROM leaves WHERE position = ?", [index])?.bytes("bytes")
    }

    func leafBytes(in range: Range<Int>) throws -> [[UInt8]] {
        try rows(
            "SELECT bytes FROM leaves WHERE position >= ? AND position < ? ORDER BY position",
            [range.lowerBound, range.upperBound]
        ).map { try $0.bytes("bytes") }
    }

    /// The nodes of level 0 are not stored: they are the hashes of the leaves.
    func node(at position: NodePosition) throws -> LogHash? {
        if position.level == 0 { return try leafBytes(at: position.index).map(LogHash.leaf) }
        let row = try row(
            "SELECT hash FROM nodes WHERE level = ? AND position = ?", [position.level, position.index])
        return try row.flatMap { LogHash(try $0.bytes("hash")) }
    }

    func openings(at index: Int) throws -> [Opening] {
        try rows("SELECT * FROM openings WHERE leaf = ? ORDER BY place", [index]).map {
            Opening(name: try $0.text("name"), value: try $0.text("value"), salt: try $0.bytes("salt"))
        }
    }

    func nodeCount() throws -> Int { Int(try row("SELECT count(*) AS n FROM nodes")?.integer("n") ?? 0) }

    func leaves(about subject: LeafSubject) throws -> [Int] {
        try rows("SELECT leaf FROM subjects WHERE subject = ? ORDER BY leaf", [subject.key]).map {
            Int(try $0.integer("leaf"))
        }
    }

    func leaves(about subject: LeafSubject, last limit: Int) throws -> [Int] {
        try rows(
            "SELECT leaf FROM subjects WHERE subject = ? ORDER BY leaf DESC LIMIT ?",
            [subject.key, Self.bounded(limit)]
        ).map { Int(try $0.integer("leaf")) }
    }

    func appendLeaf(_ leaf: EventLeaf, openings: [Opening], nodes: [TreeNode], about: Set<LeafSubject>) throws {
        let position = try logSize()
        try execute("INSERT INTO leaves (position, bytes) VALUES (?, ?)", [position, Data(leaf.bytes)])
        for node in nodes where node.position.level > 0 {
            try execute(
                "INSERT INTO nodes (level, position, hash) VALUES (?, ?, ?)",
                [node.position.level, node.position.index, Data(node.hash.bytes)])
        }
        for (place, opening) in openings.enumerated() {
            try execute(
                "INSERT INTO openings (leaf, place, name, value, salt) VALUES (?, ?, ?, ?, ?)",
                [position, place, opening.name, opening.value, Data(opening.salt)])
        }
        for subject in Set(about.map(\.key)).sorted() {
            try execute("INSERT INTO subjects (subject, leaf) VALUES (?, ?)", [subject, position])
        }
    }

    func removeOpenings(ofLeaf index: Int) throws {
        try execute("DELETE FROM openings WHERE leaf = ?", [index])
    }

    func remove(_ subject: LeafSubject, ofLeaf index: Int) throws {
        try execute("DELETE FROM subjects WHERE subject = ? AND leaf = ?", [subject.key, index])
    }

    func meta(_ name: String) throws -> String? {
        try row("SELECT value FROM meta WHERE name = ?", [name])?.text("value")
    }

    func setMeta(_ name: String, _ value: String) throws {
        try execute(
            "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
            [name, value])
    }
}

extension LeafSubject {
    /// As it stands in the index.
    var key: String {
        switch self {
        case .patient(let key): Anchor.text(.patientID, key)
        case .study(let uid): Anchor.text(.studyInstanceUID, uid)
        case .instance(let uid): Anchor.text(.sopInstanceUID, uid)
        }
    }
}
