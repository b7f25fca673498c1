import Glibc
import Host
import Synchronization

/// Original bytes as they were received, each object once, called by the SHA-256 of its bytes. What is in it is never
/// written again; it is removed only against a permit of the registry.
///
/// ## Topics
/// - Storing: ``begin(expecting:)``, ``IncomingObject``
/// - Reading: ``read(_:_:)``, ``original(_:scratch:)``, ``contains(_:)``, ``objects(_:)``
/// - Room: ``limits``, ``usage()``
/// - Keeping: ``check(_:)``, ``rotate(progress:)``, ``move(olderThan:to:progress:)``
public final class Vault: Sendable {
    public enum Mode: String, Hashable, Sendable {
        /// AES-256-GCM, a data key for each object, wrapped with a site key.
        case encrypted
        /// The bytes as they are, called by their digest: `cp` gives them back without Cordon.
        case plain
    }

    public let mode: Mode
    /// 32 hexadecimal digits.
    public let id: String
    let home: Place
    let locks: VaultLocks
    let keyFolder: KeyFolder
    let room: Room
    /// What an object waits for on its way in.
    enum Step: Sendable {
        /// Until its bytes and its envelope are on the disk.
        case bytes
        /// Until its name is.
        case name
    }

    typealias Wait = @Sendable (Step, _ flush: () throws(SystemError) -> Void) throws(SystemError) -> Void
    let wait: Wait
    private let naming: SiteKey?
    private let ring: Mutex<KeyRing?>

    /// Opens a vault, or makes one where there is none, and removes what somebody who died has left half written.
    /// - Parameters:
    ///   - path: the folder; its parent is there.
    ///   - keys: the folder of secrets, made with mode 0700 when it is not there.
    ///   - mode: of a vault that is made; nil opens one that is there.
    public convenience init(path: String, keys: String, making mode: Mode? = .encrypted) throws(VaultError) {
        try self.init(path: path, keys: keys, making: mode) { (_, flush) throws(SystemError) in try flush() }
    }

    /// - Parameter wait: brings to disk what an object needs there; tests look, or fail, before and after it.
    init(path: String, keys: String, making mode: Mode?, wait: @escaping Wait) throws(VaultError) {
        self.wait = wait
        home = Place(path: PathBytes(path).absolute.text, isHome: true)
        keyFolder = KeyFolder(path: PathBytes(keys).absolute.text)
        locks = VaultLocks(path: home.path + "/locks")
        room = Room(place: home, locks: locks)
        let header = try Self.header(in: home, locks, keyFolder, making: mode)
        id = header.id
        self.mode = header.mode
        var keyRing: KeyRing?
        if header.mode == .encrypted {
            keyRing = try keyFolder.read()
            guard let keyRing else {
                throw VaultError(
                    .key, "the vault is encrypted and `keys/` holds none of its keys; restore them from your backup")
            }
            guard keyRing.naming.id == header.namingKey else {
                throw VaultError(
                    .key, "the keys in `keys/` are another vault's; restore the right ones from your backup")
            }
        }
        naming = keyRing?.naming
        ring = Mutex(keyRing)
        guard isWritable else { return }
        let foundRemains = try tidy()
        try room.ensure(counting: foundRemains)
    }

    /// False on a medium that is mounted for reading alone.
    var isWritable: Bool { access(home.path, W_OK) == 0 }

    private static func header(
        in home: Place, _ locks: VaultLocks, _ keys: KeyFolder, making mode: Mode?
    ) throws(VaultError) -> VaultHeader {
        if let header = try readHeader(in: home) { return header }
        guard let mode else { throw VaultError(.missing, "there is no vault here yet; `cordon vault add` makes one") }
        try VaultError.wrapping("the vault's folder cannot be made") { () throws(SystemError) in
            try FileSystem.makeFolder(home.path, mode: 0o700)
        }
        return try locks.hold(.settings) { () throws(VaultError) in
            // Somebody else may have been faster.
            if let header = try readHeader(in: home) { return header }
            guard try home.isEmpty() else {
                throw VaultError(.record, "the vault has objects and no `header`; restore the file from your backup")
            }
            let namingKey = mode == .encrypted ? try keys.makeFirst().naming.id : nil
            let header = VaultHeader(mode: mode, namingKey: namingKey)
            try home.make(vault: header.id)
            try VaultError.wrapping("the vault's header cannot be written") { () throws(SystemError) in
                try home.write(header.text, as: "header")
            }
            return header
        }
    }

    private static func readHeader(in home: Place) throws(VaultError) -> VaultHeader? {
        let bytes = try VaultError.wrapping("the vault's header cannot be read") { () throws(SystemError) in
            try FolderListing.bytes(home.path + "/header")
        }
        guard let bytes else { return nil }
        guard let header = VaultHeader(bytes) else {
            throw VaultError(.record, "`header` of the vault is damaged; restore the file from your backup")
        }
        return header
    }

    /// What an object is called.
    func name(of digest: String) throws(VaultError) -> ObjectName {
        guard let name = ObjectName(digest: digest, key: naming?.secret) else {
            throw VaultError(.arguments, "`\(digest.prefix(80))` is no digest; expected 64 hexadecimal digits")
        }
        return name
    }

    /// The keys as they were read last.
    var keys: KeyRing? { ring.withLock { $0 } }

    /// The keys, read anew: another process may have made one.
    func reloadKeys() throws(VaultError) -> KeyRing? {
        let new = try keyFolder.read()
        ring.withLock { $0 = new }
        return new
    }
}
