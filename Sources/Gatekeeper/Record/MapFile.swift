import Glibc
import Inputs

/// Input path, output path and disposition of every input: the one file that says which is which. It names patients, so
/// only its owner may read it, and it may not lie in OUT.
struct MapFile {
    let path: String

    init(_ path: String, output: PathBytes?) throws(RunError) {
        try Self.check(path, isOutside: output, "map")
        self.path = path
    }

    /// A file that names patients lies outside OUT, in a folder that is there.
    static func check(_ path: String, isOutside output: PathBytes?, _ what: String) throws(RunError) {
        guard let folder = PathBytes(path).folder.resolved else {
            throw RunError(.arguments, "the folder of the \(what) is not there; make it first")
        }
        if let output, folder.isWithin(output) {
            throw RunError(.arguments, "the \(what) names patients and may not lie in OUT; name a file elsewhere")
        }
    }

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
