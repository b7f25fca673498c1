public import CustodyLog
internal import Glibc
internal import Host
internal import Transport

/// Where audit messages go from a registry's folder.
///
/// ```swift
/// try AuditSink(registry: folder)?.follow(log)   // every event since the last time, once for all
/// ```
///
/// Messages wait in a queue on the disk until their receiver has taken them; each arrives once at least, and has a number by
/// which a receiver knows one that comes twice, or is missing. When a call returns, its messages are on the disk.
public struct AuditSink: Sendable {
    public let configuration: AuditConfiguration
    private let folder: String

    /// Nil when the folder has no `audit/audit.json`: then nobody asked for messages.
    public init?(registry: String) throws(AuditError) {
        let folder = registry + "/audit"
        let json: [UInt8]?
        do {
            json = try FileSystem.contents(folder + "/audit.json")
        } catch {
            throw AuditError(.unavailable, "audit.json cannot be read: \(error)")
        }
        guard let json else { return nil }
        try self.init(configuration: AuditConfiguration(json: json, folder: folder), folder: folder)
    }

    /// - Parameter folder: for the queue; made when it is not there.
    public init(configuration: AuditConfiguration, folder: String) throws(AuditError) {
        self.configuration = configuration
        self.folder = folder
        do throws(SystemError) {
            try FileSystem.makeFolder(folder, mode: 0o700)
        } catch {
            throw AuditError(.unavailable, "the audit folder cannot be made: \(error)")
        }
    }

    // MARK: - What is told

    /// Tells of everything that came onto the custody log since the last time, and sends what waits. The log is the source:
    /// what is on it is told, however the process that put it there ended.
    ///
    /// - Throws: `AuditError` when the messages cannot be kept; then the next call tells of the same events again. That the
    ///   receiver is away is no error: they wait.
    /// - Returns: what the receiver's absence says, for somebody to see; nil when nothing waits.
    @discardableResult
    public func follow(_ log: some LogReading) throws -> AuditError? {
        try collect(from: log)
        return try deliver()
    }

    /// The first half of `follow`: keeps the messages, and sends none. For whoever holds the log open only so long.
    public func collect(from log: some LogReading) throws {
        try locked {
            let size = try log.logSize()
            var position = try position()
            guard position <= size else {
                throw AuditError(
                    .damaged, "events up to \(position) were told of, but the log has \(size); it is not the same log")
            }
            while position < size {
                let end = min(position + Self.step, size)
                let events = try (position..<end).compactMap { index in
                    LoggedEvent(try log.leaf(at: index), openings: try log.openings(at: index), index: index)
                }
                try add(AuditMessage.messages(for: events))
                try write(position: end)
                position = end
            }
        }
    }

    /// Tells of something that is not on the custody log, and sends what waits.
    @discardableResult
    public func record(_ messages: [AuditMessage]) throws(AuditError) -> AuditError? {
        try add(messages)
        return try deliver()
    }

    /// Sends what waits. That the receiver is away is what it returns, and no error.
    public func deliver() throws(AuditError) -> AuditError? {
        do throws(AuditError) {
            try send()
            return nil
        } catch {
            guard error.code == .receiver else { throw error }
            return error
        }
    }

    /// Leaves that are read at a time.
    private static let step = 1000

    // MARK: - Sending

    /// Sends what waits, in order.
    ///
    /// - Throws: with the code `receiver` when it is away; everything waits on.
    public func send() throws(AuditError) {
        guard case .syslog(let end, let tls) = configuration.receiver else { return }
        _ = try queue().drain { frames throws(AuditError) in
            do throws(TransportError) {
                let connection = try Connection(host: end.host, port: end.port, tls: tls, limit: configuration.timeout)
                try connection.send(frames)
                // What was sent has arrived when the receiver, having read to the end, closes too.
                try connection.finish()
            } catch {
                throw AuditError(.receiver, "the audit receiver: \(error.message)")
            }
        }
    }

    /// How many bytes wait for the receiver.
    public func waiting() throws(AuditError) -> Int { try queue().size() }

    private func queue() throws(AuditError) -> AuditQueue {
        try AuditQueue(folder: folder + "/queue", limit: configuration.queueLimit)
    }

    private func add(_ messages: [AuditMessage]) throws(AuditError) {
        guard !messages.isEmpty else { return }
        let texts = messages.map { $0.xml(source: configuration.source) }
        switch configuration.receiver {
        case .file(let path): try append(texts, to: path)
        case .syslog:
            let host = SyslogMessage.host
            try queue().add(count: texts.count) { place, sequence in
                SyslogMessage.frame(texts[place], time: messages[place].time, host: host, sequence: sequence)
            }
        }
    }

    /// A line each, all or none.
    private func append(_ texts: [String], to path: String) throws(AuditError) {
        let bytes = Array(texts.map { $0 + "\n" }.joined().utf8)
        do throws(SystemError) {
            let isNew = FileSystem.status(path) == nil
            let number = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard number >= 0 else { throw .last("open") }
            let file = Descriptor(number)
            while flock(number, LOCK_EX) != 0 {
                guard errno == EINTR else { throw .last("flock") }
            }
            let end = lseek(number, 0, SEEK_END)
            guard end >= 0 else { throw .last("lseek") }
            do throws(SystemError) {
                let written = bytes.withUnsafeBytes { bytes in
                    Result { () throws(SystemError) in try file.write(bytes) }
                }
                try written.get()
                try file.flush()
            } catch {
                ftruncate(number, end)
                throw error
            }
            if isNew { try FileSystem.flushFolder(PathBytes(path).folder.text) }
        } catch {
            throw AuditError(.unavailable, "the file of audit messages cannot be written: \(error)")
        }
    }

    // MARK: - How far the log was told

    private var positionPath: String { folder + "/position" }

    private func position() throws(AuditError) -> Int {
        do {
            guard let bytes = try FileSystem.contents(positionPath) else { return 0 }
            guard let number = Int(String(decoding: bytes.dropLast(), as: UTF8.self)), number >= 0 else {
                throw AuditError(
                    .damaged, "audit/position is no number; it says how many events of the log were told of")
            }
            return number
        } catch let error as AuditError {
            throw error
        } catch {
            throw AuditError(.unavailable, "audit/position cannot be read: \(error)")
        }
    }

    private func write(position: Int) throws(AuditError) {
        do throws(SystemError) {
            try FileSystem.place(Array("\(position)\n".utf8), at: positionPath, mode: 0o600, replacing: true)
        } catch {
            throw AuditError(.unavailable, "audit/position cannot be written: \(error)")
        }
    }

    /// One process tells of the log at a time.
    private func locked(_ body: () throws -> Void) throws {
        let number = open(folder + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard number >= 0 else {
            throw AuditError(.unavailable, "the audit folder cannot be locked: \(SystemError.last("open"))")
        }
        let lock = Descriptor(number)
        while flock(lock.number, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw AuditError(.unavailable, "the audit folder cannot be locked: \(SystemError.last("flock"))")
            }
        }
        defer { withExtendedLifetime(lock) {} }
        try body()
    }
}
