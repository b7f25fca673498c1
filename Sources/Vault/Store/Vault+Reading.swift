import Crypto
package import DICOMFile
package import Host
import Glibc

extension Vault {
    /// Whether a place has an object of this digest. Its bytes are not looked at.
    public func contains(_ digest: String) throws(VaultError) -> Bool { try locate(try name(of: digest)) != nil }

    /// Hands on an object's bytes in pieces of at most 256 KiB. That they are what was stored is certain when this has
    /// returned, and not before: whoever acts on them waits for that.
    ///
    /// Throws `VaultError`: `missing`, `corrupt`, `place`, `key`; and whatever `body` throws.
    public func read(_ digest: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let name = try name(of: digest)
        guard let found = try locate(name) else { throw Self.missing(digest) }
        try readBytes(found, name, digest, body)
    }

    static func missing(_ digest: String) -> VaultError {
        VaultError(.missing, "no place of the vault has it", digest: digest)
    }

    /// An object that was read to its end, is what it should be, and can be read again through the descriptor: the file of
    /// the vault itself, or, where objects are encrypted, a file without a name that is gone with the descriptor.
    /// - Parameter scratch: a folder for that file; `TMPDIR`, else `/tmp`.
    package func original(_ digest: String, scratch: String = Scratch.folder) throws(VaultError) -> Descriptor {
        let name = try name(of: digest)
        var damage: VaultError?
        for place in try places() {
            let opened = try VaultError.wrapping("an object cannot be opened", digest: digest) {
                () throws(SystemError) in
                try place.open(name)
            }
            guard let opened else { continue }
            do {
                let found = Found(place: place, file: opened)
                if mode == .plain {
                    try readBytes(found, name, digest) { _ in }
                    return opened
                }
                let copy = try Self.nameless(in: scratch)
                try readBytes(found, name, digest) { try copy.write($0) }
                return copy
            } catch let error as VaultError {
                guard error.code == .corrupt else { throw error }
                // Another place may have it whole.
                damage = error
            } catch let error as SystemError {
                throw .system(error, "an object cannot be unpacked", digest: digest)
            } catch {
                throw VaultError(.system, "an object cannot be read", digest: digest)
            }
        }
        if let damage { throw damage }
        // It may have been moved in between, or lie where nobody has looked.
        guard let found = try locate(name) else { throw Self.missing(digest) }
        _ = found
        return try original(digest, scratch: scratch)
    }

    /// An object read where somebody looks: every byte that it gives was authenticated. Nil where that cannot be had without reading
    /// all of it, or where it is damaged or not here: `original` then says what is so.
    package func source(of digest: String) throws(VaultError) -> (any ByteSource)? {
        guard mode == .encrypted else { return nil }
        let name = try name(of: digest)
        guard let found = try locate(name) else { return nil }
        do throws(VaultError) {
            let envelope = try envelope(of: name, at: found.place, digest)
            guard envelope.digest == digest else { return nil }
            return try? SealedBytes(found.file, key: envelope.dataKey, size: envelope.size)
        } catch {
            guard error.code == .corrupt else { throw error }
            return nil
        }
    }

    /// O_TMPFILE of Linux, which the C module does not give: it is made of two flags.
    private static let temporaryFile: Int32 = 0o20_000_000 | O_DIRECTORY

    private static func nameless(in folder: String) throws(SystemError) -> Descriptor {
        var number = open(folder, O_RDWR | O_CLOEXEC | temporaryFile, 0o600)
        if number < 0 {
            // Some file systems have no O_TMPFILE.
            var template = Array("\(folder)/original-XXXXXX".utf8CString)
            number = template.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkstemp($0) } ?? -1 }
            guard number >= 0 else { throw .last("mkstemp") }
            template.withUnsafeBufferPointer { if let path = $0.baseAddress { unlink(path) } }
        }
        return Descriptor(number)
    }

    /// Reads an object that was found, and throws `corrupt` unless it is what its name says.
    func readBytes(
        _ found: Found, _ name: ObjectName, _ digest: String, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var hash = SHA256()
        func take(_ piece: UnsafeRawBufferPointer) throws {
            hash.update(bufferPointer: piece)
            try body(piece)
        }
        do {
            if mode == .plain {
                try found.file.forEachPiece(take)
            } else {
                let envelope = try envelope(of: name, at: found.place, digest)
                guard envelope.digest == digest else {
                    throw VaultError(.corrupt, "its envelope is of another object", digest: digest)
                }
                try Opener.open(found.file, key: envelope.dataKey, take)
            }
        } catch let damage as Opener.Damage {
            throw VaultError(.corrupt, damage.reason, digest: digest)
        } catch let error as SystemError where error.call == "read" {
            throw VaultError(.corrupt, "it cannot be read: \(error)", digest: digest)
        }
        guard hexadecimalDigits(hash.finalize()) == digest else {
            throw VaultError(.corrupt, "its bytes have another digest", digest: digest)
        }
    }

    /// The envelope of an object, from the place where the object was found, or from where it has been moved to since.
    func envelope(of name: ObjectName, at place: Place, _ digest: String?) throws(VaultError) -> KeyEnvelope {
        let others = try places().filter { $0 != place }
        for place in [place] + others {
            let bytes = try VaultError.wrapping("an envelope cannot be read", digest: digest) {
                () throws(SystemError) in
                try FolderListing.bytes(place.envelope(name), limit: 4096)
            }
            guard let bytes else { continue }
            return try envelope(bytes, of: name, digest, isReloaded: false)
        }
        throw VaultError(.corrupt, "its envelope is missing", digest: digest)
    }

    private func envelope(
        _ bytes: [UInt8], of name: ObjectName, _ digest: String?, isReloaded: Bool
    ) throws(VaultError) -> KeyEnvelope {
        guard let ring = isReloaded ? try reloadKeys() : keys else {
            throw VaultError(.key, "the keys of the vault are gone; restore them from your backup")
        }
        do throws(KeyEnvelope.Damage) {
            return try KeyEnvelope(bytes, vault: id, name: name, ring: ring)
        } catch {
            switch error {
            case .damaged: throw VaultError(.corrupt, "its envelope is damaged", digest: digest)
            case .unknownKey(let key):
                if !isReloaded { return try envelope(bytes, of: name, digest, isReloaded: true) }
                throw VaultError(
                    .key, "its key \(key) is not in `keys/`; restore it from your backup of the keys", digest: digest)
            }
        }
    }
}
