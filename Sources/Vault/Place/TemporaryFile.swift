import Glibc
import Host

/// A file under a name of its own in `temporary/`. Its maker holds a lock on it as long as it works: what has no lock
/// was left by somebody who died, and may go.
final class TemporaryFile {
    private(set) var path: String
    let descriptor: Descriptor
    private var isGone = false

    /// - Parameters:
    ///   - name: what the name begins with; a random part follows.
    ///   - other: whose random part it has, too, so that whoever finds both knows that they belong together.
    init(in folder: String, name: String, with other: TemporaryFile? = nil) throws(SystemError) {
        var random = SystemRandomNumberGenerator()
        while true {
            let part = other.map { String($0.randomPart) } ?? hexadecimalDigits(random.bytes(8))
            let path = "\(folder)/\(name).\(part)"
            let number = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard number >= 0 else {
                if errno == EEXIST, other == nil { continue }
                throw .last("open")
            }
            let file = Descriptor(number)
            // Somebody who tidies up may have it between the two calls; then it is his, and gone.
            guard flock(number, other == nil ? LOCK_EX | LOCK_NB : LOCK_EX) == 0,
                try file.status().st_nlink == 1
            else { continue }
            self.path = path
            descriptor = file
            return
        }
    }

    deinit { remove() }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) { try descriptor.write(bytes) }

    func write(_ text: String) throws(SystemError) {
        let bytes = Array(text.utf8)
        try bytes.withUnsafeBytes { bytes in Result { () throws(SystemError) in try write(bytes) } }.get()
    }

    private var randomPart: Substring {
        path[(path.lastIndex(of: ".").map { path.index(after: $0) } ?? path.endIndex)...]
    }

    /// Gives it its last mode: no more is written.
    func seal(mode: mode_t) throws(SystemError) {
        guard fchmod(descriptor.number, mode) == 0 else { throw .last("fchmod") }
    }

    /// Gives it its last mode and brings it to disk.
    func finish(mode: mode_t) throws(SystemError) {
        try seal(mode: mode)
        try descriptor.flush()
    }

    /// Begins its name with another word, so that whoever finds it knows what it was to become.
    func rename(_ name: String) throws(SystemError) {
        guard let slash = path.lastIndex(of: "/"), let dot = path.lastIndex(of: ".") else { return }
        let new = "\(path[...slash])\(name)\(path[dot...])"
        try FileSystem.rename(path, to: new)
        path = new
    }

    /// Whether nobody works at a file in `temporary/`; it is then locked as long as the descriptor lives.
    static func abandoned(_ path: String) -> Descriptor? {
        guard let file = try? Descriptor(reading: PathBytes(path)), flock(file.number, LOCK_EX | LOCK_NB) == 0 else {
            return nil
        }
        return file
    }

    /// Gives it a second name, which is nobody's yet. False when it is somebody's.
    func link(as path: String) throws(SystemError) -> Bool {
        if Glibc.link(self.path, path) == 0 { return true }
        if errno == EEXIST { return false }
        // File systems without hard links; the caller holds the lock of the bucket.
        guard [EPERM, EOPNOTSUPP, ENOSYS, EMLINK].contains(errno) else { throw .last("link") }
        if FileSystem.status(path) != nil { return false }
        try FileSystem.rename(self.path, to: path)
        isGone = true
        return true
    }

    /// Puts it in the place of another.
    func replace(_ path: String) throws(SystemError) {
        try FileSystem.rename(self.path, to: path)
        isGone = true
    }

    /// Puts it in the place of another temporary file, whose name it has from now on.
    func replace(_ other: TemporaryFile) throws(SystemError) {
        try FileSystem.rename(path, to: other.path)
        path = other.path
        other.isGone = true
    }

    /// Takes its temporary name away, and throws when that cannot be done: a file system whose journal has failed refuses every change, and
    /// what stays keeps the object from being made immutable.
    func unlinkSurely() throws(SystemError) {
        guard !isGone else { return }
        if unlink(path) != 0 {
            guard errno != ENOENT else { return isGone = true }
            guard errno == EPERM else { throw .last("unlink") }
            ImmutableFlag.put(false, descriptor)
            guard unlink(path) == 0 else { throw .last("unlink") }
        }
        isGone = true
    }

    /// Lets it lie, for the next start to find.
    func leave() { isGone = true }

    func remove() {
        if !isGone, unlink(path) != 0, errno == EPERM {
            // Somebody has protected the object that it is a name of.
            ImmutableFlag.put(false, descriptor)
            unlink(path)
        }
        isGone = true
    }
}
