internal import Glibc
public import Host

/// Somebody apart from the log who sees to it that it only ever grows: remembers the last checkpoint of each log, and
/// cosigns the next when it extends that one (C2SP tlog-witness).
public struct Witness: Sendable {
    /// A folder with one note for each log: the last checkpoint that was cosigned.
    public let folder: String
    private let key: SigningKey
    private let policy: TrustPolicy

    /// - Parameters:
    ///   - logs: the keys of the logs that are known.
    ///   - folder: is made when it is not there.
    public init(key: SigningKey, logs: [VerifierKey], folder: String) throws(LogError) {
        guard key.verifier.type == .cosignature else {
            throw LogError(
                .key, "`\(key.verifier.name)` is the key of a log; make one with: cordon log key new --witness")
        }
        self.key = key
        self.folder = folder
        policy = try TrustPolicy(logs: logs)
        do throws(SystemError) {
            try FileSystem.makeFolder(folder, mode: 0o700)
        } catch {
            throw LogError(.unavailable, "the witness's folder cannot be made: \(error)")
        }
    }

    /// The last checkpoint of a log that was cosigned.
    public func last(of origin: String) throws(LogError) -> Checkpoint? {
        do {
            guard let bytes = try FileSystem.contents(path(of: origin)) else { return nil }
            return try policy.verify(SignedNote(bytes: bytes)).checkpoint
        } catch let error as LogError {
            throw error
        } catch {
            throw LogError(.unavailable, "what the witness remembers cannot be read: \(error)")
        }
    }

    /// Cosigns a checkpoint that extends the last one, and remembers it before it says so.
    ///
    /// - Returns: the checkpoint with the cosignature.
    public func cosign(_ proof: ExtensionProof, at time: Instant = .now) throws(LogError) -> SignedNote {
        let checkpoint = try policy.verify(proof.checkpoint).checkpoint
        let number = open(folder + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard number >= 0 else {
            throw LogError(.unavailable, "the witness's folder cannot be locked: \(SystemError.last("open"))")
        }
        let lock = Descriptor(number)
        defer { withExtendedLifetime(lock) {} }
        while flock(lock.number, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw LogError(.unavailable, "the witness's folder cannot be locked: \(SystemError.last("flock"))")
            }
        }
        let last = try last(of: checkpoint.origin) ?? Checkpoint(origin: checkpoint.origin, size: 0, root: .empty)
        guard proof.earlier == last.size else {
            throw LogError(
                .size,
                "the last checkpoint that was cosigned has \(last.size) leaves; the proof begins at \(proof.earlier)")
        }
        try proof.verify(root: last.root, policy: policy)
        let cosigned = try proof.checkpoint.signed(by: key, at: time)
        do throws(SystemError) {
            try FileSystem.place(cosigned.bytes, at: path(of: checkpoint.origin), mode: 0o600, replacing: true)
        } catch {
            throw LogError(.unavailable, "what the witness saw cannot be kept: \(error)")
        }
        return cosigned
    }

    /// The log's name as a file name.
    private func path(of origin: String) -> String {
        "\(folder)/\(hexadecimalDigits(LogHash.leaf(origin.utf8).bytes)).checkpoint"
    }
}
