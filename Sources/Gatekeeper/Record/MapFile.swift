/// Input path, output path and disposition of every input: the one file that says which is which.
enum MapFile {
    static let header = Array("input\toutput\tdisposition\n".utf8)

    /// One line. Backslashes, tabs and line ends in a path are written `\\`, `\t`, `\n`, `\r`; other bytes as they are.
    static func line(input: [UInt8], output: String?, result: Outcome.Result) -> [UInt8] {
        line(input: input, output: output, word: result.rawValue)
    }

    static func line(input: [UInt8], output: String?, word: String) -> [UInt8] {
        escaped(input) + [tab] + escaped(Array((output ?? "").utf8)) + [tab] + Array("\(word)\n".utf8)
    }

    private static let tab = UInt8(ascii: "\t")

    private static func escaped(_ bytes: [UInt8]) -> [UInt8] {
        bytes.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "\\"): Array("\\\\".utf8)
            case UInt8(ascii: "\t"): Array("\\t".utf8)
            case UInt8(ascii: "\n"): Array("\\n".utf8)
            case UInt8(ascii: "\r"): Array("\\r".utf8)
            default: [byte]
            }
        }
    }
}
