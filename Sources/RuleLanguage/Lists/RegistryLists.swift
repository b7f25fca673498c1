/// The lists that a registry keeps, as the loader asks for them.
public struct RegistryLists: Sendable {
    /// The rows of a list: its columns first, then a cell for each. Nil when there is no such list.
    let rows: @Sendable (String) -> [[String]]?

    public init(_ rows: @escaping @Sendable (_ name: String) -> [[String]]?) { self.rows = rows }

    /// As a file would have it, so that a list means the same wherever it is kept (RFC 4180).
    func text(of name: String) -> [UInt8]? {
        rows(name).map { rows in
            var text: [UInt8] = []
            for row in rows {
                for (column, cell) in row.enumerated() {
                    if column > 0 { text.append(UInt8(ascii: ",")) }
                    text += Self.quoted(cell)
                }
                text += [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
            }
            return text
        }
    }

    /// Byte by byte: a quote that a combining mark follows is a quote still.
    private static func quoted(_ text: String) -> [UInt8] {
        let quote = UInt8(ascii: "\"")
        var bytes = [quote]
        for byte in text.utf8 {
            if byte == quote { bytes.append(quote) }
            bytes.append(byte)
        }
        return bytes + [quote]
    }
}
