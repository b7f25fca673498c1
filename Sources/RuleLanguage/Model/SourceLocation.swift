/// A place in a rule file. Lines and columns count from 1; columns count characters.
public struct SourceLocation: Hashable, Comparable, Sendable {
    /// As the user wrote it on the command line or in `include`, relative to the first file's folder where possible.
    public var file: String
    public var line: Int
    public var column: Int

    public init(file: String, line: Int, column: Int = 1) {
        self.file = file
        self.line = line
        self.column = column
    }

    public static func < (left: SourceLocation, right: SourceLocation) -> Bool {
        (left.file, left.line, left.column) < (right.file, right.line, right.column)
    }
}

extension SourceLocation: CustomStringConvertible {
    public var description: String { "\(file):\(line):\(column)" }
}
