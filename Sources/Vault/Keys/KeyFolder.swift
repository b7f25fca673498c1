import Glibc
import Host

/// The folder of the site's secrets, mode 0700, and the vault's key files in it.
struct KeyFolder: Sendable {
    let path: String
    private static let namingFile = "vault-names.key"
    private var retiredPath: String { path + "/retired" }

    /// Reads the keys. Nil when there is none at all.
    func read() throws(VaultError) -> KeyRing? {
        let wrapping = try keys(in: path)
        guard let naming = try read("\(path)/\(Self.namingFile)", use: .naming, number: 0) else {
            if wrapping.isEmpty { return nil }
            throw VaultError(.key, "`keys/\(Self.namingFile)` is not there; restore it from your backup of the keys")
        }
        guard let ring = KeyRing(naming: naming, wrapping: wrapping, retired: try keys(in: retiredPath)) else {
            throw VaultError(.key, "`keys/` holds no key of the vault; restore it from your backup of the keys")
        }
        return ring
    }

    /// The keys of a new vault. Those that are there already, of one whose making was cut short, are taken.
    func makeFirst() throws(VaultError) -> KeyRing {
        if try currentNumber() == nil { try add(.made(.wrapping, number: 1)) }
        if FileSystem.status("\(path)/\(Self.namingFile)") == nil { try add(.made(.naming, number: 0)) }
        guard let ring = try read() else { throw VaultError(.key, "the keys that were just made cannot be read") }
        return ring
    }

    private func keys(in folder: String) throws(VaultError) -> [SiteKey] {
        var keys: [SiteKey] = []
        for number in try Self.numbers(in: folder) {
            let name = "vault-\(number).key"
            if let key = try read("\(folder)/\(name)", use: .wrapping, number: number) { keys.append(key) }
        }
        return keys
    }

    /// The number of the key that new objects are wrapped with; nil without one. Another process may have made it just
    /// now.
    func currentNumber() throws(VaultError) -> Int? { try Self.numbers(in: path).last }

    private static func numbers(in folder: String) throws(VaultError) -> [Int] {
        try VaultError.wrapping("the folder of the keys cannot be read") { () throws(SystemError) in
            try FolderListing.names(in: folder).compactMap(SiteKey.number(inFileName:)).sorted()
        }
    }

    /// Nil when there is none.
    private func read(_ path: String, use: SiteKey.Use, number: Int) throws(VaultError) -> SiteKey? {
        let name = "keys/" + path.dropFirst(self.path.utf8.count + 1)
        // O_NONBLOCK, so that a pipe in the file's place cannot hold us.
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else {
            if errno == ELOOP { throw VaultError(.key, "`\(name)` is a symbolic link; put the key file itself there") }
            throw .system(.last("open"), "`\(name)` cannot be read")
        }
        let file = Descriptor(descriptor)
        let text = try VaultError.wrapping("`\(name)` cannot be read") { () throws(SystemError) in
            let status = try file.status()
            return (status, try FolderListing.bytes(of: file, limit: 4096))
        }
        guard FileKind(mode: text.0.st_mode) == .file else {
            throw VaultError(.key, "`\(name)` is not a regular file; restore it from your backup of the keys")
        }
        guard text.0.st_mode & 0o077 == 0 else {
            throw VaultError(.key, "`\(name)` may be used by group or others; run `chmod 600` on it")
        }
        guard text.0.st_uid == geteuid() || text.0.st_uid == 0 else {
            throw VaultError(.key, "`\(name)` belongs to another user; run as the user whom the vault belongs to")
        }
        guard let key = SiteKey(text.1, use: use, number: number) else {
            throw VaultError(.key, "`\(name)` is damaged; restore it from your backup of the keys")
        }
        return key
    }

    /// Writes a new key, durably. One that is there is never overwritten.
    func add(_ key: SiteKey) throws(VaultError) {
        try VaultError.wrapping("a key cannot be written to `keys/`") { () throws(SystemError) in
            try FileSystem.makeFolder(path, mode: 0o700)
            var random = SystemRandomNumberGenerator()
            let temporary = "\(path)/.new-\(random.next())"
            do throws(SystemError) {
                var file = try DurableFile(temporaryPath: temporary, mode: 0o600)
                try file.write(key.text)
                _ = try file.finish()
                guard link(temporary, "\(path)/\(key.fileName)") == 0 else { throw .last("link") }
            } catch {
                unlink(temporary)
                throw error
            }
            try FileSystem.remove(temporary)
            try FileSystem.flushFolder(path)
            try FileSystem.flushFolder(PathBytes(path).absolute.folder.text)
        }
    }

    /// Puts a key that nothing needs any more aside.
    func retire(_ key: SiteKey) throws(VaultError) {
        try VaultError.wrapping("a key cannot be put aside in `keys/retired/`") { () throws(SystemError) in
            try FileSystem.makeFolder(retiredPath, mode: 0o700)
            try FileSystem.rename("\(path)/\(key.fileName)", to: "\(retiredPath)/\(key.fileName)")
            try FileSystem.flushFolder(retiredPath)
            try FileSystem.flushFolder(path)
        }
    }
}
