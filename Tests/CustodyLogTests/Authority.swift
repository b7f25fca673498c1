import Foundation
import TestSupport

/// A certificate authority and what it issued, made by `openssl` for the test that uses it.
struct Authority {
    struct Failure: Error { var status: Int32 }

    let folder: TemporaryFolder

    /// `ca.pem`, and for each name a certificate `name.pem` with its key `name.key`.
    ///
    /// - Parameter certificates: extensions for each, in `openssl`'s words.
    init(_ certificates: [String: [String]] = Authority.timeStamping) throws {
        folder = try TemporaryFolder()
        try run([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=test CA",
            "-days", "3650", "-keyout", "ca.key", "-out", "ca.pem",
        ])
        for (name, extensions) in certificates {
            try run([
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/O=Test/CN=\(name)",
                "-keyout", "\(name).key", "-out", "\(name).csr",
            ])
            try write("\(name).ext", extensions.joined(separator: "\n") + "\n")
            try run([
                "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days",
                "30",
                "-extfile", "\(name).ext", "-out", "\(name).pem",
            ])
        }
        try write("ts.cnf", Self.settings)
        try write("serial", "01\n")
    }

    static let timeStamping = ["tsa": ["extendedKeyUsage=critical,timeStamping"]]

    private static let settings = """
        [tsa]
        default_tsa = tsa1
        [tsa1]
        serial = serial
        crypto_device = builtin
        signer_cert = tsa.pem
        certs = ca.pem
        signer_key = tsa.key
        signer_digest = sha256
        default_policy = 1.2.3.4.1
        digests = sha256, sha512
        accuracy = secs:1, millisecs:500, microsecs:100
        clock_precision_digits = 0
        ordering = yes
        tsa_name = yes
        ess_cert_id_chain = no
        ess_cert_id_alg = sha256
        """

    func path(_ name: String) -> String { folder.path + "/" + name }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path(name)))) }

    /// Runs `openssl` in the folder.
    @discardableResult
    func run(_ arguments: [String]) throws -> Int32 {
        let status = try status(arguments)
        guard status == 0 else { throw Failure(status: status) }
        return status
    }

    func status(_ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// The response of the local authority to a request.
    func reply(to request: [UInt8]) throws -> [UInt8] {
        try write("request.tsq", request)
        try run(["ts", "-reply", "-config", "ts.cnf", "-queryfile", "request.tsq", "-out", "response.tsr"])
        return try bytes("response.tsr")
    }
}
