internal import Crypto
internal import CustodyLog
public import Host

extension Registry {
    /// Adds rows to a named list and takes others away, all or none. The first change makes the list and its columns.
    ///
    /// - Parameter columns: what the cells of a row are: `PatientID`, `IssuerOfPatientID`. The same each time.
    /// - Returns: the list as it stands then.
    @discardableResult
    public func change(
        list name: String, columns: [String], adding added: [[String]] = [], removing removed: [[String]] = [],
        reason: String, by person: Person, at time: Instant
    ) throws -> ListSnapshot {
        try Words.check(name, "name of the list")
        try Words.check(reason, "reason")
        for column in columns { try Words.check(column, "name of a column") }
        guard !columns.isEmpty, Set(columns).count == columns.count else {
            throw RegistryError(.invalid, "a list has columns with different names", advice: "name each column once")
        }
        for row in added + removed {
            guard row.count == columns.count, row.first.map({ !$0.isEmpty }) ?? false else {
                throw RegistryError(
                    .invalid, "a row does not have a cell for each column, the first one filled",
                    advice: "give \(columns.count) cells")
            }
        }
        return try storage.write { transaction in
            if let known = try transaction.listColumns(name) {
                guard known == columns else {
                    throw RegistryError(
                        .conflict, "the list has other columns",
                        advice: "its columns are \(known.joined(separator: ", "))")
                }
            } else {
                try transaction.insertList(name, columns: columns)
            }
            let wish = Wish(person: person, reason: reason, time: time)
            let gone = try removed.map { cells in
                guard let row = try transaction.listRow(name, cells: cells) else {
                    throw RegistryError(
                        .unknown, "a row to remove is not on the list", advice: "look at the list first")
                }
                return row
            }
            // What is on the list already stays as it was put there.
            var seen = Set<[String]>()
            let new = try added.filter { cells in
                guard seen.insert(cells).inserted else { return false }
                return try transaction.listRow(name, cells: cells) == nil || removed.contains(cells)
            }
            let before = try transaction.snapshot(name)
            let leaf = try transaction.logSize()
            let after = Set(before.rows).subtracting(removed).union(new)
            let digest = ListSnapshot.digest(
                name: name, columns: columns, rows: after.sorted(by: ListSnapshot.precedes))
            let changes = removed.map { ("removed", $0) } + new.map { ("added", $0) }
            let event = CustodyEvent(
                .listChanged, time: time, actor: person.name,
                facts: [
                    CustodyEvent.Fact("list", name), CustodyEvent.Fact("added", String(new.count)),
                    CustodyEvent.Fact("removed", String(removed.count)), CustodyEvent.Fact("rows", String(after.count)),
                    CustodyEvent.Fact("before", before.digest), CustodyEvent.Fact("digest", digest),
                    CustodyEvent.Fact("changes", Self.digest(of: changes)),
                ],
                personal: [CustodyEvent.Fact("reason", reason)]
                    + changes.prefix(1000).map { CustodyEvent.Fact($0.0, CellsText.text($0.1)) })
            try transaction.append(event, about: Self.subjects(columns, removed + new))
            for row in gone { try transaction.setRemoved(wish, ofListRow: row.id, leaf: leaf) }
            for cells in new {
                let row = ListRow(
                    id: try transaction.nextNumber(.listRow), list: name, cells: cells, added: wish, removed: nil)
                try transaction.insert(row, leaf: leaf)
            }
            return try transaction.snapshot(name)
        }
    }

    /// The list as it stands; nil when there is none.
    public func list(_ name: String) throws -> ListSnapshot? {
        try storage.read { try $0.listColumns(name) == nil ? nil : $0.snapshot(name) }
    }

    public func listNames() throws -> [String] { try storage.read { try $0.listNames() } }

    /// Every row that ever was, with who put it there and who took it away.
    public func history(ofList name: String) throws -> [ListRow] {
        try storage.read { try $0.listRows(name, removedToo: true) }
    }

    /// Rows that a change of a list brought, and those that it took away.
    ///
    /// - Parameter leaf: of the change, on the custody log.
    public func listRows(ofLeaf leaf: Int) throws -> [ListRow] { try storage.read { try $0.listRows(ofLeaf: leaf) } }

    private static func digest(of changes: [(String, [String])]) -> String {
        ContentDigest(of: changes.map { "\($0.0)\t\(CellsText.text($0.1))\n" }.joined().utf8).hexadecimal
    }

    /// Patients and studies that rows name.
    private static func subjects(_ columns: [String], _ rows: [[String]]) -> Set<LeafSubject> {
        var subjects = Set<LeafSubject>()
        for row in rows {
            for (column, cell) in zip(columns, row) where !cell.isEmpty {
                switch InstanceAttribute(rawValue: column) {
                case .patientID: subjects.insert(.patient(FoldedText.key(cell)))
                case .studyInstanceUID: subjects.insert(.study(FoldedText.trimmed(cell)))
                case .sopInstanceUID: subjects.insert(.instance(FoldedText.trimmed(cell)))
                default: break
                }
            }
        }
        return subjects
    }
}

extension StorageReading {
    fileprivate func snapshot(_ name: String) throws -> ListSnapshot {
        let columns = try listColumns(name) ?? []
        let rows = try listRows(name, removedToo: false).map(\.cells).sorted(by: ListSnapshot.precedes)
        return ListSnapshot(
            name: name, columns: columns, rows: rows,
            digest: ListSnapshot.digest(name: name, columns: columns, rows: rows))
    }
}

extension ListSnapshot {
    static func precedes(_ left: [String], _ right: [String]) -> Bool {
        CellsText.text(left).utf8.lexicographicallyPrecedes(CellsText.text(right).utf8)
    }

    /// Of lines: the name, the columns, each row, cells separated by tabs.
    static func digest(name: String, columns: [String], rows: [[String]]) -> String {
        var hash = SHA256()
        for line in [[name], columns] + rows { hash.update(data: Array((CellsText.text(line) + "\n").utf8)) }
        return ContentDigest(hash.finalize()).hexadecimal
    }
}
