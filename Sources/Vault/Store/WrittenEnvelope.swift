import Glibc
import Host

/// An envelope in a file of its own in `temporary/`, until it is given its name beside its object.
final class WrittenEnvelope {
    let envelope: KeyEnvelope
    /// Of the key that it is wrapped with.
    private(set) var key: Int
    private(set) var file: TemporaryFile

    /// Writes it; it is not on the disk yet.
    ///
    /// - Parameter object: the object's own temporary file: the envelope's name says which it belongs to.
    init(_ envelope: KeyEnvelope, of name: ObjectName, beside object: TemporaryFile, in vault: Vault) throws(VaultError)
    {
        self.envelope = envelope
        // Whether it is still the one of today is seen when it gets its name.
        let key = if let known = vault.keys?.current { known } else { try vault.requireCurrentKey() }
        self.key = key.number
        file = try Self.written(
            envelope, of: name, key, called: name.text + Place.envelopeSuffix, beside: object, vault)
    }

    private static func written(
        _ envelope: KeyEnvelope, of name: ObjectName, _ key: SiteKey, called title: String,
        beside object: TemporaryFile?,
        _ vault: Vault
    ) throws(VaultError) -> TemporaryFile {
        let text = try envelope.text(vault: vault.id, name: name, key: key)
        return try VaultError.wrapping("an envelope cannot be written") { () throws(SystemError) in
            let file = try TemporaryFile(in: vault.home.temporary, name: title, with: object)
            try file.write(text)
            try file.seal(mode: 0o400)
            return file
        }
    }

    /// Gives it its name beside the object. The caller holds the lock of the bucket: a rotation that has passed the bucket since this was
    /// written has made its key known before, and the envelope is then written anew.
    func link(as name: ObjectName, in vault: Vault) throws(VaultError) {
        let current = try vault.requireCurrentKey()
        if current.number != key {
            let new = try Self.written(envelope, of: name, current, called: "envelope", beside: nil, vault)
            try VaultError.wrapping("an envelope cannot be brought to disk") { () throws(SystemError) in
                try new.descriptor.flush()
                try new.replace(file)
            }
            (file, key) = (new, current.number)
        }
        try VaultError.wrapping("an envelope cannot be given its name") { () throws(SystemError) in
            let path = vault.home.envelope(name)
            // Whatever a removal or a crash has left there.
            try vault.home.unlink(path)
            guard try file.link(as: path) else { throw SystemError(code: EEXIST, call: "link") }
        }
    }
}
