import CustodyLog
import Foundation
import Host
import TestSupport
import Testing
import Transport

@Suite struct TimeStampTests {
    let content = Array("hospital.example/custody\n5\nroot\n".utf8)

    private func code(_ body: () throws -> Void) -> LogError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? LogError)?.code
        }
    }

    @Test func `a time stamp of a local authority holds, for us and for openssl`() throws {
        let authority = try Authority()
        let request = try TimeStamp.Request(of: content)
        let before = Instant.now
        let response = try authority.reply(to: request.bytes)
        let trusted = try authority.bytes("ca.pem")
        let stamp = try request.verify(response, authorities: trusted)
        #expect(stamp.time.milliseconds >= before.milliseconds / 1000 * 1000)
        #expect(stamp.time <= Instant.now)
        #expect(stamp.accuracy == 1_500_100)
        #expect(stamp.policy == "1.2.3.4.1")
        #expect(stamp.authority == "CN=tsa,O=Test")
        #expect(!stamp.isCertificateExpired)
        #expect(try TimeStamp.verify(response, of: content, authorities: trusted) == stamp)

        try authority.write("content", content)
        #expect(
            try authority.status(["ts", "-verify", "-data", "content", "-in", "response.tsr", "-CAfile", "ca.pem"]) == 0
        )
        #expect(
            try authority.status([
                "ts", "-verify", "-queryfile", "request.tsq", "-in", "response.tsr", "-CAfile", "ca.pem",
            ])
                == 0)
        // Years later the certificate is not valid any more; the stamp is.
        let later = try TimeStamp.verify(
            response, of: content, authorities: trusted, now: Instant.now.adding(seconds: 86_400 * 3000))
        #expect(later.isCertificateExpired)
    }

    @Test func `openssl reads our request as it is meant`() throws {
        let authority = try Authority()
        let request = try TimeStamp.Request(of: content)
        #expect(try TimeStamp.Request(of: content).bytes != request.bytes)
        try authority.write("content", content)
        try authority.run(["ts", "-query", "-data", "content", "-sha256", "-cert", "-no_nonce", "-out", "theirs.tsq"])
        // The same but for the number: version, imprint, and the wish for a certificate.
        let theirs = try authority.bytes("theirs.tsq")
        #expect(request.bytes.suffix(3) == theirs.suffix(3))
        #expect(request.bytes.dropFirst(2).prefix(50) == theirs.dropFirst(2).prefix(50))
    }

    @Test func `a stamp of other bytes, of another request or of an unknown authority is refused`() throws {
        let authority = try Authority()
        let request = try TimeStamp.Request(of: content)
        let response = try authority.reply(to: request.bytes)
        let trusted = try authority.bytes("ca.pem")
        #expect(code { _ = try TimeStamp.verify(response, of: content + [0], authorities: trusted) } == .timeStamp)
        let other = try TimeStamp.Request(of: content)
        #expect(code { _ = try other.verify(response, authorities: trusted) } == .timeStamp)
        let unknown = try Authority().bytes("ca.pem")
        #expect(code { _ = try request.verify(response, authorities: unknown) } == .timeStamp)
        #expect(code { _ = try request.verify(response, authorities: []) } == .timeStamp)
        #expect(code { _ = try TimeStamp.verify([], of: content, authorities: trusted) } == .timeStamp)
        #expect(code { _ = try TimeStamp.verify(response + [0], of: content, authorities: trusted) } == .timeStamp)
        for count in stride(from: 1, to: response.count, by: 13) {
            let part = Array(response.prefix(count))
            #expect(code { _ = try TimeStamp.verify(part, of: content, authorities: trusted) } == .timeStamp)
        }
    }

    @Test func `a certificate that is not for time stamping stamps nothing`() throws {
        let authority = try Authority([
            "tsa": ["extendedKeyUsage=critical,timeStamping"], "server": ["extendedKeyUsage=serverAuth"],
        ])
        let request = try TimeStamp.Request(of: content)
        let response = try authority.reply(to: request.bytes)
        // A path that is right and a root that is not the one of the stamp.
        #expect(code { _ = try request.verify(response, authorities: authority.bytes("server.pem")) } == .timeStamp)
    }

    @Test func `whatever bit of a stamp is changed, it either is refused or says the same`() throws {
        let authority = try Authority()
        let request = try TimeStamp.Request(of: content)
        let response = try authority.reply(to: request.bytes)
        let trusted = try authority.bytes("ca.pem")
        let stamp = try request.verify(response, authorities: trusted)
        for bit in stride(from: 0, to: response.count * 8, by: 3) {
            var other = response
            other[bit / 8] ^= 1 << (bit % 8)
            guard let said = try? request.verify(other, authorities: trusted) else { continue }
            #expect(said.time == stamp.time && said.serial == stamp.serial && said.policy == stamp.policy)
        }
    }

    @Test func `a refusal is told with its status`() throws {
        let authority = try Authority()
        // A digest that the authority does not take.
        try authority.write("content", content)
        try authority.run(["ts", "-query", "-data", "content", "-sha1", "-out", "sha1.tsq"])
        let response = try authority.reply(to: authority.bytes("sha1.tsq"))
        #expect(throws: LogError(.timeStamp, "the authority grants no time stamp (status 2)")) {
            try TimeStamp.verify(response, of: content, authorities: authority.bytes("ca.pem"))
        }
    }

    @Test func `authorities are asked by http and by https, and a server that nobody vouches for is not`() throws {
        guard Fixtures.python != nil else { return print("skipped: no Python") }
        let authority = try Authority([
            "tsa": ["extendedKeyUsage=critical,timeStamping"],
            "localhost": ["subjectAltName=DNS:localhost,IP:127.0.0.1"],
        ])
        let trusted = try authority.bytes("ca.pem")
        let tls = TLSSettings(authorities: authority.path("ca.pem"))
        for isSecure in [false, true] {
            let server = try TimeStampServer(authority, isSecure: isSecure)
            defer { withExtendedLifetime(server) {} }
            for host in ["localhost", "127.0.0.1"] {
                let url = "\(isSecure ? "https" : "http")://\(host):\(server.port)/tsa"
                let request = try TimeStamp.Request(of: content)
                let response = try request.send(to: url, tls: tls)
                #expect(throws: Never.self) { try request.verify(response, authorities: trusted) }
                let wrong = "\(isSecure ? "https" : "http")://\(host):\(server.port)/nothing"
                #expect(code { _ = try request.send(to: wrong, tls: tls) } == .unavailable)
            }
            if isSecure {
                let request = try TimeStamp.Request(of: content)
                let url = "https://localhost:\(server.port)/tsa"
                let unknown = try TLSSettings(authorities: Authority().path("ca.pem"))
                #expect(code { _ = try request.send(to: url, tls: unknown) } == .unavailable)
                let name = TLSSettings(authorities: authority.path("ca.pem"), serverName: "tsa.example")
                #expect(code { _ = try request.send(to: url, tls: name) } == .unavailable)
                #expect(code { _ = try request.send(to: "http://localhost:\(server.port)/tsa") } == .unavailable)
            }
        }
        for url in [
            "ftp://localhost/", "http://", "http://a b/", "http://localhost:0/", "http://user@localhost/",
            "http://[::1",
        ] {
            #expect(code { _ = try TimeStamp.Request(of: content).send(to: url) } == .unavailable)
        }
    }
}

/// `openssl ts -reply` behind Python's web server.
private final class TimeStampServer {
    private let process = Process()
    let port: Int

    init(_ authority: Authority, isSecure: Bool) throws {
        process.executableURL = URL(fileURLWithPath: Fixtures.python ?? "/nonexistent")
        process.currentDirectoryURL = URL(fileURLWithPath: authority.folder.path)
        process.arguments = [
            "-c",
            """
            import http.server, ssl, subprocess, sys
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_POST(self):
                    body = self.rfile.read(int(self.headers['Content-Length']))
                    if self.path != '/tsa' or self.headers['Content-Type'] != 'application/timestamp-query':
                        return self.send_error(404)
                    open('asked.tsq', 'wb').write(body)
                    subprocess.run(['openssl', 'ts', '-reply', '-config', 'ts.cnf', '-queryfile', 'asked.tsq', '-out',
                                    'answer.tsr'], check=True, stderr=subprocess.DEVNULL)
                    answer = open('answer.tsr', 'rb').read()
                    self.send_response(200)
                    self.send_header('Content-Type', 'application/timestamp-reply')
                    self.send_header('Content-Length', str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                def log_message(self, *_): pass
            server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
            if sys.argv[1] == 'true':
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain('localhost.pem', 'localhost.key')
                server.socket = context.wrap_socket(server.socket, server_side=True)
            class Quiet: pass
            server.handle_error = lambda *_: None
            print(server.server_port, flush=True)
            server.serve_forever()
            """, "\(isSecure)",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        port = Int(line.split(separator: "\n").first ?? "") ?? 0
    }

    /// The signal that nobody can have blocked.
    deinit { kill(process.processIdentifier, SIGKILL) }
}
