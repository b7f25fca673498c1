internal import Glibc
internal import Host

/// Messages that wait on the disk for their receiver, in order. What was added is on the disk; what cannot be added is an
/// error, and then nothing of it was. Several processes may add, one at a time sends.
///
/// `current` takes what is new: frames as they will be sent. `NUMBER.batch` is to be sent as it is. `state`: the last number
/// that a message got.
struct AuditQueue {
    let folder: String
    /// In bytes.
    let limit: Int

    init(folder: String, limit: Int) throws(AuditError) {
        self.folder = folder
        self.limit = limit
        do throws(SystemError) {
            try FileSystem.makeFolder(folder, mode: 0o700)
        } catch {
            throw AuditError(.unavailable, "the audit queue cannot be made: \(error)")
        }
    }

    /// Adds frames, all or none.
    ///
    /// - Parameter frame: the bytes of a message for its number.
    func add(count: Int, frame: (_ place: Int, _ sequence: Int) -> [UInt8]) throws(AuditError) {
        guard count > 0 else { return }
        try locked("lock") { () throws(AuditError) in
            var sequence = try state()
            var bytes: [UInt8] = []
            for place in 0..<count {
                sequence = SyslogMessage.sequence(after: sequence)
                bytes += frame(place, sequence)
            }
            let (waiting, _) = try repaired()
            guard try size() + bytes.count <= limit else {
                throw AuditError(
                    .full, "the audit queue is full: \(limit) bytes wait for the receiver; see that it can be reached")
            }
            // A number is taken before it is used, so that none is used twice.
            try writing { () throws(SystemError) in
                try FileSystem.place(Array("\(sequence)\n".utf8), at: path("state"), mode: 0o600, replacing: true)
                try append(bytes, at: waiting)
            }
        }
    }

    private func append(_ bytes: [UInt8], at end: Int) throws(SystemError) {
        let number = open(path("current"), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw .last("open") }
        let file = Descriptor(number)
        do throws(SystemError) {
            guard lseek(number, off_t(end), SEEK_SET) >= 0 else { throw .last("lseek") }
            let written = bytes.withUnsafeBytes { bytes in Result { () throws(SystemError) in try file.write(bytes) } }
            try written.get()
            try file.flush()
            if end == 0 { try FileSystem.flushFolder(folder) }
        } catch {
            // Nothing of it was added.
            ftruncate(number, off_t(end))
            throw error
        }
    }

    /// The length of `current` and its bytes, once a power cut's half message, which nobody was told is there, is taken off.
    private func repaired() throws(AuditError) -> (Int, [UInt8]) {
        guard let bytes = try contents("current") else { return (0, []) }
        let whole = SyslogMessage.wholeFrames(bytes)
        if whole < bytes.count, truncate(path("current"), off_t(whole)) != 0 {
            throw AuditError(.unavailable, "the audit queue cannot be mended: \(SystemError.last("truncate"))")
        }
        return (whole, Array(bytes.prefix(whole)))
    }

    /// How many bytes wait.
    func size() throws(AuditError) -> Int {
        try names().filter { $0 == "current" || $0.hasSuffix(".batch") }.reduce(0) { sum, name in
            sum + (FileSystem.status(path(name)).map { Int($0.st_size) } ?? 0)
        }
    }

    /// Sends what waits, in order. What was sent is gone once `send` returns; when it throws, everything of its batch waits on.
    ///
    /// - Returns: false when another process is sending.
    func drain(_ send: ([UInt8]) throws(AuditError) -> Void) throws(AuditError) -> Bool {
        try lockedIfFree("sending") { () throws(AuditError) in
            while let name = try nextBatch() {
                guard let bytes = try contents(name) else { continue }
                guard SyslogMessage.wholeFrames(bytes) == bytes.count else {
                    // It does not hold up the others, and it is not thrown away.
                    try writing { () throws(SystemError) in
                        try FileSystem.rename(path(name), to: path(name + ".damaged"))
                        try FileSystem.flushFolder(folder)
                    }
                    throw AuditError(
                        .damaged, "\(name) of the audit queue is damaged; it was put aside as \(name).damaged")
                }
                try send(bytes)
                try writing { () throws(SystemError) in
                    try FileSystem.remove(path(name))
                    try FileSystem.flushFolder(folder)
                }
            }
        }
    }

    /// The oldest batch; `current` becomes one when there is no other.
    private func nextBatch() throws(AuditError) -> String? {
        if let oldest = try batches().first { return oldest }
        var name: String?
        try locked("lock") { () throws(AuditError) in
            guard try repaired().0 > 0 else { return }
            let digits = String(try state())
            let next = String(repeating: "0", count: max(0, 10 - digits.count)) + digits + ".batch"
            try writing { () throws(SystemError) in
                try FileSystem.rename(path("current"), to: path(next))
                try FileSystem.flushFolder(folder)
            }
            name = next
        }
        return name
    }

    private func batches() throws(AuditError) -> [String] {
        try names().filter { $0.hasSuffix(".batch") }.sorted()
    }

    // MARK: - Files

    private func path(_ name: String) -> String { "\(folder)/\(name)" }

    private func state() throws(AuditError) -> Int {
        guard let bytes = try contents("state") else { return 0 }
        guard let number = Int(String(decoding: bytes.dropLast(), as: UTF8.self)), number >= 0 else {
            throw AuditError(.damaged, "`state` of the audit queue is no number")
        }
        return number
    }

    private func contents(_ name: String) throws(AuditError) -> [UInt8]? {
        do {
            return try FileSystem.contents(path(name))
        } catch {
            throw AuditError(.unavailable, "the audit queue cannot be read: \(error)")
        }
    }

    private func names() throws(AuditError) -> [String] {
        guard let entries = opendir(folder) else {
            throw AuditError(.unavailable, "the audit queue cannot be listed: \(SystemError.last("opendir"))")
        }
        defer { closedir(entries) }
        var names: [String] = []
        while let entry = readdir(entries) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names
    }

    private func writing(_ body: () throws(SystemError) -> Void) throws(AuditError) {
        do throws(SystemError) {
            try body()
        } catch {
            throw AuditError(.unavailable, "the audit queue cannot be written: \(error)")
        }
    }

    private func locked(_ name: String, _ body: () throws(AuditError) -> Void) throws(AuditError) {
        let lock = try descriptor(name)
        while flock(lock.number, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw AuditError(.unavailable, "the audit queue cannot be locked: \(SystemError.last("flock"))")
            }
        }
        defer { withExtendedLifetime(lock) {} }
        try body()
    }

    /// Says whether it was.
    private func lockedIfFree(_ name: String, _ body: () throws(AuditError) -> Void) throws(AuditError) -> Bool {
        let lock = try descriptor(name)
        defer { withExtendedLifetime(lock) {} }
        guard flock(lock.number, LOCK_EX | LOCK_NB) == 0 else { return false }
        try body()
        return true
    }

    private func descriptor(_ name: String) throws(AuditError) -> Descriptor {
        let number = open(path(name), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard number >= 0 else {
            throw AuditError(.unavailable, "the audit queue cannot be locked: \(SystemError.last("open"))")
        }
        return Descriptor(number)
    }
}
