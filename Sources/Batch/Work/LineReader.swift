import Glibc
package import Host

/// Lines of a file or a pipe, one at a time: a list of work may be longer than any memory.
package struct LineReader: ~Copyable {
    package enum Line: Sendable {
        case line([UInt8])
        /// Longer than any line of work is.
        case tooLong
    }

    /// In bytes.
    static let longest = 1 << 20

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var next = 0
    private var isAtEnd = false

    package init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// The next line that is not blank; nil at the end, or when the process was told to stop.
    package mutating func read() throws(SystemError) -> Line? {
        while let line = try readAny() {
            if case .line(let bytes) = line, bytes.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) { continue }
            return line
        }
        return nil
    }

    private mutating func readAny() throws(SystemError) -> Line? {
        var line: [UInt8] = []
        var isTooLong = false
        while true {
            let rest = buffer[next...]
            let end = rest.firstIndex(of: 0x0A)
            if !isTooLong { line += rest[..<(end ?? rest.endIndex)] }
            if line.count > Self.longest { (line, isTooLong) = ([], true) }
            next = end.map { $0 + 1 } ?? buffer.count
            if end != nil { return isTooLong ? .tooLong : .line(line) }
            guard try fill() else {
                if StopSignal.number != nil { return nil }
                return isTooLong ? .tooLong : line.isEmpty ? nil : .line(line)
            }
        }
    }

    /// Waits for more. Returns false at the end, and when the process was told to stop.
    private mutating func fill() throws(SystemError) -> Bool {
        while !isAtEnd {
            if StopSignal.number != nil { return false }
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&wait, 1, 200)
            if ready == 0 || ready < 0 && errno == EINTR { continue }
            guard ready > 0 else { throw .last("poll") }
            var piece = [UInt8](repeating: 0, count: 1 << 16)
            let count = piece.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .last("read") }
            isAtEnd = count == 0
            if isAtEnd { break }
            buffer = Array(piece[..<count])
            next = 0
            return true
        }
        buffer = []
        next = 0
        return false
    }
}
