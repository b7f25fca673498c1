import Foundation
import Glibc

/// Programs begun and waited for on threads of our own. Foundation's `Process` hears of ends through sockets that it selects on,
/// and misses some while hundreds of others are opened and closed in the same process, as tests of associations do.
enum Spawn {
    struct Failure: Error { var number: Int32 }

    /// - Parameters: descriptors for standard input, output and error.
    /// - Returns: the process.
    static func begin(
        _ arguments: [String], folder: URL?, input: Int32, output: Int32, errors: Int32
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (from, to) in [(input, 0), (output, 1), (errors, 2)] {
            posix_spawn_file_actions_adddup2(&actions, from, Int32(to))
        }
        let arguments = (folder.map { ["env", "-C", $0.path] } ?? []) + arguments
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        defer { for word in words { free(word) } }
        words.append(nil)
        var process = pid_t()
        let status = posix_spawnp(&process, arguments.first ?? "", &actions, nil, words, environ)
        guard status == 0 else { throw Failure(number: status) }
        return process
    }

    /// Blocks until it has ended. 128 and the signal for one that was killed.
    static func wait(_ process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    /// A descriptor that no other program inherits.
    static func open(_ path: String, _ flags: Int32) throws -> Int32 {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(number: errno) }
        return descriptor
    }

    /// Two ends that no other program inherits. (A socket, for a pipe cannot be made so in one step from Swift.)
    static func pipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Failure(number: errno) }
        return (ends[0], ends[1])
    }

    /// Blocks; an empty array is the end.
    static func read(_ descriptor: Int32) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            return Array(bytes.prefix(max(0, count)))
        }
    }

    /// Runs a program and blocks until it has ended. What it writes goes to one pipe, read whole.
    static func run(_ arguments: [String], folder: URL? = nil) throws -> (status: Int32, output: String) {
        let null = try open("/dev/null", O_RDWR)
        defer { close(null) }
        let (reading, writing) = try pipe()
        defer { close(reading) }
        let process: pid_t
        do {
            process = try begin(
                ["timeout", "-k", "5", "600"] + arguments, folder: folder, input: null, output: writing,
                errors: writing)
        } catch {
            close(writing)
            throw error
        }
        close(writing)
        var output: [UInt8] = []
        while true {
            let part = read(reading)
            if part.isEmpty { break }
            output += part
        }
        return (wait(process), String(decoding: output, as: UTF8.self))
    }
}
