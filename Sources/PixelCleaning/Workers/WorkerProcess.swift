import Glibc

/// A running worker. It has one end of a pair of sockets as standard input, and nothing else of ours: no environment
/// but what it is given here, and it closes whatever else was left open. Used by one thread at a time.
///
/// It is handed from thread to thread, and never to two: whoever takes it out of the pool has it alone.
///
/// The one file of this module with `unsafe`.
final class WorkerProcess: @unchecked Sendable {
    private let program: WorkerProgram
    private let process: pid_t
    private let socket: Int32
    private var hasEnded = false

    init(_ program: WorkerProgram) throws(WorkerError) {
        self.program = program
        var ends: [Int32] = [-1, -1]
        // SAFETY: the array has room for the two descriptors that the system writes.
        let made = unsafe ends.withUnsafeMutableBufferPointer { buffer in
            unsafe socketpair(
                AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, buffer.baseAddress)
        }
        guard made == 0 else { throw WorkerError(.noMemory, "no socket can be had for a worker") }
        socket = ends[0]
        defer { close(ends[1]) }
        var started: pid_t = 0
        let failure = Self.start(program, input: ends[1], &started)
        guard failure == 0 else {
            close(ends[0])
            // A machine that has no process to spare has the program all the same.
            let isMissing = [ENOENT, ENOTDIR, EACCES, ENOEXEC].contains(failure)
            throw WorkerError(
                isMissing ? .notInstalled : .noMemory, "the program that reads pixels cannot be started")
        }
        process = started
    }

    deinit {
        close(socket)
        end()
    }

    /// - Returns: 0, or the number of the error.
    private static func start(_ program: WorkerProgram, input: Int32, _ process: inout pid_t) -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        guard unsafe posix_spawn_file_actions_init(&actions) == 0 else { return ENOMEM }
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        // Libraries print; what they print may hold anything.
        let prepared =
            unsafe posix_spawn_file_actions_adddup2(&actions, input, 0) == 0
            && posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) == 0
            && posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) == 0
        guard prepared else { return ENOMEM }
        let words = [program.path, "\(program.memory)", "\(program.processorSeconds)"] + program.arguments
        // One thread: recognition would start as many as there are processors.
        let environment = ["PATH=/usr/bin:/bin", "LC_ALL=C", "OMP_THREAD_LIMIT=1"]
        // SAFETY: both arrays of C strings end with nil, are ours, and are freed behind the call, which copies them.
        let arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        let variables = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer { unsafe (arguments + variables).forEach { unsafe free($0) } }
        return unsafe posix_spawn(&process, program.path, &actions, nil, arguments, variables)
    }

    /// Kills it, if it has not ended, and takes in how it ended.
    @discardableResult
    private func end() -> Int32 {
        guard !hasEnded else { return 0 }
        hasEnded = true
        kill(process, SIGKILL)
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// Hands over a request and waits for the answer. After an error the process has ended.
    ///
    /// - Parameter most: bytes that an answer may have.
    func answer(to request: WorkerMessage, most: Int) throws(WorkerError) -> WorkerMessage {
        guard !hasEnded else { throw WorkerError(.crashed, "the process that reads pixels has ended") }
        let deadline = Self.now + program.patience * 1000
        do throws(WorkerError) {
            try write(request.header, by: deadline)
            try write(request.bytes, by: deadline)
            let header = try read(WorkerMessage.headerByteCount, by: deadline)
            guard let (head, count) = WorkerMessage.read(header), count <= most else {
                throw WorkerError(.babbled, "the process that reads pixels answered something else")
            }
            var answer = head
            answer.bytes = try read(count, by: deadline)
            return answer
        } catch {
            throw ending(error)
        }
    }

    /// Why it ended, when it did so by itself.
    private func ending(_ error: WorkerError) -> WorkerError {
        guard error.code == .crashed else {
            end()
            return error
        }
        // The socket closed first: the process is a zombie now or in a moment; if it is not, it is killed.
        var status: Int32 = 0
        var isGone = false
        for _ in 0..<100 where !isGone {
            isGone = unsafe waitpid(process, &status, WNOHANG) == process
            if !isGone { usleep(10_000) }
        }
        if isGone { hasEnded = true } else { status = end() }
        let signal = status & 0x7F
        if signal == SIGPROF || signal == SIGXCPU {
            return WorkerError(
                .timedOut, "reading a frame took more than \(program.processorSeconds) s of processor time")
        }
        if signal == 0, status >> 8 == 3 {
            return WorkerError(.notInstalled, "the process that reads pixels could not be locked in")
        }
        if signal == 0, status >> 8 == 4 {
            return WorkerError(.notInstalled, "what Tesseract was trained with is not installed")
        }
        return WorkerError(.crashed, "the process that reads pixels failed at a frame")
    }

    // MARK: Bytes

    private var noSignal: Int32 { Int32(MSG_NOSIGNAL) }
    private var dontWait: Int32 { Int32(MSG_DONTWAIT) }

    private static var now: Int {
        var time = timespec()
        // SAFETY: the structure is ours and lives through the call.
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }

    private func wait(for events: Int16, by deadline: Int) throws(WorkerError) {
        while true {
            let rest = deadline - Self.now
            guard rest > 0 else {
                throw WorkerError(.timedOut, "reading a frame took more than \(program.patience) s")
            }
            var one = pollfd(fd: socket, events: events, revents: 0)
            // SAFETY: one structure, ours, through the call.
            let ready = unsafe poll(&one, 1, Int32(clamping: rest))
            if ready > 0 { return }
            if ready < 0, errno != EINTR { throw WorkerError(.crashed, "") }
        }
    }

    private func write(_ bytes: [UInt8], by deadline: Int) throws(WorkerError) {
        var done = 0
        while done < bytes.count {
            try wait(for: Int16(POLLOUT), by: deadline)
            // SAFETY: the system reads the bytes that are left, no more, and keeps no pointer.
            let count = unsafe bytes.withUnsafeBytes { all in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: all[done...])
                return unsafe send(
                    socket, rest.baseAddress, rest.count, noSignal | dontWait)
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { throw WorkerError(.crashed, "") }
            done += count
        }
    }

    private func read(_ count: Int, by deadline: Int) throws(WorkerError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            try wait(for: Int16(POLLIN), by: deadline)
            // SAFETY: the system writes into the part that is left, no more, and keeps no pointer.
            let part = unsafe bytes.withUnsafeMutableBytes { all in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: all[done...])
                return unsafe recv(socket, rest.baseAddress, rest.count, dontWait)
            }
            if part < 0, errno == EINTR || errno == EAGAIN { continue }
            guard part > 0 else { throw WorkerError(.crashed, "") }
            done += part
        }
        return bytes
    }
}

extension WorkerProgram {
    static var ownPath: String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        // SAFETY: the system writes at most as many bytes as the buffer has.
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            guard let start = unsafe bytes.assumingMemoryBound(to: CChar.self).baseAddress else { return -1 }
            return unsafe readlink(
                "/proc/self/exe", start, bytes.count)
        }
        return count > 0 && count < buffer.count ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    static func isProgram(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }
}
