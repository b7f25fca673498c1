import Crypto
import Host
import Glibc

/// What was stored.
public struct StoredObject: Hashable, Sendable {
    /// SHA-256 of the bytes, 64 hexadecimal digits.
    public var digest: String
    /// In bytes.
    public var size: Int64
    /// False when the same bytes were there.
    public var isNew: Bool
    /// They were there and damaged; these have taken their place, and those lie in `damaged/`.
    public var wasDamaged: Bool
}

/// An object on its way in. Memory does not grow with it. For one thread.
///
///     let incoming = try vault.begin(expecting: size)
///     try incoming.write(piece)                 // as often as there are pieces
///     let stored = try incoming.store()         // durable now, under its name
///     …                                         // the registry's transaction
///     try incoming.confirm()                    // still there: success may be told now
///
/// Dropped before `store`, nothing is left of it; dropped after it, the next start sees to it that the registry knows of it. The order of
/// what reaches the disk, and what a start makes of each part of it, is in `docs/vault.md`.
public final class IncomingObject {
    private let vault: Vault
    private let file: TemporaryFile
    private var envelope: WrittenEnvelope?
    /// Whether this file has become the object.
    private var isLinked = false
    private var hash = SHA256()
    private var sealer: Sealer?
    private let dataKey: SymmetricKey
    private var plainSize: Int64 = 0
    private var written: Int64 = 0
    private var checked: Int64 = 0
    private var state = State.open

    private enum State {
        case open
        case stored(ObjectName, StoredObject)
        case failed, confirmed
    }

    /// How often room is looked for while bytes come.
    private static let stride: Int64 = 16 << 20

    init(_ vault: Vault, expecting size: Int64?) throws(VaultError) {
        try vault.expect(size ?? 0)
        self.vault = vault
        dataKey = SymmetricKey(size: .bits256)
        file = try VaultError.wrapping("an object cannot be written") { () throws(SystemError) in
            try TemporaryFile(in: vault.home.temporary, name: "object")
        }
        guard vault.mode == .encrypted else { return }
        let sealer = Sealer(key: dataKey)
        self.sealer = sealer
        try sealer.header.bytes.withUnsafeBytes { bytes in Result { () throws(VaultError) in try put(bytes) } }.get()
    }

    deinit { if case .stored = state, isLinked { leave() } }

    /// For the next start to find.
    private func leave() {
        file.leave()
        envelope?.file.leave()
    }

    /// Takes bytes. Throws `full` when there is no room; nothing has been acknowledged then.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(VaultError) {
        guard case .open = state else { throw VaultError(.arguments, "an object that was stored takes no more bytes") }
        do throws(VaultError) {
            hash.update(bufferPointer: bytes)
            plainSize += Int64(bytes.count)
            if sealer == nil {
                try put(bytes)
            } else {
                try sealer?.update(bytes) { sealed throws(VaultError) in try put(sealed) }
            }
        } catch {
            fail()
            throw error
        }
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws(VaultError) {
        written += Int64(bytes.count)
        if written - checked >= Self.stride {
            checked = written
            try vault.room.check(0)
        }
        try VaultError.wrapping("an object cannot be written") { () throws(SystemError) in try file.write(bytes) }
    }

    private func fail() {
        state = .failed
        if isLinked {
            // Whether its name is on the disk nobody knows. The next start sees to it, and records it: somebody may have
            // the same bytes meanwhile, and rely on it.
            leave()
        } else {
            file.remove()
            envelope?.file.remove()
        }
    }

    /// Brings the bytes to disk, gives them their name, and brings that to disk: they outlast a power cut when this returns.
    public func store() throws(VaultError) -> StoredObject {
        guard case .open = state else { throw VaultError(.arguments, "an object is stored once") }
        do throws(VaultError) {
            try sealer?.finish { sealed throws(VaultError) in try put(sealed) }
            let digest = hexadecimalDigits(hash.finalize())
            let name = try vault.name(of: digest)
            try VaultError.wrapping("an object cannot be given its name") { () throws(SystemError) in
                try file.seal(mode: 0o400)
                try file.rename(name.text)
            }
            if vault.mode == .encrypted {
                let envelope = KeyEnvelope(dataKey: dataKey, digest: digest, size: plainSize)
                self.envelope = try WrittenEnvelope(envelope, of: name, beside: file, in: vault)
            }
            try VaultError.wrapping("an object cannot be brought to disk") { () throws(SystemError) in
                // Both are on their way before either is waited for.
                try file.descriptor.beginFlush()
                try envelope?.file.descriptor.beginFlush()
                try vault.wait(.bytes) { () throws(SystemError) in
                    try file.descriptor.flush()
                    try envelope?.file.descriptor.flush()
                }
            }
            var stored = StoredObject(digest: digest, size: plainSize, isNew: true, wasDamaged: false)
            try place(name, &stored)
            state = .stored(name, stored)
            return stored
        } catch {
            fail()
            throw error
        }
    }

    /// To be called when the registry has recorded that the object is there: a removal that was already permitted may have
    /// taken it away in between; then it is put there again. Success may be told when this has returned.
    public func confirm() throws(VaultError) {
        guard case .stored(let name, var stored) = state else {
            throw VaultError(.arguments, "an object is confirmed once, after it was stored")
        }
        do throws(VaultError) {
            // Whoever removes it asks the registry, and removes, under this lock: he has done so, or will not.
            let isThere = try vault.locks.hold(.bucket(name.bucket)) { () throws(VaultError) in
                try vault.locate(name) != nil
            }
            if !isThere { try place(name, &stored) }
            try VaultError.wrapping("an object's temporary name cannot be removed") { () throws(SystemError) in
                try file.unlinkSurely()
                try envelope?.file.unlinkSurely()
            }
        } catch {
            // The registry knows it: the next start gives it its name, if that was lost.
            leave()
            state = .failed
            throw error
        }
        state = .confirmed
        vault.protect(name)
    }

    /// Gives the bytes their name, unless whole ones have it.
    private func place(_ name: ObjectName, _ stored: inout StoredObject) throws(VaultError) {
        while true {
            switch try vault.state(of: name, stored.digest) {
            case .whole(let place, let status):
                // It may have been removed meanwhile.
                if try vault.flushName(of: name, in: place, status) {
                    stored.isNew = false
                    return
                }
            case .damaged(let place, let status):
                try vault.setAside(name, in: place, status)
                stored.wasDamaged = true
            case .absent:
                if try vault.link(file, as: name, envelope, size: written) {
                    isLinked = true
                    return try vault.flushName(of: name, in: vault.home)
                }
            }
        }
    }
}

extension Vault {
    /// Begins to take an object.
    /// - Parameter size: when it is known; room for it is then looked for before the first byte.
    public func begin(expecting size: Int64? = nil) throws(VaultError) -> IncomingObject {
        try IncomingObject(self, expecting: size)
    }
}
