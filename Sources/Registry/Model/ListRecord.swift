/// A named list that rules ask, as it stands now.
public struct ListSnapshot: Hashable, Sendable {
    public var name: String
    /// What the columns are called: `PatientID`, `IssuerOfPatientID`.
    public var columns: [String]
    /// Cells in the order of the columns; sorted.
    public var rows: [[String]]
    /// SHA-256 of name, columns and rows, 64 hexadecimal digits. The same rows give the same digest.
    public var digest: String
}

/// A row of a list, with who put it there and who took it away.
public struct ListRow: Hashable, Sendable {
    public var id: Int64
    public var list: String
    public var cells: [String]
    public var added: Registry.Wish
    public var removed: Registry.Wish?
}
