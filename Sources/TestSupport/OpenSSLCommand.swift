import Foundation

/// The `openssl` command: makes keys for tests, which are never committed, and is another reader and writer of CMS.
public enum OpenSSLCommand {
    public struct Failure: Error { public var status: Int32 }

    /// Runs it in a folder of its own, with these files there.
    ///
    /// - Returns: the files that are there afterwards, by name.
    @discardableResult
    public static func run(_ arguments: [String], files: [String: [UInt8]] = [:]) throws -> [String: [UInt8]] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, bytes) in files { try Data(bytes).write(to: folder.appendingPathComponent(name)) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(status: process.terminationStatus) }
        var result: [String: [UInt8]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            result[name] = try Array(Data(contentsOf: folder.appendingPathComponent(name)))
        }
        return result
    }
}

/// A private key and a certificate of its own, made for the test that uses it.
public struct KeyPair: Sendable {
    /// PEM.
    public var key: [UInt8]
    /// PEM.
    public var certificate: [UInt8]

    /// What `openssl req -newkey` takes.
    public enum Algorithm: Sendable {
        case rsa(Int)
        case curve(String)
        case other(String)

        fileprivate var arguments: [String] {
            switch self {
            case .rsa(let bits): ["-newkey", "rsa:\(bits)"]
            case .curve(let name): ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:\(name)"]
            case .other(let name): ["-newkey", name]
            }
        }
    }

    /// - Parameters:
    ///   - passphrase: encrypts the private key.
    ///   - usage: Key Usage, `keyEncipherment`.
    public init(
        _ algorithm: Algorithm = .rsa(2048), days: Int = 36_500, passphrase: String? = nil, usage: String? = nil
    ) throws {
        var arguments = [
            "req", "-x509", "-subj", "/CN=test", "-days", "\(days)", "-keyout", "key", "-out", "certificate",
        ]
        arguments += algorithm.arguments
        arguments += passphrase.map { ["-passout", "pass:\($0)"] } ?? ["-nodes"]
        if let usage { arguments += ["-addext", "keyUsage=\(usage)"] }
        let files = try OpenSSLCommand.run(arguments)
        key = files["key"] ?? []
        certificate = files["certificate"] ?? []
    }

    /// Made once for all tests of a process that need no more than one.
    public static let shared = Result { try KeyPair() }
}
