internal import Glibc
public import Host

/// What was signed of a log, in a folder beside the registry: checkpoints, cosignatures, time stamps, and whose word counts.
///
/// `policy`: whose keys count. `checkpoints/SIZE.checkpoint`: as the log signed it, never changed; `SIZE.cosignatures`: lines of
/// witnesses, which may be put behind it as they are; `SIZE.N.tsr`: time stamps (RFC 3161) of the bytes of `SIZE.checkpoint`.
public struct LogFolder: Sendable {
    /// `DIR/log`.
    public let path: String
    /// `DIR/keys/log.key`.
    public let keyPath: String

    /// Of a registry's folder, which is there. What is missing in it is made by whoever first writes.
    public init(registry: String) throws(LogError) {
        path = registry + "/log"
        keyPath = registry + "/keys/log.key"
        guard FileSystem.identity(of: PathBytes(registry)) != nil else {
            throw LogError(.unavailable, "the folder of the registry is not there")
        }
    }

    /// Before the first that is written.
    func makeFolders() throws(LogError) {
        do throws(SystemError) {
            let keys = PathBytes(keyPath).folder.text
            for folder in [path, path + "/checkpoints", keys] { try FileSystem.makeFolder(folder, mode: 0o700) }
            try FileSystem.flushFolder(path)
            try FileSystem.flushFolder(PathBytes(path).folder.text)
        } catch {
            throw LogError(.unavailable, "the folder of the log cannot be made: \(error)")
        }
    }

    // MARK: - Keys

    /// Whether the log can be signed: it has a key, and the key is there.
    public var hasKey: Bool { FileSystem.status(keyPath) != nil }

    /// The log's key. When there is none yet, one is made under this name.
    ///
    /// - Parameter origin: the log's name, best a URL without scheme that is the site's, such as `hospital.example/custody`.
    public func signingKey(makingFor origin: String? = nil) throws(LogError) -> SigningKey {
        if FileSystem.status(keyPath) == nil {
            guard let origin else {
                throw LogError(.key, "the log has no key yet; make one with: cordon log key new NAME")
            }
            // A key of a log whose policy is there was lost, and who signs now should know.
            guard try policy() == nil else {
                throw LogError(.key, "the log's key is gone, but its policy is there; bring back keys/log.key")
            }
            try makeFolders()
            try SigningKey(name: origin).create(at: keyPath)
        }
        let key = try SigningKey(path: keyPath)
        guard key.verifier.type == .note else { throw LogError(.key, "keys/log.key is the key of a witness") }
        // After a power cut between the two, the key is there and its policy is not.
        if try policy() == nil { try write(policy: TrustPolicy(logs: [key.verifier])) }
        return key
    }

    /// Puts a new key of the same name in the place of the log's; what the old one signed counts as before.
    public func rotateKey() throws(LogError) -> SigningKey {
        try locked { () throws(LogError) in
            let old = try signingKey()
            let new = try SigningKey(name: old.verifier.name)
            let next = keyPath + ".next"
            unlink(next)
            try new.create(at: next)
            var policy = try policyOfLog()
            try policy.add(log: new.verifier)
            try write(policy: policy)
            let name = "\(keyPath).\(KeyName.digits(old.verifier.identifier))"
            do throws(SystemError) {
                // There is a key at every moment: first the old one has another name too, then the new one takes its own.
                guard link(keyPath, name) == 0 else { throw .last("link") }
                try FileSystem.rename(next, to: keyPath)
                try FileSystem.flushFolder(PathBytes(keyPath).folder.text)
            } catch {
                throw LogError(.unavailable, "the new key cannot take the place of the old one: \(error)")
            }
            return new
        }
    }

    // MARK: - Policy

    /// Nil before the first key.
    public func policy() throws(LogError) -> TrustPolicy? {
        guard let text = try text("policy") else { return nil }
        return try TrustPolicy(text: text)
    }

    private func policyOfLog() throws(LogError) -> TrustPolicy {
        guard let policy = try policy() else {
            throw LogError(.key, "the log has no key yet; make one with: cordon log key new NAME")
        }
        return policy
    }

    public func write(policy: TrustPolicy) throws(LogError) {
        try makeFolders()
        try place(Array(policy.text.utf8), "policy", replacing: true)
    }

    // MARK: - Checkpoints

    /// The sizes of which there are checkpoints, ascending.
    public func sizes() throws(LogError) -> [Int] {
        try names().compactMap { name in
            name.hasSuffix(".checkpoint") ? Checkpoint.size(name.utf8.dropLast(11)) : nil
        }.sorted()
    }

    /// As the log signed it; nil when there is none of this size.
    public func signedCheckpoint(size: Int) throws(LogError) -> [UInt8]? {
        try contents("checkpoints/\(size).checkpoint")
    }

    /// With the cosignatures that it has.
    public func checkpoint(size: Int) throws(LogError) -> SignedNote? {
        guard let signed = try signedCheckpoint(size: size) else { return nil }
        return try SignedNote(bytes: signed + (contents("checkpoints/\(size).cosignatures") ?? []))
    }

    /// The newest, with its cosignatures.
    public func latest() throws(LogError) -> SignedNote? {
        guard let size = try sizes().last else { return nil }
        return try checkpoint(size: size)
    }

    /// Signs what the log is now, once it is sure that it extends what was signed last: the root that was signed is still
    /// that of its size, every leaf since then is the one that was hashed, and the consistency proof holds.
    ///
    /// - Returns: the checkpoint; the last one, with its cosignatures, when nothing was added since.
    /// - Throws: `LogError` with the code `fork`, `changed` or `missing` when the log is not what it was; nothing is signed then.
    public func sign(_ log: some LogReading, origin: String? = nil, time: Instant = .now) throws -> SignedNote {
        try lockedThrowing {
            let key = try signingKey(makingFor: origin)
            let policy = try policyOfLog()
            let size = try log.logSize()
            let last = try sizes().last
            guard let last else { return try add(log, from: 0, to: size, key, time) }
            guard let note = try checkpoint(size: last) else {
                throw LogError(.missing, "the checkpoint of \(last) is not there")
            }
            // Whatever the quorum of today: what matters is that the log signed it.
            let signed = try TrustPolicy(logs: policy.logs).verify(note).checkpoint
            guard signed.size == last, signed.origin == key.verifier.name else {
                throw LogError(.fork, "the checkpoint of \(last) speaks of another log, or of another size")
            }
            guard last <= size else {
                throw LogError(
                    .fork, "the log has \(size) leaves, but a checkpoint of \(last) was signed; it has lost entries")
            }
            guard try log.root(size: last) == signed.root else {
                throw LogError(.fork, "the log is not the one of which the checkpoint of \(last) was signed")
            }
            if last == size { return note }
            let added = try add(log, from: last, to: size, key, time) { checkpoint in
                try ProofVerification.consistency(
                    from: last, root: signed.root, to: size, root: checkpoint.root,
                    proof: log.consistencyProof(from: last, to: size))
            }
            return added
        }
    }

    private func add(
        _ log: some LogReading, from start: Int, to size: Int, _ key: SigningKey, _ time: Instant,
        check: (Checkpoint) throws -> Void = { _ in }
    ) throws -> SignedNote {
        var edge = try TreeEdge(count: start, node: log.node(at:))
        for index in start..<size { try LogCheck.add(index, of: log, to: &edge) }
        let checkpoint = Checkpoint(origin: key.verifier.name, size: size, root: edge.root)
        guard try log.root(size: size) == edge.root else {
            throw LogError(.changed, "the stored nodes do not lead to the root of the leaves")
        }
        try check(checkpoint)
        let note = try SignedNote(text: checkpoint.text).signed(by: key, at: time)
        try place(note.bytes, "checkpoints/\(size).checkpoint", replacing: false)
        return note
    }

    /// Keeps cosignatures of a checkpoint that is here, after they have been verified.
    ///
    /// - Parameter lines: signature lines as a witness gave them, or a note that ends with them.
    /// - Returns: the checkpoint with all that is known.
    public func add(cosignatures lines: [UInt8], size: Int) throws(LogError) -> SignedNote {
        try locked { () throws(LogError) in
            guard let signed = try signedCheckpoint(size: size), let known = try checkpoint(size: size) else {
                throw LogError(.missing, "there is no checkpoint of \(size)")
            }
            let isNote = !lines.starts(with: Array("\u{2014} ".utf8))
            let given = try SignedNote(bytes: isNote ? lines : known.bytes + lines)
            guard given.text.utf8.elementsEqual(known.text.utf8) else {
                throw LogError(.signature, "what was cosigned is not the checkpoint of \(size) that is here")
            }
            let witnesses = try policyOfLog().witnesses.map(\.key)
            let found = try given.verified(by: witnesses)
            guard !found.isEmpty else {
                throw LogError(
                    .signature, "no known witness has cosigned; name yours with: cordon log witness trust KEY")
            }
            var cosigned = known
            for signature in given.keeping(found.map(\.key)).signatures { cosigned = cosigned.adding(signature) }
            // The file has what stands behind the log's own signature.
            let rest = cosigned.keeping(witnesses).signatureLines
            try place(Array(rest.utf8), "checkpoints/\(size).cosignatures", replacing: true)
            return try SignedNote(bytes: signed + Array(rest.utf8))
        }
    }

    // MARK: - Time stamps

    /// The responses of time stamping authorities to the checkpoint of this size.
    public func timeStamps(size: Int) throws(LogError) -> [[UInt8]] {
        var responses: [[UInt8]] = []
        for name in try names() where name.hasPrefix("\(size).") && name.hasSuffix(".tsr") {
            if let response = try contents("checkpoints/\(name)") { responses.append(response) }
        }
        return responses
    }

    /// Keeps one that has been verified.
    public func add(timeStamp response: [UInt8], size: Int) throws(LogError) {
        try locked { () throws(LogError) in
            let there = try timeStamps(size: size)
            guard !there.contains(response) else { return }
            try place(response, "checkpoints/\(size).\(there.count + 1).tsr", replacing: false)
        }
    }

    // MARK: - Files

    private func names() throws(LogError) -> [String] {
        let folder = path + "/checkpoints"
        guard FileSystem.status(folder) != nil else { return [] }
        return try Self.names(in: folder)
    }

    private func contents(_ name: String) throws(LogError) -> [UInt8]? {
        do {
            return try FileSystem.contents("\(path)/\(name)")
        } catch {
            throw LogError(.unavailable, "\(name) of the log cannot be read: \(error)")
        }
    }

    private func text(_ name: String) throws(LogError) -> String? {
        guard let bytes = try contents(name) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw LogError(.note, "\(name) of the log is not UTF-8")
        }
        return text
    }

    private func place(_ bytes: [UInt8], _ name: String, replacing: Bool) throws(LogError) {
        do throws(SystemError) {
            try FileSystem.place(bytes, at: "\(path)/\(name)", mode: 0o600, replacing: replacing)
        } catch {
            throw LogError(.unavailable, "\(name) of the log cannot be written: \(error)")
        }
    }

    /// One process signs at a time.
    private func lockedThrowing<Result>(_ body: () throws -> Result) throws -> Result {
        try makeFolders()
        let number = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw LogError(.unavailable, "the log cannot be locked: \(SystemError.last("open"))") }
        let lock = Descriptor(number)
        while flock(lock.number, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw LogError(.unavailable, "the log cannot be locked: \(SystemError.last("flock"))")
            }
        }
        defer { withExtendedLifetime(lock) {} }
        return try body()
    }

    private func locked<Result>(_ body: () throws(LogError) -> Result) throws(LogError) -> Result {
        do {
            return try lockedThrowing(body)
        } catch let error as LogError {
            throw error
        } catch {
            throw LogError(.unavailable, "\(error)")
        }
    }
}
