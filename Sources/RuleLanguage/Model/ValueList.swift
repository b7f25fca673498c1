/// Rows of a CSV file, found by the values of their key columns.
public final class ValueList: Sendable {
    public let id: String
    /// The key columns, which are the keywords of the attributes they compare with unless a rule names others.
    public let keys: [String]
    public let count: Int
    public let location: SourceLocation
    /// Rows as tuples; a million fit (see `Lists/` for how they are stored).
    private let rows: Set<[String]>

    public init(id: String, keys: [String], rows: Set<[String]>, location: SourceLocation) {
        self.id = id
        self.keys = keys
        self.rows = rows
        self.count = rows.count
        self.location = location
    }

    /// What a look-up says.
    public enum Answer: Sendable, Hashable {
        case found
        case notFound
        /// A row agrees in what can be compared, and a column that the row fills has no value in the instance.
        case undecided
    }

    /// Looks a tuple up, one value for each key column; nil for an attribute that is absent or empty. An empty cell
    /// agrees with any value.
    public func contains(_ values: [String?]) -> Answer {
        rows.contains(values.map { $0 ?? "" }) ? .found : .notFound
    }
}
