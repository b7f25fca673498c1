import Crypto
import Glibc
import Host

/// What somebody who died has left in `temporary/`. What each of its files says of how far he had come is written down in `docs/vault.md`.
extension Vault {
    /// Removes what nobody will ask for. Says whether there was anything.
    func tidy() throws(VaultError) -> Bool {
        var found = false
        for place in try places() where place.isHome || place.isThere(vault: id) {
            let names = try VaultError.wrapping("the vault's folders cannot be read") { () throws(SystemError) in
                try FolderListing.names(in: place.temporary)
            }
            for name in names {
                guard let file = TemporaryFile.abandoned("\(place.temporary)/\(name)") else { continue }
                found = true
                // What the registry may know of waits for somebody who can ask it.
                if place.isHome, Unconfirmed(temporary: name, in: home) != nil || belongsToUnconfirmed(name) {
                    continue
                }
                try withExtendedLifetime(file) { () throws(VaultError) in try removeRemains(name, of: place) }
            }
        }
        return found
    }

    /// An object's temporary file once all of it was written: called by the object's name.
    private struct Unconfirmed {
        let name: ObjectName
        let path: String
        let envelopePath: String
        /// Name of the envelope's file, in the same folder.
        let envelope: String

        init?(temporary: String, in place: Place) {
            guard temporary.utf8.count > 65, temporary.utf8.dropFirst(64).first == PathBytes.dot,
                !temporary.dropFirst(64).hasPrefix(Place.envelopeSuffix + "."),
                let name = ObjectName(String(temporary.prefix(64)))
            else { return nil }
            self.name = name
            path = "\(place.temporary)/\(temporary)"
            envelope = name.text + Place.envelopeSuffix + temporary.dropFirst(64)
            envelopePath = "\(place.temporary)/\(envelope)"
        }
    }

    /// Whether it is the envelope of a file that waits: they have the same random part.
    private func belongsToUnconfirmed(_ temporary: String) -> Bool {
        let suffix = Place.envelopeSuffix
        guard temporary.utf8.count > 64 + suffix.utf8.count, temporary.dropFirst(64).hasPrefix(suffix + ".") else {
            return false
        }
        let object = temporary.prefix(64) + temporary.dropFirst(64 + suffix.utf8.count)
        return FileSystem.status("\(home.temporary)/\(object)") != nil
    }

    /// Ends what somebody who died had begun after he had written all of an object. One that has its name is recorded, unless it was: it is
    /// never discarded. One that has lost its name in a power cut, or never had it, is given it when the registry knows the object, and
    /// goes otherwise: nobody was told then.
    ///
    /// - Parameters:
    ///   - isKept: whether the registry says that the bytes with a digest are here.
    ///   - record: sees to it that the registry says so.
    public func forEachUnconfirmed(
        isKept: (_ digest: String) throws -> Bool, record: (_ digest: String) throws -> Void
    ) throws {
        guard isWritable else { return }
        var isCountStale = false
        for temporary in try FolderListing.names(in: home.temporary) {
            guard let found = Unconfirmed(temporary: temporary, in: home), let file = Self.abandoned(found.path) else {
                continue
            }
            do {
                if FileSystem.status(home.object(found.name))?.st_ino == (try file.status()).st_ino {
                    try completeEnvelope(of: found)
                    // Damaged since: the check says so, and what is here stays beside it.
                    guard let digest = try digest(of: found.name) else { continue }
                    // On the disk before anybody tells of it.
                    try FileSystem.flushFolder(home.bucket(found.name.bucket))
                    if try !isKept(digest) { try record(digest) }
                } else if try isNowhere(found.name), let envelope = try envelope(of: found),
                    try isKept(envelope.digest), try isWhole(file, envelope)
                {
                    // Whoever was killed may not have come as far as the disk.
                    try file.flush()
                    try giveName(to: found, envelope)
                    isCountStale = true
                }
            } catch is Unreadable {
                continue
            } catch let error as VaultError where error.code == .corrupt || error.code == .key {
                continue
            }
            ImmutableFlag.put(false, file)
            try FileSystem.remove(found.path)
            try removeRemains(found.envelope, of: home)
            protect(found.name)
        }
        if isCountStale { try room.ensure(counting: true) }
    }

    /// What cannot be read today, since the disk does not give it; as with what is damaged or whose key is not there, it stays where it is,
    /// and keeps nobody from beginning. Where the registry knows the object, the check says that it is missing.
    private struct Unreadable: Error {}

    /// Who opens the vault at the same moment looks at it, too, and has its lock for that long.
    private static func abandoned(_ path: String) -> Descriptor? {
        for _ in 0..<5 {
            if let file = TemporaryFile.abandoned(path) { return file }
            usleep(5000)
        }
        return nil
    }

    /// Places that are not mounted are not looked at: at worst it then lies at two.
    private func isNowhere(_ name: ObjectName) throws(VaultError) -> Bool {
        try places().allSatisfy { FileSystem.status($0.object(name)) == nil }
    }

    /// What a temporary file says that the object is; nil when it was not written to its end.
    private func envelope(of found: Unconfirmed) throws -> KeyEnvelope? {
        guard mode == .encrypted else {
            return KeyEnvelope(dataKey: SymmetricKey(size: .bits256), digest: found.name.text, size: 0)
        }
        let bytes: [UInt8]?
        do { bytes = try FolderListing.bytes(found.envelopePath, limit: 4096) } catch { throw Unreadable() }
        guard let bytes else { return nil }
        guard let ring = try reloadKeys() else { throw Unreadable() }
        let envelope: KeyEnvelope
        do throws(KeyEnvelope.Damage) {
            envelope = try KeyEnvelope(bytes, vault: id, name: found.name, ring: ring)
        } catch {
            if case .unknownKey = error { throw Unreadable() }
            return nil
        }
        return try name(of: envelope.digest) == found.name ? envelope : nil
    }

    /// Whether all of the bytes are there: nothing is given a name that has not been read.
    private func isWhole(_ file: Descriptor, _ envelope: KeyEnvelope) throws -> Bool {
        var hash = SHA256()
        do {
            if mode == .plain {
                try file.forEachPiece { hash.update(bufferPointer: $0) }
            } else {
                try Opener.open(file, key: envelope.dataKey) { hash.update(bufferPointer: $0) }
            }
        } catch is Opener.Damage {
            return false
        } catch is SystemError {
            throw Unreadable()
        }
        return hexadecimalDigits(hash.finalize()) == envelope.digest
    }

    private func giveName(to found: Unconfirmed, _ envelope: KeyEnvelope) throws(VaultError) {
        try locks.hold(.bucket(found.name.bucket)) { () throws(VaultError) in
            guard FileSystem.status(home.object(found.name)) == nil else { return }
            try writeEnvelope(envelope, of: found.name)
            try VaultError.wrapping("an object cannot be given its name") { () throws(SystemError) in
                guard Glibc.link(found.path, home.object(found.name)) == 0 else { throw .last("link") }
                try FileSystem.flushFolder(home.bucket(found.name.bucket))
            }
        }
    }

    /// Where a power cut has left the object's name and not its envelope's.
    private func completeEnvelope(of found: Unconfirmed) throws {
        guard mode == .encrypted, FileSystem.status(home.envelope(found.name)) == nil,
            let envelope = try envelope(of: found)
        else { return }
        try locks.hold(.bucket(found.name.bucket)) { () throws(VaultError) in
            guard FileSystem.status(home.object(found.name)) != nil,
                FileSystem.status(home.envelope(found.name)) == nil
            else { return }
            try writeEnvelope(envelope, of: found.name)
        }
    }

    /// Wrapped with the key of today, and brought to disk. The caller holds the lock of the bucket.
    private func writeEnvelope(_ envelope: KeyEnvelope, of name: ObjectName) throws(VaultError) {
        guard mode == .encrypted else { return }
        let text = try envelope.text(vault: id, name: name, key: requireCurrentKey())
        try VaultError.wrapping("an envelope cannot be written") { () throws(SystemError) in
            let file = try TemporaryFile(in: home.temporary, name: "envelope")
            try file.write(text)
            try file.finish(mode: 0o400)
            try file.replace(home.envelope(name))
        }
    }

    /// The digest of an object or of what is left of it; nil when its envelope does not say.
    func digest(of name: ObjectName) throws(VaultError) -> String? {
        guard mode == .encrypted else { return name.text }
        do throws(VaultError) { return try envelope(of: name, at: home, nil).digest } catch {
            guard error.code == .corrupt else { throw error }
            return nil
        }
    }

    /// An envelope comes before its object: when its maker died in between, it goes with its temporary file.
    private func removeRemains(_ temporary: String, of place: Place) throws(VaultError) {
        if temporary.utf8.count > 64, temporary.dropFirst(64).hasPrefix(Place.envelopeSuffix),
            let name = ObjectName(String(temporary.prefix(64)))
        {
            try locks.hold(.bucket(name.bucket)) { () throws(VaultError) in
                guard FileSystem.status(place.object(name)) == nil else { return }
                try VaultError.wrapping("what was left half written cannot be removed") { () throws(SystemError) in
                    let (first, second) = ("\(place.temporary)/\(temporary)", place.envelope(name))
                    guard let first = FileSystem.status(first), let second = FileSystem.status(second),
                        first.st_ino == second.st_ino
                    else { return }
                    try place.unlink(place.envelope(name))
                    try FileSystem.flushFolder(place.bucket(name.bucket))
                }
            }
        }
        try VaultError.wrapping("what was left half written cannot be removed") { () throws(SystemError) in
            try place.unlink("\(place.temporary)/\(temporary)")
        }
    }
}
