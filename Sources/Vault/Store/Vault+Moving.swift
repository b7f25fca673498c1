public import Host
import Glibc

/// What a move did.
public struct MoveReport: Hashable, Sendable {
    /// Moved.
    public var count = 0
    /// On disk.
    public var bytes: Int64 = 0
    /// Digests, or where those are not known names, of objects that are damaged and stayed where they are.
    public var damaged: [String] = []
    /// Ended before all was moved, since the caller asked for it.
    public var isStopped = false
}

extension Vault {
    /// Moves objects that were stored before a time to another place: each is copied, brought to disk, read again and
    /// compared with its digest before it goes from where it was. Interrupted anywhere, nothing is lost, and the next move
    /// goes on. Both places are read, so nobody notices.
    /// - Parameters:
    ///   - time: nil for all.
    ///   - path: a folder that is empty or already a place of this vault; the vault's own folder brings objects home.
    ///   - limit: moves no more than so many.
    ///   - body: told the digest of each object when it has moved; false ends the move.
    public func move(
        storedBefore time: Instant?, to path: String, limit: Int = .max, _ body: (String) throws -> Bool = { _ in true }
    ) throws -> MoveReport {
        let target = try place(at: path)
        guard target.isHome || target.isThere(vault: id) else { throw Self.absent(target) }
        var report = MoveReport()
        let done: Void? = try locks.holdIfFree(.moving) { () throws(VaultError) in
            try wrappingOthers {
                for source in try places() where source != target {
                    guard source.isHome || source.isThere(vault: id) else { throw Self.absent(source) }
                    for bucket in Place.buckets {
                        for name in try names(in: bucket, of: source) {
                            guard let status = FileSystem.status(source.object(name)) else { continue }
                            if let time, Instant(status) >= time { continue }
                            if report.count == limit { return }
                            do throws(VaultError) {
                                guard let digest = try move(name, from: source, to: target) else { continue }
                                report.count += 1
                                report.bytes += Int64(status.st_size)
                                guard try goesOn(digest, body) else {
                                    report.isStopped = true
                                    return
                                }
                            } catch {
                                guard error.code == .corrupt else { throw error }
                                report.damaged.append(error.digest ?? name.text)
                            }
                        }
                    }
                }
            }
        }
        guard done != nil else {
            throw VaultError(.arguments, "another process moves objects; wait until it has ended")
        }
        return report
    }

    private func goesOn(_ digest: String, _ body: (String) throws -> Bool) throws(VaultError) -> Bool {
        do { return try body(digest) } catch let error as VaultError { throw error } catch {
            throw VaultError(.system, "\(error)", digest: digest)
        }
    }

    private func wrappingOthers(_ work: () throws -> Void) throws(VaultError) {
        do { try work() } catch let error as VaultError { throw error } catch {
            throw VaultError(.system, "an object cannot be moved: \(error)")
        }
    }

    /// Moves one. Nil when it was no longer there.
    private func move(_ name: ObjectName, from source: Place, to target: Place) throws(VaultError) -> String? {
        let digest = mode == .plain ? name.text : try envelope(of: name, at: source, nil).digest
        let opened = try VaultError.wrapping("an object cannot be opened", digest: digest) { () throws(SystemError) in
            guard let file = try source.open(name) else { return nil as (Descriptor, Fingerprint)? }
            return (file, Fingerprint(try file.status()))
        }
        guard let (file, fingerprint) = opened else { return nil }
        if FileSystem.status(target.object(name)) == nil {
            if target.isHome { try room.check(fingerprint.size) } else { try checkReserve(target, fingerprint.size) }
            try copy(file, fingerprint, name, digest, from: source, to: target)
        }
        // Read again, whoever has put it there.
        let copied = try VaultError.wrapping("a moved object cannot be read", digest: digest) {
            () throws(SystemError) in
            try target.open(name)
        }
        guard let copied else { return nil }
        posix_fadvise(copied.number, 0, 0, POSIX_FADV_DONTNEED)
        try verified(Found(place: target, file: copied), name, digest)
        return try locks.hold(.bucket(name.bucket)) { () throws(VaultError) in
            // What the permit of a removal has taken meanwhile, from both places, stays away.
            guard FileSystem.status(target.object(name)) != nil,
                mode == .plain || FileSystem.status(target.envelope(name)) != nil
            else { return nil }
            guard let status = FileSystem.status(source.object(name)), status.st_ino == ino_t(fingerprint.inode) else {
                return nil
            }
            // Whoever has put it there may not have come as far as the disk.
            try VaultError.wrapping("an object's name cannot be brought to disk", digest: digest) {
                () throws(SystemError) in
                try FileSystem.flushFolder(target.bucket(name.bucket))
            }
            ImmutableFlag.put(true, path: target.object(name))
            _ = try remove(name, from: source)
            return digest
        }
    }

    private func checkReserve(_ place: Place, _ size: Int64) throws(VaultError) {
        let (free, total) = try VaultError.wrapping("the place does not say what is free") { () throws(SystemError) in
            try place.freeSpace()
        }
        guard free - size < (try limits()).reserve(of: total) else { return }
        throw VaultError(.full, "\(free) bytes are free at the place that objects would be moved to; make room there")
    }

    /// UTIME_OMIT of Linux, which is a macro.
    private static let omitted = (1 << 30) - 2

    func verified(_ found: Found, _ name: ObjectName, _ digest: String) throws(VaultError) {
        do { try readBytes(found, name, digest) { _ in } } catch let error as VaultError { throw error } catch {
            throw VaultError(.system, "an object cannot be read: \(error)", digest: digest)
        }
    }

    /// Brings a copy to disk at another place, and reads it again, before it gets its name there.
    private func copy(
        _ file: Descriptor, _ fingerprint: Fingerprint, _ name: ObjectName, _ digest: String, from source: Place,
        to target: Place
    ) throws(VaultError) {
        let copy: TemporaryFile
        do {
            copy = try TemporaryFile(in: target.temporary, name: "object")
            try file.forEachPiece { try copy.write($0) }
            var times = [timespec](repeating: timespec(), count: 2)
            times[0].tv_nsec = Self.omitted
            times[1].tv_sec = Int(fingerprint.modified / 1_000_000_000)
            times[1].tv_nsec = Int(fingerprint.modified % 1_000_000_000)
            guard futimens(copy.descriptor.number, times) == 0 else { throw SystemError.last("futimens") }
            try copy.finish(mode: 0o400)
        } catch let error as SystemError {
            throw .system(error, "an object cannot be copied", digest: digest)
        } catch {
            throw VaultError(.system, "an object cannot be copied", digest: digest)
        }
        posix_fadvise(copy.descriptor.number, 0, 0, POSIX_FADV_DONTNEED)
        try verified(Found(place: source, file: copy.descriptor), name, digest)
        try locks.hold(.bucket(name.bucket)) { () throws(VaultError) in
            // Removed meanwhile: it does not come back at another place.
            guard FileSystem.status(source.object(name)) != nil, FileSystem.status(target.object(name)) == nil else {
                return
            }
            if target.isHome { try room.take(fingerprint.size) }
            // Its temporary name goes last: whoever finds it after a power cut, and no object, takes the envelope away.
            var written: TemporaryFile?
            defer { withExtendedLifetime(written) {} }
            do throws(SystemError) {
                if mode == .encrypted, let envelope = try FolderListing.bytes(source.envelope(name), limit: 4096) {
                    let file = try TemporaryFile(in: target.temporary, name: name.text + Place.envelopeSuffix)
                    try envelope.withUnsafeBytes { bytes in
                        Result { () throws(SystemError) in try file.write(bytes) }
                    }.get()
                    try file.finish(mode: 0o400)
                    try target.unlink(target.envelope(name))
                    guard try file.link(as: target.envelope(name)) else {
                        throw SystemError(code: EEXIST, call: "link")
                    }
                    written = file
                }
                guard try copy.link(as: target.object(name)) else { throw SystemError(code: EEXIST, call: "link") }
                copy.remove()
                try FileSystem.flushFolder(target.bucket(name.bucket))
            } catch {
                if target.isHome { try? room.give(fingerprint.size) }
                throw .system(error, "an object cannot be copied", digest: digest)
            }
        }
    }
}
