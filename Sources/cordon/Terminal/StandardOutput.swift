import Glibc

/// Standard output: what was asked for. Nothing else goes there.
enum StandardOutput {
    /// Prints a line. When the reader has gone away there is nobody to tell, and the process ends as `SIGPIPE` would
    /// end it.
    static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    static func write(_ text: String) { write(text, to: STDOUT_FILENO) }

    static func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { write($0, to: STDOUT_FILENO) }
    }

    fileprivate static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0), to: descriptor) }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
        var count = 0
        while count < bytes.count {
            let part = Glibc.write(descriptor, bytes.baseAddress.map { $0 + count }, bytes.count - count)
            if part >= 0 {
                count += part
            } else if errno != EINTR {
                if descriptor == STDOUT_FILENO { exit(128 + SIGPIPE) }
                return
            }
        }
    }
}

/// Standard error: what went wrong, never with patient data.
enum StandardError {
    static func print(_ text: String) { StandardOutput.write(text + "\n", to: STDERR_FILENO) }
}
