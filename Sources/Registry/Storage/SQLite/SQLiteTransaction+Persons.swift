internal import GRDB

/// People who have several names.
extension SQLiteTransaction {
    func representative(ofPerson key: String) throws -> String? {
        try row("SELECT same FROM persons WHERE key = ?", [key])?.text("same")
    }

    func linkedNames() throws -> [(name: String, same: String)] {
        try rows("SELECT name, same FROM persons ORDER BY key").map { (try $0.text("name"), try $0.text("same")) }
    }

    func setSame(_ names: [String], as same: String) throws {
        for name in names {
            let key = FoldedText.key(name)
            if let before = try representative(ofPerson: key) {
                try execute("UPDATE persons SET same = ? WHERE same = ?", [same, before])
            }
            try execute(
                "INSERT INTO persons (key, name, same) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET same = ?3",
                [key, name, same])
        }
    }
}
