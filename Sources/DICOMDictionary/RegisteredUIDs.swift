import CDICOMTables

/// The UIDs that PS3.6 registers: SOP classes, transfer syntaxes, well-known instances and frames of reference, coding
/// schemes, and the context groups of PS3.16. They identify nobody and are never replaced.
public enum RegisteredUIDs {
    public struct Entry: Hashable, Sendable {
        public var name: String
        /// `SOP Class`, `Transfer Syntax`, `Well-known frame of reference`, `Context Group`.
        public var kind: String

        public init(name: String, kind: String) {
            self.name = name
            self.kind = kind
        }
    }

    /// The entry of a UID, written without padding.
    public static func entry(for uid: String) -> Entry? {
        let index = Tables.findUID(uid)
        guard index >= 0 else { return nil }
        let row = cdicom_uid_at(index)
        return Entry(name: Tables.uidText(row.name), kind: Tables.uidText(row.kind))
    }

    /// Every entry, by its UID.
    public static var all: [(uid: String, entry: Entry)] {
        (0..<cdicom_uid_count).map { index in
            let row = cdicom_uid_at(index)
            return (Tables.uidText(row.uid), Entry(name: Tables.uidText(row.name), kind: Tables.uidText(row.kind)))
        }
    }
}
