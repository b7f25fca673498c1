/// A place in a rule file. Lines and columns count from 1; columns count characters.
public struct SourceLocation: Hashable, Comparable, Sendable {
    /// The first file as the user gave it, others by the way from there that `include` and `href` name, without
    /// `folder/..`: a terminal opens it at a click.
    public var file: String
    public var line: Int
    public var column: Int

    public init(file: String, line: Int, column: Int = 1) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// Of what every rule set has without saying so.
    public static let builtIn = SourceLocation(file: "", line: 0, column: 0)

    public static func < (left: SourceLocation, right: SourceLocation) -> Bool {
        (left.file, left.line, left.column) < (right.file, right.line, right.column)
    }
}

extension SourceLocation: CustomStringConvertible {
    public var description: String { self == .builtIn ? "no file" : "\(file):\(line):\(column)" }
}
