internal import GRDB
package import Host

/// An instance that came and was stored: who sent it, and what it says that it is.
package struct Arrival: Sendable, Hashable {
    /// Of the file in the vault, 64 hexadecimal digits.
    package var digest: String
    /// Of the file that the data set is by an association: the same whether it came by DIMSE or by DICOMweb.
    package var content: String
    /// The peer's id.
    package var peer: String
    package var sop: String
    package var sopClass: String
    package var syntax: String
    /// Study Instance UID, or `!` and the digest.
    package var study: String
    package var size: Int64
    /// Why it is passed on to nobody, whatever the rules say.
    package var problem: String?
    /// Of several instances with its UID a person chose this one.
    package var isChosen = false
    package var time: Instant

    init(
        digest: String, content: String, peer: String, sop: String, sopClass: String, syntax: String, study: String,
        size: Int64, problem: String?, time: Instant
    ) {
        self.digest = digest
        self.content = content
        self.peer = peer
        self.sop = sop
        self.sopClass = sopClass
        self.syntax = syntax
        self.study = study
        self.size = size
        self.problem = problem
        self.time = time
    }

    fileprivate init(_ row: Row) {
        self.init(
            digest: row["digest"], content: row["content"], peer: row["peer"], sop: row["sop"], sopClass: row["class"],
            syntax: row["syntax"], study: row["study"], size: row["size"], problem: row["problem"],
            time: Instant(milliseconds: row["time"]))
        isChosen = row["chosen"]
    }
}

extension GatewayJournal {
    /// Writes down that an instance came; its study settles anew. The same bytes from the same peer change nothing.
    ///
    /// - Parameter settling: how long the study waits after this instance, and at most after its first.
    /// - Returns: whether it is new.
    func add(_ arrival: Arrival, settling: GatewayConfiguration.Settling.Time) throws(GatewayError) -> Bool {
        try write { database in
            try database.run(
                sql: """
                    INSERT INTO arrivals (digest, content, peer, sop, class, syntax, study, size, problem, time)
                    VALUES (?, IFNULL((SELECT content FROM arrivals WHERE digest = ?), ?), ?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (digest, peer) DO NOTHING
                    """,
                // The same bytes are the same content, also where an earlier version reckoned it otherwise.
                arguments: [
                    arrival.digest, arrival.digest, arrival.content, arrival.peer, arrival.sop, arrival.sopClass,
                    arrival.syntax,
                    arrival.study, arrival.size, arrival.problem, arrival.time.milliseconds,
                ])
            guard database.changesCount > 0 else { return false }
            let now = arrival.time.milliseconds
            // A study that waits goes on waiting, at most until its time is over. One that was decided begins anew, and so does
            // one whose time is over: it may be in the midst of being decided, without this instance, and is due again.
            try database.run(
                sql: """
                    INSERT INTO studies (study, first, last, due) VALUES (:study, :now, :now, :now + :after)
                    ON CONFLICT (study) DO UPDATE SET
                        first = CASE WHEN due IS NULL OR due <= :now THEN :now ELSE first END,
                        due = CASE WHEN due IS NULL OR due <= :now THEN MAX(:now + :after, IFNULL(due, 0) + 1)
                                   ELSE MIN(:now + :after, MAX(first + :most, due)) END,
                        last = :now, attempts = 0
                    """,
                arguments: [
                    "study": arrival.study, "now": now, "after": settling.after,
                    "most": max(settling.most, settling.after),
                ])
            // Other bytes with its UID came in another study: that is decided anew, too.
            if !arrival.sop.isEmpty {
                try database.run(
                    sql: """
                        UPDATE studies SET due = MAX(:now + :after, IFNULL(due, 0) + 1), first = :now, attempts = 0
                        WHERE study IN
                            (SELECT study FROM arrivals WHERE sop = :sop AND content <> :content AND study <> :study)
                        """,
                    arguments: [
                        "now": now, "after": settling.after, "sop": arrival.sop, "content": arrival.content,
                        "study": arrival.study,
                    ])
            }
            return true
        }
    }

    /// Of a study, in the order in which they came.
    func arrivals(ofStudy study: String) throws(GatewayError) -> [Arrival] {
        try read {
            try Row.fetchAll($0, sql: "SELECT * FROM arrivals WHERE study = ? ORDER BY id", arguments: [study]).map(
                Arrival.init)
        }
    }

    func arrivals(ofInstance sop: String) throws(GatewayError) -> [Arrival] {
        try read {
            try Row.fetchAll($0, sql: "SELECT * FROM arrivals WHERE sop = ? ORDER BY id", arguments: [sop]).map(
                Arrival.init)
        }
    }

    func arrivals(ofDigest digest: String) throws(GatewayError) -> [Arrival] {
        try read {
            try Row.fetchAll($0, sql: "SELECT * FROM arrivals WHERE digest = ? ORDER BY id", arguments: [digest]).map(
                Arrival.init)
        }
    }

    /// Another arrival, or the same, of an instance that came in several forms.
    private struct Form {
        var sop: String
        var digest: String
        var content: String
        /// Whether something of it waits to leave, or has left.
        var isCopied: Bool
    }

    /// What came by the SOP Instance UIDs that `sql` gives, each form once.
    private func forms(_ sql: String, _ argument: String) throws(GatewayError) -> [Form] {
        let states = Delivery.State.allCases.filter(\.mayBeThere)
        let marks = states.map { _ in "?" }.joined(separator: ", ")
        return try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT DISTINCT sop, digest, content, EXISTS (
                        SELECT 1 FROM deliveries WHERE deliveries.digest = arrivals.digest AND isNote = 0
                        AND state IN (\(marks))) AS copied
                    FROM arrivals WHERE sop IN (\(sql))
                    """, arguments: StatementArguments(states.map(\.rawValue) + [argument])
            ).map { Form(sop: $0["sop"], digest: $0["digest"], content: $0["content"], isCopied: $0["copied"]) }
        }
    }

    /// SOP Instance UIDs of a study of which other bytes came, too, in this study or another. What was removed with permission counts
    /// where a copy of it is, or may come to be: whoever has it is to have no other by that UID unless a person says so.
    ///
    /// - Parameter isRemoved: whether the original with a digest was removed.
    func contested(
        inStudy study: String, isRemoved: (_ digest: String) throws -> Bool
    ) throws(GatewayError) -> Set<String> {
        let forms = try forms(
            """
            SELECT own.sop FROM arrivals own JOIN arrivals other ON other.sop = own.sop
            WHERE own.study = ? AND own.sop <> '' AND other.content <> own.content
            """, study)
        return try GatewayError.wrapping("what came in several forms") {
            var contents: [String: Set<String>] = [:]
            for form in forms where try form.isCopied || !isRemoved(form.digest) {
                contents[form.sop, default: []].insert(form.content)
            }
            return Set(contents.filter { $0.value.count > 1 }.keys)
        }
    }

    /// Studies in which other forms of an instance came.
    func studies(ofOtherFormsOf digest: String) throws(GatewayError) -> Set<String> {
        try read { database in
            Set(
                try String.fetchAll(
                    database,
                    sql: """
                        SELECT DISTINCT other.study FROM arrivals own JOIN arrivals other ON other.sop = own.sop
                        WHERE own.digest = ? AND own.sop <> '' AND other.content <> own.content
                        """, arguments: [digest]))
        }
    }

    /// A person chose one of several instances with the same UID; its study is decided anew.
    ///
    /// - Parameter isRemoved: whether the original with a digest was removed: such a one is not chosen, and is nothing beside which
    ///   another is chosen, unless there are copies of it.
    /// - Returns: whether there was something to choose.
    package func choose(
        _ digest: String, at now: Instant, isRemoved: (_ digest: String) throws -> Bool
    ) throws(GatewayError) -> Bool {
        let forms = try forms("SELECT sop FROM arrivals WHERE digest = ? AND sop <> ''", digest)
        let gone = try GatewayError.wrapping("what came in several forms") {
            Set(try forms.filter { try ($0.digest == digest || !$0.isCopied) && isRemoved($0.digest) }.map(\.digest))
        }
        guard !gone.contains(digest) else { return false }
        return try write { database in
            let own = try Row.fetchAll(
                database, sql: "SELECT DISTINCT sop, content, study FROM arrivals WHERE digest = ? AND sop <> ''",
                arguments: [digest])
            guard let first = own.first else { return false }
            let sop: String = first["sop"], content: String = first["content"]
            var others: [String] = []
            for row in try Row.fetchAll(
                database, sql: "SELECT DISTINCT study, digest FROM arrivals WHERE sop = ? AND content <> ?",
                arguments: [sop, content])
            {
                let other: String = row["digest"]
                if !gone.contains(other) { others.append(row["study"]) }
            }
            guard !others.isEmpty else { return false }
            try database.run(
                sql: "UPDATE arrivals SET chosen = (content = ?) WHERE sop = ?", arguments: [content, sop])
            for study in Set(others + own.map { $0["study"] }) {
                try database.run(
                    sql: "UPDATE studies SET due = :now + (due IS :now), attempts = 0 WHERE study = :study",
                    arguments: ["now": now.milliseconds, "study": study])
            }
            return true
        }
    }
}
