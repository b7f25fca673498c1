import Host
public import CMSEnvelope
import Glibc
public import Inputs

/// The private key of somebody for whom originals were encrypted, from files that only they may read.
public enum PrivateKeyFile {
    /// - Parameters:
    ///   - path: PEM.
    ///   - certificate: its path, PEM.
    ///   - passphrase: asked for when the key is encrypted; nil when there is none to be had.
    public static func read(
        _ path: String, certificate: String?, passphrase: () throws(RunError) -> [UInt8]?
    ) throws(RunError) -> RecipientKey {
        let pem = try bytes(path, isSecret: true)
        let certificatePEM: [UInt8]? = if let certificate { try bytes(certificate, isSecret: false) } else { nil }
        do throws(EnvelopeError) {
            return try RecipientKey(pem: pem, certificate: certificatePEM)
        } catch {
            guard error.code == .passphrase else { throw RunError(.arguments, "`\(path)`: \(error)") }
        }
        guard let secret = try passphrase() else {
            throw RunError(
                .arguments, "`\(path)`: the private key is encrypted; give `--passphrase FILE`, or run on a terminal")
        }
        do throws(EnvelopeError) {
            return try RecipientKey(pem: pem, passphrase: secret, certificate: certificatePEM)
        } catch {
            throw RunError(.arguments, "`\(path)`: \(error)")
        }
    }

    /// The first line of a file.
    public static func passphrase(_ path: String) throws(RunError) -> [UInt8] {
        let line = try bytes(path, isSecret: true).prefix { $0 != 0x0A && $0 != 0x0D }
        guard !line.isEmpty else { throw RunError(.arguments, "`\(path)` begins with an empty line: no passphrase") }
        return Array(line)
    }

    /// Enough for any key there is.
    private static let longest = 1 << 20

    private static func bytes(_ path: String, isSecret: Bool) throws(RunError) -> [UInt8] {
        func reading<Result>(_ work: () throws(SystemError) -> Result) throws(RunError) -> Result {
            do throws(SystemError) {
                return try work()
            } catch {
                throw RunError(.arguments, "`\(path)` cannot be read: \(error)")
            }
        }
        let file = try reading { () throws(SystemError) in try Descriptor(reading: PathBytes(path)) }
        let status = try reading { () throws(SystemError) in try file.status() }
        guard FileKind(mode: status.st_mode) == .file else {
            throw RunError(.arguments, "`\(path)` is not a regular file")
        }
        if isSecret, status.st_mode & 0o077 != 0 {
            throw RunError(.arguments, "`\(path)` may be used by group or others; run `chmod 600` on it")
        }
        guard status.st_size <= longest else { throw RunError(.arguments, "`\(path)` has more than 1 MiB") }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let count = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(SystemError) in try file.read(into: buffer, at: 0) }
        }
        return Array(bytes.prefix(try reading { () throws(SystemError) in try count.get() }))
    }
}
