import Crypto
import Glibc

/// A secret as a text file of three lines:
///
///     cordon de-identification key 1
///     key 64 hexadecimal digits
///     check 16 hexadecimal digits
///
/// The last line is the beginning of a SHA-256 of the secret, so that a key that was damaged or cut is refused: a wrong
/// key would part a patient's new studies from the old ones without a word.
enum KeyFile {
    typealias KeyError = DeidentificationKey.KeyError

    static let header = "cordon de-identification key 1"

    static func text(of secret: [UInt8]) -> String {
        "\(header)\nkey \(hexadecimalDigits(secret))\ncheck \(checksum(of: secret))\n"
    }

    private static func checksum(of secret: [UInt8]) -> String {
        hexadecimalDigits(SHA256.hash(data: Array(header.utf8) + secret).prefix(8))
    }

    static func create(at path: String, secret: [UInt8]) throws(KeyError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw errno == EEXIST
                ? KeyError(message: "`\(path)` is there already and is not overwritten; name another file")
                : failure("cannot create the key file", path)
        }
        do throws(KeyError) {
            defer { close(descriptor) }
            guard fchmod(descriptor, 0o600) == 0 else { throw failure("cannot set the mode of", path) }
            try write(Array(text(of: secret).utf8), to: descriptor, path)
            guard fsync(descriptor) == 0 else { throw failure("cannot flush", path) }
        } catch {
            unlink(path)
            throw error
        }
        try flushFolder(of: path)
    }

    static func read(_ path: String) throws(KeyError) -> [UInt8] {
        // O_NONBLOCK, so that a pipe in the file's place cannot hold us.
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw errno == ELOOP
                ? KeyError(message: "`\(path)` is a symbolic link; give the path of the key file itself")
                : failure("cannot open the key file", path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("cannot look at", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw KeyError(message: "`\(path)` is not a regular file; expected a key made by `cordon key new`")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw KeyError(message: "`\(path)` may be used by group or others; run `chmod 600` on it")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw KeyError(message: "`\(path)` belongs to another user; expected a key of the user who runs this")
        }
        return try secret(from: try contents(of: descriptor, path), path)
    }

    /// The secret in the text of a key file; every byte of the text must be as it was written.
    static func secret(from text: [UInt8], _ path: String) throws(KeyError) -> [UInt8] {
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard let first = lines.first, first.elementsEqual(header.utf8) else {
            throw KeyError(message: "`\(path)` is no de-identification key: its first line is not `\(header)`")
        }
        guard lines.count == 4, lines[1].count == 4 + 2 * DeidentificationKey.byteCount,
            lines[1].starts(with: "key ".utf8), let secret = bytes(ofHexadecimal: lines[1].dropFirst(4)),
            text.elementsEqual(self.text(of: secret).utf8)
        else {
            throw KeyError(message: "the key in `\(path)` is damaged: it does not agree with its check; restore it")
        }
        return secret
    }

    private static func bytes(ofHexadecimal digits: ArraySlice<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var rest = digits
        while let high = rest.popFirst(), let low = rest.popFirst() {
            guard let high = value(high), let low = value(low) else { return nil }
            result.append(high << 4 | low)
        }
        return result.count == DeidentificationKey.byteCount ? result : nil
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    /// Everything in the file, or its first kilobyte: a key is a hundred and thirty bytes.
    private static func contents(of descriptor: Int32, _ path: String) throws(KeyError) -> [UInt8] {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1024)
        while result.count < 1024 {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("cannot read", path) }
            if count == 0 { break }
            result += buffer.prefix(count)
        }
        return result
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(KeyError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("cannot write", path) }
            rest = rest.dropFirst(count)
        }
    }

    /// A new name is durable when its folder is.
    private static func flushFolder(of path: String) throws(KeyError) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot open the folder of", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot flush the folder of", path) }
    }

    private static func failure(_ action: String, _ path: String) -> KeyError {
        KeyError(message: "\(action) `\(path)`: \(String(cString: strerror(errno)))")
    }
}
