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

    /// Sees to it that what somebody else has just put there is durable under its name. False when it is no longer there.
    func flushName(of name: ObjectName, in place: Place, _ status: Fingerprint) throws(VaultError) -> Bool {
        guard FileSystem.status(place.object(name))?.st_ino == ino_t(status.inode) else { return false }
        try flushName(of: name, in: place)
        return true
    }

    /// Brings to disk what objects in the folder of a name are called.
    func flushName(of name: ObjectName, in place: Place) throws(VaultError) {
        try VaultError.wrapping("an object's name cannot be brought to disk") { () throws(SystemError) in
            try wait(.name) { () throws(SystemError) in try FileSystem.flushFolder(place.bucket(name.bucket)) }
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

    /// Gives a file that is on disk, with its envelope, an object's name. The name itself is not on the disk yet.
    /// False when it has been given to another meanwhile.
    func link(
        _ file: TemporaryFile, as name: ObjectName, _ envelope: WrittenEnvelope?, size: Int64
    ) throws(VaultError) -> Bool {
        try locks.hold(.bucket(name.bucket)) { () throws(VaultError) in
            guard FileSystem.status(home.object(name)) == nil else { return false }
            try room.take(size)
            do throws(VaultError) {
                try envelope?.link(as: name, in: self)
                try VaultError.wrapping("an object cannot be given its name") { () throws(SystemError) in
                    guard try file.link(as: home.object(name)) else { throw SystemError(code: EEXIST, call: "link") }
                }
            } catch {
                try? home.unlink(home.envelope(name))
                try? room.give(size)
                throw error
            }
            return true
        }
    }

    /// The key that new envelopes are made with. Whoever holds a bucket's lock knows that a rotation that has passed the
    /// bucket has made its key known before.
    func currentKey() throws(VaultError) -> SiteKey? {
        let number = try keyFolder.currentNumber()
        if let key = keys?.current, key.number == number { return key }
        return try reloadKeys()?.current
    }

    func requireCurrentKey() throws(VaultError) -> SiteKey {
        guard let key = try currentKey() else { throw VaultError(.key, "the keys of the vault are gone; restore them") }
        return key
    }

    /// Sets the immutable flag where that can be done. The bytes are whole without it. While somebody else's temporary
    /// file is the object's second name, it is his to take away first.
    func protect(_ name: ObjectName) {
        guard let file = try? home.open(name) else { return }
        ImmutableFlag.protect(file)
    }
}
