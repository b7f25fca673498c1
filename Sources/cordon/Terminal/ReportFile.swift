import Glibc
import Host
import Inputs

/// A file that was asked for beside what is printed. For its owner only: it may hold what names somebody.
enum ReportFile {
    static func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

    static func write(_ bytes: [UInt8], to path: String) throws {
        let number = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard number >= 0 else {
            throw RunError(.arguments, "`\(path)` cannot be written: \(SystemError.last("open"))")
        }
        let file = Descriptor(number)
        // One that is there was opened with the permissions that it has. Devices are nobody's to change.
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT != S_IFREG || fchmod(number, 0o600) == 0 else {
            throw RunError(.arguments, "`\(path)` cannot be kept to its owner: \(SystemError.last("fchmod"))")
        }
        do throws(SystemError) {
            try bytes.withUnsafeBytes { bytes in Result { () throws(SystemError) in try file.write(bytes) } }.get()
        } catch {
            throw RunError(.output, "`\(path)` cannot be written: \(error)")
        }
    }
}
