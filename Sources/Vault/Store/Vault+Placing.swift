import Glibc
import Host

extension Vault {
    /// What there is under a name, when somebody brings the bytes that belong there.
    enum State {
        case absent
        case whole(Place, Fingerprint)
        case damaged(Place, Fingerprint)
    }

    /// Reads what is there to its end: to say that bytes are kept is to have seen them. A place that is not mounted does
    /// not count: the bytes are then stored here, too.
    func state(of name: ObjectName, _ digest: String) throws(VaultError) -> State {
        for place in try places() {
            let opened = try VaultError.wrapping("an object cannot be opened", digest: digest) {
                () throws(SystemError) in
                guard let file = try place.open(name) else { return nil as (Descriptor, Fingerprint)? }
                return (file, Fingerprint(try file.status()))
            }
            guard let (file, status) = opened else { continue }
            do {
                try readBytes(Found(place: place, file: file), name, digest) { _ in }
                return .whole(place, status)
            } catch let error as VaultError {
                guard error.code == .corrupt else { throw error }
                // Removed or moved while it was read, or really damaged.
                guard FileSystem.status(place.object(name)) != nil else { return try state(of: name, digest) }
                return .damaged(place, status)
            } catch {
                throw VaultError(.system, "an object cannot be read", digest: digest)
            }
        }
        return .absent
    }

    /// Makes sure that what somebody else has just put there is durable. False when it is no longer there.
    func flush(_ name: ObjectName, in place: Place, _ status: Fingerprint) throws(VaultError) -> Bool {
        try locks.hold(.bucket(name.bucket)) { () throws(VaultError) in
            guard FileSystem.status(place.object(name))?.st_ino == ino_t(status.inode) else { return false }
            try VaultError.wrapping("an object cannot be brought to disk") { () throws(SystemError) in
                try FileSystem.flushFolder(place.bucket(name.bucket))
            }
            return true
        }
    }

    /// Puts damaged bytes aside, where they stay as evidence.
    func setAside(_ name: ObjectName, in place: Place, _ status: Fingerprint) throws(VaultError) {
        try locks.hold(.bucket(name.bucket)) { () throws(VaultError) in
            let path = place.object(name)
            guard let found = FileSystem.status(path), found.st_ino == ino_t(status.inode) else { return }
            try VaultError.wrapping("a damaged object cannot be put aside") { () throws(SystemError) in
                var random = SystemRandomNumberGenerator()
                let aside = "\(place.damaged)/\(name.text).\(random.next())"
                ImmutableFlag.put(false, path: path)
                try FileSystem.rename(path, to: aside)
                if FileSystem.status(place.envelope(name)) != nil {
                    try FileSystem.rename(place.envelope(name), to: aside + Place.envelopeSuffix)
                }
                try FileSystem.flushFolder(place.damaged)
                try FileSystem.flushFolder(place.bucket(name.bucket))
            }
            if place.isHome { try room.give(Int64(found.st_size)) }
        }
    }

    /// Gives a file that is on disk an object's name, with its envelope. False when the name has been given meanwhile.
    func link(
        _ file: TemporaryFile, as name: ObjectName, _ envelope: KeyEnvelope, size: Int64
    ) throws(VaultError) -> Bool {
        try locks.hold(.bucket(name.bucket)) { () throws(VaultError) in
            guard FileSystem.status(home.object(name)) == nil else { return false }
            try room.take(size)
            var isLinked = false
            do throws(VaultError) {
                // Its temporary name goes last: whoever finds it after a power cut, and no object, takes the envelope away.
                let written = try write(envelope, of: name)
                defer { withExtendedLifetime(written) {} }
                try VaultError.wrapping("an object cannot be given its name") { () throws(SystemError) in
                    isLinked = try file.link(as: home.object(name))
                    guard isLinked else { throw SystemError(code: EEXIST, call: "link") }
                    try FileSystem.flushFolder(home.bucket(name.bucket))
                }
            } catch {
                // The name is taken away again when it was given: nobody has been told.
                if isLinked { unlink(home.object(name)) }
                unlink(home.envelope(name))
                try? room.give(size)
                throw error
            }
            return true
        }
    }

    /// Writes an envelope in the place of whatever a removal or a crash has left there.
    ///
    /// - Returns: the file, whose temporary name goes with it; nil in a vault without encryption.
    private func write(_ envelope: KeyEnvelope, of name: ObjectName) throws(VaultError) -> TemporaryFile? {
        guard mode == .encrypted else { return nil }
        guard let key = try currentKey() else { throw VaultError(.key, "the keys of the vault are gone; restore them") }
        let text = try envelope.text(vault: id, name: name, key: key)
        return try VaultError.wrapping("an envelope cannot be written") { () throws(SystemError) in
            let file = try TemporaryFile(in: home.temporary, name: name.text + Place.envelopeSuffix)
            try file.write(text)
            try file.finish(mode: 0o400)
            try home.unlink(home.envelope(name))
            guard try file.link(as: home.envelope(name)) else { throw SystemError(code: EEXIST, call: "link") }
            return file
        }
    }

    /// The key that new envelopes are made with. The caller holds a bucket's lock, so that a rotation that has passed the
    /// bucket has made its key known before.
    func currentKey() throws(VaultError) -> SiteKey? {
        let number = try keyFolder.currentNumber()
        if let key = keys?.current, key.number == number { return key }
        return try reloadKeys()?.current
    }

    /// Sets the immutable flag where that can be done. The bytes are whole without it. While somebody else's temporary
    /// file is the object's second name, it is his to take away first.
    func protect(_ name: ObjectName) {
        guard let file = try? home.open(name) else { return }
        ImmutableFlag.protect(file)
    }
}
