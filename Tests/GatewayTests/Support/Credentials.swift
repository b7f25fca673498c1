import DICOMWeb
import Foundation
import NIOSSL
import TestSupport

/// Keys and certificates of a test's machines, each of its own making.
struct KeyFiles: Sendable {
    var key: String
    var certificate: String

    init(_ name: String, _ folder: WorkFolder) async throws {
        key = folder("\(name).key")
        certificate = folder("\(name).pem")
        let made = try await run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
            "/CN=\(name)", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "3650", "-keyout", key,
            "-out",
            certificate,
        ])
        guard made.status == 0 else { throw Timeout(what: "a certificate: \(made.output)") }
    }

    /// One file with all of their certificates.
    static func roots(_ pairs: [KeyFiles], _ folder: WorkFolder, name: String = "roots.pem") throws -> String {
        try folder.write(
            name, try pairs.flatMap { Array(try Data(contentsOf: URL(fileURLWithPath: $0.certificate))) })
    }

    /// As whoever has them connects to a server with a certificate.
    func tls(trusting server: KeyFiles) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(server.certificate))
        tls.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
        return tls
    }
}

/// A real OpenID Connect provider (oidc-provider-mock, PyPI).
struct IdentityProvider: Sendable {
    static let isThere = Fixtures.hasPython("oidc_provider_mock")

    let issuer: String
    private let program: Program
    private let python: String

    /// A person logs in, and the client exchanges the code for tokens (OpenID Connect Core 3.1).
    private static let login = """
        import sys, re, json, urllib.request, urllib.parse, http.cookiejar
        base, subject, claims = sys.argv[1:4]
        class Stop(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *a): return None
        opener = urllib.request.build_opener(Stop(), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        request = urllib.request.Request(base + '/users/' + subject, data=claims.encode(), method='PUT', headers={'Content-Type': 'application/json'})
        urllib.request.urlopen(request).read()
        query = urllib.parse.urlencode({'client_id': 'cordon', 'redirect_uri': 'https://example.org/back', 'response_type': 'code', 'scope': 'openid profile', 'state': 's', 'nonce': 'n'})
        form = urllib.parse.urlencode({'sub': subject, 'action': 'authorize'}).encode()
        try:
            opener.open(base + '/oauth2/authorize?' + query, data=form)
            location = ''
        except urllib.error.HTTPError as answer:
            location = answer.headers['Location']
        code = urllib.parse.parse_qs(urllib.parse.urlparse(location).query)['code'][0]
        form = urllib.parse.urlencode({'grant_type': 'authorization_code', 'code': code, 'redirect_uri': 'https://example.org/back', 'client_id': 'cordon', 'client_secret': 'x'}).encode()
        print(json.loads(urllib.request.urlopen(base + '/oauth2/token', data=form).read())['id_token'])
        """

    init(_ folder: WorkFolder) async throws {
        guard let python = Fixtures.python else { throw Timeout(what: "Python") }
        let port = try Ports.take()
        issuer = "http://127.0.0.1:\(port)"
        self.python = python
        try folder.write("provider.log", text: "")
        program = try Program(
            [python, "-W", "ignore", "-m", "oidc_provider_mock", "--port", "\(port)", "--host", "127.0.0.1"],
            output: folder("provider.log"))
        let configuration = "\(issuer)/.well-known/openid-configuration"
        try await eventually("the identity provider answers") {
            try await run(["curl", "-sf", "-o", "/dev/null", configuration]).status == 0
        }
    }

    /// The token of somebody who has logged in.
    func token(_ subject: String, _ claims: String = "{}") async throws -> String {
        let answer = try await run([python, "-W", "ignore", "-c", Self.login, issuer, subject, claims])
        guard answer.status == 0, let token = answer.output.split(separator: "\n").last else {
            throw Timeout(what: "a token: \(answer.output)")
        }
        return String(token)
    }

    func stop() async { await program.kill() }
}

/// What `curl` is answered.
struct Curl: Sendable {
    var status: Int
    var body: String

    static func send(_ method: String, _ url: String, _ options: [String] = [], body: String? = nil) async throws
        -> Curl
    {
        var arguments = ["curl", "-sS", "-X", method, "-w", "\n%{http_code}", "--max-time", "300"] + options
        if method == "HEAD" {
            arguments = ["curl", "-sS", "-I", "-w", "\n%{http_code}", "--max-time", "300"] + options
        }
        if let body { arguments += ["--data-binary", body] }
        let answer = try await run(arguments + [url])
        let lines = answer.output.split(separator: "\n", omittingEmptySubsequences: false)
        guard answer.status == 0, let status = lines.last.flatMap({ Int($0) }) else {
            throw Timeout(what: "an answer: \(answer.output.suffix(500))")
        }
        return Curl(status: status, body: lines.dropLast().joined(separator: "\n"))
    }
}

extension Fixtures {
    /// Whether the Python of the virtual environment has a package.
    static func hasPython(_ package: String) -> Bool {
        let libraries = packageRoot + "/.venv/lib"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: libraries)) ?? []
        return versions.contains {
            FileManager.default.fileExists(atPath: "\(libraries)/\($0)/site-packages/\(package)")
        }
    }
}
