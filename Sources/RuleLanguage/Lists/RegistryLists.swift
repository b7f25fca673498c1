/// The lists that a registry keeps, as the loader asks for them.
public struct RegistryLists: Sendable {
    /// The rows of a list: its columns first, then a cell for each. Nil when there is no such list.
    let rows: @Sendable (String) -> [[String]]?

    public init(_ rows: @escaping @Sendable (_ name: String) -> [[String]]?) { self.rows = rows }

    /// As a file would have it, so that a list means the same wherever it is kept (RFC 4180).
    func text(of name: String) -> [UInt8]? {
        rows(name).map { rows in
            Array(rows.map { $0.map(Self.cell).joined(separator: ",") + "\r\n" }.joined().utf8)
        }
    }

    private static func cell(_ text: String) -> String {
        "\"" + text.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
    }
}
