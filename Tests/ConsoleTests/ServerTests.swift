import Foundation
import Host
import Synchronization
import Testing

@testable import Console

/// The listener itself, asked by curl.
struct ServerTests {
    @Test func `it answers by HTTP, and what is no form is refused`() async throws {
        let site = try Site { $0.port = 0 }
        try await serve(site) { port in
            let page = try await curl(["-i", "http://127.0.0.1:\(port)/login"])
            #expect(page.contains("200 OK") && page.contains("Code from your authenticator"))
            #expect(page.contains("Content-Security-Policy: default-src 'none'"))
            #expect(!page.contains("Strict-Transport-Security"))
            let head = try await curl(["-I", "http://127.0.0.1:\(port)/login"])
            #expect(head.contains("200 OK") && !head.contains("<html"))
            let large = String(repeating: "a", count: 70_000)
            for arguments in [
                ["-H", "Content-Type: application/json", "-d", "{}"], ["-d", "name=%ff"], ["-d", "name=\(large)"],
                ["-F", "name=x"],
            ] {
                let answer = try await curl(["-i"] + arguments + ["http://127.0.0.1:\(port)/login"])
                #expect(answer.contains("400 Bad Request"), "\(arguments[0])")
            }
            // Of what may be large nothing is read before somebody is in.
            let upload = try await curl([
                "-i", "-H", "Content-Type: multipart/form-data", "-d", "x", "http://127.0.0.1:\(port)/rules/candidate",
            ])
            #expect(upload.contains("401 Unauthorized"))
            // Of another origin, before there is any session.
            let other = try await curl([
                "-i", "-H", "Origin: https://evil.example", "-d", "name=x", "http://127.0.0.1:\(port)/login",
            ])
            #expect(other.contains("403 Forbidden"))
        }
    }

    @Test func `it answers by TLS, and tells browsers to stay with it`() async throws {
        let folder = NSTemporaryDirectory() + "console-tls-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let made = try await Program.run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj",
                "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder + "/key.pem",
                "-out",
                folder + "/certificate.pem",
            ])
        try #require(made.status == 0, "\(made.output)")
        let (settings, findings) = ConsoleConfiguration.load(
            text: """
                <console xmlns="urn:cordon:console:1"><site registry="r"/><listen host="0.0.0.0" port="0">
                <tls certificate="certificate.pem" key="key.pem"/></listen></console>
                """, path: folder + "/console.xml")
        #expect(findings.isEmpty)
        let tls = try #require(settings?.tls)
        let site = try Site {
            $0.port = 0
            $0.tls = tls
        }
        try await serve(site) { port in
            let trust = ["--cacert", folder + "/certificate.pem"]
            let page = try await curl(["-i"] + trust + ["https://localhost:\(port)/login"])
            #expect(page.contains("200 OK") && page.contains("Strict-Transport-Security: max-age="))
            let old = try await curl(trust + ["--tls-max", "1.1", "https://localhost:\(port)/login"])
            #expect(!old.contains("<html"))
            let plain = try await curl(["http://localhost:\(port)/login"])
            #expect(!plain.contains("<html"))
            // Its own origin is one with TLS.
            let other = try await curl(
                ["-i", "-H", "Origin: http://localhost:\(port)", "-d", "name=x"] + trust + [
                    "https://localhost:\(port)/login"
                ])
            #expect(other.contains("403 Forbidden"))
        }
    }

    private func curl(_ arguments: [String]) async throws -> String {
        try await Program.run("/usr/bin/curl", ["-s", "-S", "--max-time", "60"] + arguments).output
    }

    /// Serves until the work is done.
    private func serve(_ site: Site, _ work: (Int) async throws -> Void) async throws {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let server = ConsoleServer(site.console) { listening.yield($0) }
        let running = Task {
            // One that cannot listen says no port.
            defer { listening.finish() }
            try await server.run()
        }
        var found: Int?
        for await port in ports {
            found = port
            break
        }
        try await work(try #require(found))
        await server.stop()
        try await running.value
    }
}
