internal import Glibc
internal import Host

/// A file's lines, one in memory at a time.
enum TextLines {
    static func forEach(_ path: String, _ body: (String) throws -> Void) throws {
        guard let file = fopen(path, "re") else { throw SystemError.last("open") }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while true {
            let count = getline(&line, &capacity, file)
            guard count > 0, let start = line else { break }
            let bytes = UnsafeRawBufferPointer(start: start, count: count)
            try body(String(decoding: bytes.last == 0x0A ? bytes.dropLast() : bytes[...], as: UTF8.self))
        }
        guard ferror(file) == 0 else { throw SystemError.last("read") }
    }
}
