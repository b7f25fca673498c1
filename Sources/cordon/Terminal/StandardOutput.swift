import Glibc
import Host
import Inputs

/// Standard output: what was asked for. Nothing else goes there.
enum StandardOutput {
    /// Prints a line. When the reader has gone away there is nobody to tell, and the process ends as `SIGPIPE` would
    /// end it; when it cannot be written for another reason, that is told and has the status of a failure.
    static func print(_ text: String) { write(text + "\n") }

    static func write(_ text: String) { write(Array(text.utf8)) }

    static func write(_ bytes: [UInt8]) {
        do throws(SystemError) {
            try bytes.withUnsafeBytes { bytes in Result { () throws(SystemError) in try whole(bytes, STDOUT_FILENO) } }
                .get()
        } catch {
            if error.code == EPIPE { exit(128 + SIGPIPE) }
            StandardError.fail("standard output cannot be written: \(error)", .failed)
        }
    }

    fileprivate static func whole(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32) throws(SystemError) {
        var count = 0
        while count < bytes.count {
            let part = Glibc.write(descriptor, bytes.baseAddress.map { $0 + count }, bytes.count - count)
            if part >= 0 {
                count += part
            } else if errno != EINTR {
                throw .last("write")
            }
        }
    }

    /// Takes the places of standard streams that are closed: else the next file that is opened would have the place, and
    /// what is printed would go into it.
    static func keepPlaces() {
        for place in STDIN_FILENO...STDERR_FILENO where fcntl(place, F_GETFD) < 0 {
            // Not to be written to: who closed standard output hears that nothing can be printed.
            _ = open("/dev/null", place == STDERR_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}

/// Standard error: what went wrong, never with patient data. With `--json` each message is an object on a line.
enum StandardError {
    static let isJSON = CommandLine.arguments.dropFirst().prefix { $0 != "--" }.contains {
        $0 == "--json" || $0.hasPrefix("--json=")
    }

    /// Something that whoever asked should know.
    static func print(_ text: String) { write(isJSON ? JSON.object(["note": .string(text)]).text : text) }

    /// What was wrong in rules.
    static func print(_ finding: JSON, text: String) { write(isJSON ? JSON.object(["finding": finding]).text : text) }

    /// Says why nothing more is done, and ends the process.
    static func fail(_ text: String, _ status: ExitStatus) -> Never {
        let object = JSON.object(["error": .string(text), "status": .number(Int(status.rawValue))])
        write(isJSON ? object.text : "error: " + text)
        exit(status.rawValue)
    }

    /// Text that says itself that it is an error.
    static func write(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        bytes.withUnsafeBytes { try? StandardOutput.whole($0, STDERR_FILENO) }
    }
}
