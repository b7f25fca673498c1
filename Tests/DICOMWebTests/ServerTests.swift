@testable import DICOMWeb
import DICOMCore
import DICOMFile
import Foundation
import NIOCore
import NIOSSL
import Synchronization
import TestSupport
import Testing

@Suite struct `A DICOMweb server` {
    private static let study = "studies/1.2.3"
    private static let instance = "studies/1.2.3/series/1.2.3.4/instances/1.2.3.4.5"

    private func services(_ archive: MemoryArchive) -> WebServices {
        WebServices(
            authenticator: AnonymousAuthenticator(), receiver: archive, queries: archive, retrieval: archive)
    }

    // MARK: - Every route and method

    /// What each action asks of those who decide, and what it answers.
    private static func expected(_ action: Route.Action) -> (verb: String?, status: Int) {
        switch action {
        case .store: ("store", 200)
        case .search(let level): ("search \(level)", 200)
        case .retrieve: ("instances", 200)
        case .metadata: ("metadata", 200)
        case .frames, .bulkData: ("file", 200)
        case .rendered: ("rendered", 200)
        case .thumbnail: ("thumbnail", 200)
        case .health, .site: (nil, 200)
        }
    }

    private static func path(_ template: String) -> String {
        template.replacing("{study}", with: "1.2.3").replacing("{series}", with: "1.2.3.4")
            .replacing("{instance}", with: "1.2.3.4.5").replacing("{frames}", with: "1,2")
            .replacing("{path*}", with: "7FE00010")
    }

    @Test func `every route and method asks the one who decides, or is refused`() async throws {
        let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "SEARCH"]
        let file = Sample.file()
        let body = Web.body([("application/dicom", nil, file)])
        let archive = MemoryArchive([file])
        try await withServer(services(archive)) { url in
            for route in Route.all {
                for method in methods {
                    let before = archive.asked.count
                    let answer = try await Web.send(
                        method, "\(url)/\(Self.path(route.template))",
                        method == "POST"
                            ? ["Content-Type": "multipart/related; type=\"application/dicom\"; boundary=b0undary"]
                            : [:],
                        body: method == "POST" ? body : nil)
                    let asked = Array(archive.asked.dropFirst(before))
                    let action = route.actions[method == "HEAD" ? "GET" : method]
                    if let action {
                        let expected = Self.expected(action)
                        #expect(asked == (expected.verb.map { [$0] } ?? []), "\(method) \(route.template)")
                        #expect(answer.status == expected.status, "\(method) \(route.template)")
                        #expect(method != "HEAD" || answer.body.isEmpty)
                    } else {
                        #expect(answer.status == 405, "\(method) \(route.template)")
                        #expect(asked.isEmpty)
                        #expect(answer.headers["allow"] == route.methods.joined(separator: ", "))
                    }
                    #expect(answer.headers["cache-control"] == "no-store")
                    #expect(answer.headers["access-control-allow-origin"] == nil)
                }
            }
        }
    }

    @Test func `every route but health asks who it is, first`() async throws {
        struct Nobody: Authenticator {
            func caller(_ credentials: Credentials) async throws -> Caller {
                throw WebProblem(401, "no", headers: [.init("WWW-Authenticate", "Bearer realm=\"x\"")])
            }
        }
        let archive = MemoryArchive([Sample.file()])
        var services = services(archive)
        services.authenticator = Nobody()
        try await withServer(services) { url in
            for route in Route.all {
                for (method, action) in route.actions {
                    // With UIDs that are none too: the form of a path is nobody's business before.
                    for path in [Self.path(route.template), Self.path(route.template).replacing("1.2.3", with: "x")] {
                        let answer = try await Web.send(method, "\(url)/\(path)")
                        #expect(answer.status == (action == .health ? 200 : 401), "\(method) \(route.template)")
                        if action != .health { #expect(answer.headers["www-authenticate"] == "Bearer realm=\"x\"") }
                    }
                }
            }
        }
        #expect(archive.asked.isEmpty)
    }

    @Test func `a service that is not offered is said not to be`() async throws {
        try await withServer(WebServices(authenticator: AnonymousAuthenticator())) { url in
            for route in Route.all {
                for (method, action) in route.actions where action != .health {
                    let answer = try await Web.send(method, "\(url)/\(Self.path(route.template))")
                    #expect(answer.status == 501, "\(method) \(route.template)")
                }
            }
        }
    }

    @Test(arguments: [
        "", "x", "study", "studies/1.2.3/x", "studies/1.2.3/metadata/x", "series/1.2", "../studies", "%2e%2e/studies",
        "studies/1.2.3/series/1.2.3.4/instances/1.2.3.4.5/frames", "studies%2F1.2.3", "%zz",
    ])
    func `what is no resource is not found`(path: String) async throws {
        let archive = MemoryArchive([Sample.file()])
        try await withServer(services(archive)) { url in
            let answer = try await Web.get("\(url)/\(path)")
            #expect(answer.status == 404)
            #expect(try await Web.get(url.replacing("/dicom-web", with: "/studies")).status == 404)
        }
        #expect(archive.asked.isEmpty)
    }

    @Test(arguments: [
        "studies/x", "studies/1..2", "studies/1.2.3%2F", "studies/1.2/series/", "studies/01.2",
        "studies/1.2/series/a/instances", "studies/1.2/series/3.4/instances/ /frames/1",
    ])
    func `a path with what is no UID is refused`(path: String) async throws {
        let archive = MemoryArchive([Sample.file()])
        try await withServer(services(archive)) { url in
            let answer = try await Web.get("\(url)/\(path.replacing(" ", with: "%20"))")
            #expect(answer.status == 400 || path.hasSuffix("/"))
        }
        #expect(!archive.asked.contains("file"))
    }

    @Test func `errors have one form, and nothing of the request in them`() async throws {
        let archive = MemoryArchive()
        try await withServer(services(archive)) { url in
            for path in [
                "studies/1.2.77", "studies/1.2.77/metadata", "studies?PatientName=SECRET^NAME&Foo=1", "x/SECRET",
            ] {
                let answer = try await Web.get("\(url)/\(path)")
                #expect(answer.mediaType?.essence == "application/problem+json")
                let json = try #require(answer.json as? [String: Any])
                #expect(json["status"] as? Int == answer.status)
                #expect(json["detail"] is String)
                #expect(!answer.text.contains("SECRET"))
                #expect(!answer.text.contains("1.2.77"))
            }
        }
    }

    /// Good for so many looks.
    private final class Ending: Authenticator {
        private let left: Mutex<Int>

        init(after count: Int) { left = Mutex(count) }

        func caller(_ credentials: Credentials) async throws -> Caller { Caller() }

        func stillHolds(_ caller: Caller) -> Bool {
            left.withLock { left in
                left -= 1
                return left >= 0
            }
        }
    }

    @Test func `nothing more is given when what proved a caller has ended`() async throws {
        let archive = MemoryArchive([Sample.file()])
        var services = services(archive)
        services.authenticator = Ending(after: 0)
        try await withServer(services) { url in
            for path in [Self.instance, "\(Self.instance)/metadata", "studies"] {
                let answer = try await Web.get("\(url)/\(path)")
                #expect(answer.status == 401)
                #expect(answer.headers["www-authenticate"]?.contains("invalid_token") == true)
            }
        }
        // Good as the answer begins, and for nothing of it.
        services.authenticator = Ending(after: 1)
        try await withServer(services) { url in
            await #expect(throws: (any Error).self) { _ = try await Web.get("\(url)/\(Self.instance)") }
        }
    }

    @Test func `an error that is not meant for clients is not told`() async throws {
        struct Failing: QueryProvider {
            struct Secret: Error {}
            func search(_ query: WebQuery, for caller: Caller) async throws -> QueryAnswers { throw Secret() }
        }
        let services = WebServices(authenticator: AnonymousAuthenticator(), queries: Failing())
        try await withServer(services) { url in
            let answer = try await Web.get("\(url)/studies")
            #expect(answer.status == 500)
            #expect(!answer.text.contains("Secret"))
        }
    }

    @Test func `requests are observed by template, not by path`() async throws {
        let events = Mutex<[WebEvent]>([])
        let archive = MemoryArchive([Sample.file()])
        try await withServer(services(archive), observe: { event in events.withLock { $0.append(event) } }) { url in
            _ = try await Web.get("\(url)/\(Self.instance)/metadata")
            _ = try await Web.get("\(url)/nothing/SECRET")
        }
        let seen = events.withLock { $0 }
        #expect(seen.map(\.template) == ["studies/{study}/series/{series}/instances/{instance}/metadata", ""])
        #expect(seen.map(\.status) == [200, 404])
        #expect(seen.allSatisfy { !$0.isBroken && $0.method == "GET" })
    }

    // MARK: - Cross-origin requests

    @Test func `pages of other origins may ask only where a site says so`() async throws {
        let archive = MemoryArchive([Sample.file()])
        let origin = "https://viewer.example.org"
        try await withServer(services(archive)) { url in
            let answer = try await Web.get("\(url)/studies", ["Origin": origin])
            #expect(answer.headers["access-control-allow-origin"] == nil)
            let preflight = try await Web.send(
                "OPTIONS", "\(url)/studies", ["Origin": origin, "Access-Control-Request-Method": "GET"])
            #expect(preflight.headers["access-control-allow-methods"] == nil)
        }
        try await withServer(services(archive), { $0.allowedOrigins = [origin] }) { url in
            let answer = try await Web.get("\(url)/studies", ["Origin": origin])
            #expect(answer.headers["access-control-allow-origin"] == origin)
            #expect(answer.headers["vary"] == "Origin")
            #expect(answer.headers["access-control-allow-credentials"] == nil)
            let preflight = try await Web.send(
                "OPTIONS", "\(url)/studies", ["Origin": origin, "Access-Control-Request-Method": "POST"])
            #expect(preflight.status == 204)
            #expect(preflight.headers["access-control-allow-methods"] == "GET, HEAD, POST")
            let other = try await Web.get("\(url)/studies", ["Origin": "https://evil.example.org"])
            #expect(other.headers["access-control-allow-origin"] == nil)
        }
    }

    // MARK: - TLS

    @Test func `a client certificate is shown to those who decide`() async throws {
        let own = try KeyPair.named("localhost")
        let client = try KeyPair.named("ws1")
        let archive = MemoryArchive([Sample.file()])
        var services = services(archive)
        services.authenticator = CredentialAuthenticator(.certificate, verifier: nil)
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(own.certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: own.key, format: .pem)))
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(client.certificate))
        tls.certificateVerification = .noHostnameVerification
        try await withServer(services, { $0.tls = tls }) { url in
            func settings(_ pair: KeyPair?) throws -> WebClientSettings {
                var settings = WebClientSettings(url: url)
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(own.certificate))
                if let pair {
                    tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(pair.certificate).map { .certificate($0) }
                    tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: pair.key, format: .pem))
                }
                settings.tls = tls
                return settings
            }
            let found = try await DICOMWebClient(try settings(client)).search(WebQuery(.study)).dataSets.all()
            #expect(found.count == 1)
            let caller = try #require(archive.callers.last)
            #expect(caller.certificate?.subject == "CN=ws1")
            #expect(caller.certificate?.fingerprint.count == 64)
            #expect(caller.address == "127.0.0.1" || caller.address == "::1")
            for pair in [nil, try KeyPair.named("stranger")] {
                await #expect(throws: WebClientError.self) {
                    _ = try await DICOMWebClient(try settings(pair)).search(WebQuery(.study))
                }
            }
        }
    }

    // MARK: - Limits

    @Test func `a connection on which nothing moves is closed, and headers are bounded`() async throws {
        try await withServer(services(MemoryArchive()), { $0.headerLength = 4096 }) { url in
            let answer = try? await Web.get("\(url)/studies", ["X": String(repeating: "y", count: 8000)])
            #expect(answer.map { $0.status >= 400 } ?? true)
            let health = try await Web.get("\(url)/health")
            #expect(health.text == "ok\n")
        }
    }
}

extension KeyPair {
    /// With a name in its subject and in its alternative names.
    static func named(_ name: String) throws -> KeyPair {
        var pair = try KeyPair.shared.get()
        let files = try OpenSSLCommand.run([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)",
            "-addext", "subjectAltName=DNS:\(name)", "-days", "3650", "-keyout", "key", "-out", "certificate",
        ])
        pair.key = files["key"] ?? []
        pair.certificate = files["certificate"] ?? []
        return pair
    }
}
