package import Host
import Glibc

/// A list of paths, as `find` prints it: one a line, or each ended by NUL.
public enum PathList {
    public enum Separator: Sendable { case newline, nul }

    /// Paths in the order of the list; empty ones are left out. A carriage return before a newline is no part of a path.
    package static func paths(in bytes: [UInt8], separator: Separator) -> [PathBytes] {
        switch separator {
        case .nul: bytes.split(separator: 0).map { PathBytes(Array($0)) }
        case .newline:
            bytes.split(separator: UInt8(ascii: "\n")).map { line in
                PathBytes(Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line))
            }.filter { !$0.bytes.isEmpty }
        }
    }

    /// Why a list is not what it is said to be; nil when it may be.
    static func misreading(_ bytes: [UInt8], as separator: Separator) -> String? {
        let hasNUL = bytes.contains(0)
        switch separator {
        case .newline where hasNUL:
            return "the list on standard input has NUL in it, as `find -print0` writes; give -0 with it"
        case .nul where !hasNUL && bytes.contains(UInt8(ascii: "\n")):
            return "the list on standard input has lines and no NUL; leave out -0, or write it with `find -print0`"
        default: return nil
        }
    }

    /// Reads standard input to its end.
    package static func standardInput() throws(RunError) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = piece.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw RunError(.arguments, "the list on standard input cannot be read: \(SystemError.last("read"))")
            }
            if count == 0 { return bytes }
            bytes += piece[..<count]
        }
    }
}
