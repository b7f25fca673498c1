import Foundation
import Glibc
import TestSupport

/// rsyslog with a configuration of its own, on a port of its own.
final class Receiver {
    private static let program = "/usr/sbin/rsyslogd"
    static var isHere: Bool { FileManager.default.isExecutableFile(atPath: program) }

    let folder: TemporaryFolder
    let port: UInt16
    private var process: Process?

    /// - Parameter certificates: `ca.pem`, `server.pem`, `server.key` for TLS; only a client named `cordon` may speak then.
    init(certificates: [String: [UInt8]] = [:]) throws {
        folder = try TemporaryFolder()
        port = UInt16(try Ports.take())
        for (name, bytes) in certificates {
            try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/" + name))
        }
        let path = folder.path
        let isSecure = !certificates.isEmpty
        let files =
            isSecure
            ? """
            defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="\(path)/ca.pem"
                defaultNetstreamDriverCertFile="\(path)/server.pem" defaultNetstreamDriverKeyFile="\(path)/server.key"
            """ : ""
        let driver =
            isSecure
            ? #"StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/name" PermittedPeer=["cordon"]"#
            : ""
        try folder.write(
            "rsyslog.conf",
            """
            global(workDirectory="\(path)" maxMessageSize="64k" \(files))
            module(load="imtcp" \(driver))
            template(name="whole" type="list") { property(name="rawmsg") constant(value="\\n") }
            input(type="imtcp" port="\(port)" address="127.0.0.1")
            action(type="omfile" file="\(path)/received" template="whole" asyncWriting="off" flushOnTXEnd="on")

            """)
    }

    /// Starts it and waits until it listens.
    func start() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.program)
        process.arguments = ["-n", "-f", folder.path + "/rsyslog.conf", "-i", folder.path + "/pid"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
        try wait("rsyslog listens") { Self.answers(port) }
    }

    func signal(_ number: Int32) {
        guard let process else { return }
        Glibc.kill(process.processIdentifier, number)
        guard number == SIGKILL else { return }
        process.waitUntilExit()
        self.process = nil
        try? FileManager.default.removeItem(atPath: folder.path + "/pid")
    }

    deinit { signal(SIGKILL) }

    /// What arrived, a message each.
    func received() -> [String] {
        let data = FileManager.default.contents(atPath: folder.path + "/received") ?? Data()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The numbers of what arrived, in order.
    func numbers() -> [Int] {
        received().compactMap { line in
            line.split(separator: "sequenceId=\"").dropFirst().first.flatMap { Int($0.prefix { $0 != "\"" }) }
        }
    }

    struct Never: Error { var what: String }

    /// Polls until a condition holds.
    func wait(_ what: String, _ condition: () -> Bool) throws {
        let end = Date(timeIntervalSinceNow: 120)
        while !condition() {
            guard Date() < end else { throw Never(what: what) }
            usleep(20_000)
        }
    }

    private static func answers(_ port: UInt16) -> Bool {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

/// Certificates for a server and a client, made for the test.
struct Certificates {
    let files: [String: [UInt8]]

    init() throws {
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        var files = try OpenSSLCommand.run(
            ["req", "-x509", "-subj", "/CN=test CA", "-days", "3650", "-keyout", "ca.key", "-out", "ca.pem"] + curve)
        for (name, alternative) in [("server", "DNS:localhost,IP:127.0.0.1"), ("client", "DNS:cordon")] {
            files = try OpenSSLCommand.run(
                ["req", "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).csr"] + curve, files: files)
            files["\(name).ext"] = Array("subjectAltName=\(alternative)\n".utf8)
            files = try OpenSSLCommand.run(
                [
                    "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                    "-days",
                    "30", "-extfile", "\(name).ext", "-out", "\(name).pem",
                ], files: files)
        }
        self.files = files
    }
}
