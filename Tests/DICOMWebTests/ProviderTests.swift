import DICOMWeb
import Foundation
import TestSupport
import Testing

/// Tokens of a real OpenID Connect provider (oidc-provider-mock, PyPI), by HTTP.
@Suite struct `A real identity provider` {
    static let isThere = Fixtures.hasPython("oidc_provider_mock")

    /// A person logs in, and the client exchanges the code for tokens (OpenID Connect Core 3.1).
    private static let login = """
        import sys, re, json, urllib.request, urllib.parse, http.cookiejar
        base = sys.argv[1]
        class Stop(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *a): return None
        opener = urllib.request.build_opener(Stop(), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        claims = json.dumps({'groups': ['radiologists', 'staff'], 'acr': 'mfa'}).encode()
        request = urllib.request.Request(base + '/users/alice', data=claims, method='PUT', headers={'Content-Type': 'application/json'})
        urllib.request.urlopen(request).read()
        query = urllib.parse.urlencode({'client_id': 'cordon', 'redirect_uri': 'https://example.org/back', 'response_type': 'code', 'scope': 'openid profile', 'state': 's', 'nonce': 'n'})
        form = urllib.parse.urlencode({'sub': 'alice', 'action': 'authorize'}).encode()
        try:
            opener.open(base + '/oauth2/authorize?' + query, data=form)
            location = ''
        except urllib.error.HTTPError as answer:
            location = answer.headers['Location']
        code = urllib.parse.parse_qs(urllib.parse.urlparse(location).query)['code'][0]
        form = urllib.parse.urlencode({'grant_type': 'authorization_code', 'code': code, 'redirect_uri': 'https://example.org/back', 'client_id': 'cordon', 'client_secret': 'x'}).encode()
        print(json.loads(urllib.request.urlopen(base + '/oauth2/token', data=form).read())['id_token'])
        """

    @Test(.enabled(if: isThere, "oidc-provider-mock is not installed"))
    func `a person who logged in is let in, and others are not`() async throws {
        let python = try #require(Fixtures.python)
        try await withFolder { folder in
            let port = try Ports.take()
            let issuer = "http://127.0.0.1:\(port)"
            let provider = try Companion(
                [python, "-W", "ignore", "-m", "oidc_provider_mock", "--port", "\(port)", "--host", "127.0.0.1"],
                folder: folder)
            do {
                try await use(provider, issuer, python)
                await provider.stop()
            } catch {
                Issue.record("the provider said: \(provider.text.suffix(2000))")
                await provider.stop()
                throw error
            }
        }
    }

    private func use(_ provider: Companion, _ issuer: String, _ python: String) async throws {
        for _ in 0..<1200 where provider.isRunning {
            if await (try? Web.get("\(issuer)/.well-known/openid-configuration"))?.status == 200 { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        let (status, output) = try await run([python, "-W", "ignore", "-c", Self.login, issuer])
        try #require(status == 0, "\(output)")
        let token = output.split(separator: "\n").last.map(String.init) ?? ""

        let archive = MemoryArchive([Sample.file()])
        func services(_ audience: String) throws -> WebServices {
            let verifier = try TokenVerifier(TokenSettings(issuer: issuer, audiences: [audience]))
            return WebServices(
                authenticator: CredentialAuthenticator(.token, verifier: verifier), queries: archive)
        }
        try await withServer(try services("cordon")) { url in
            let good = try await Web.get("\(url)/studies", ["Authorization": "Bearer \(token)"])
            #expect(good.status == 200, "\(good.text)")
            let caller = try #require(archive.callers.last)
            #expect(caller.token?.subject == "alice")
            #expect(caller.token?.values(at: "groups").contains("radiologists") == true)
            #expect(caller.token?.authenticationContext == "mfa")
            let none = try await Web.get("\(url)/studies")
            #expect(none.status == 401)
            #expect(none.headers["www-authenticate"] == "Bearer realm=\"DICOMweb\"")
            let forged = try await Web.get("\(url)/studies", ["Authorization": "Bearer \(token.dropLast(8))AAAAAAAA"])
            #expect(forged.status == 401)
            #expect(forged.headers["www-authenticate"]?.contains("invalid_token") == true)
            // Our own client shows it.
            var settings = WebClientSettings(url: url)
            settings.authorization = { "Bearer \(token)" }
            #expect(try await DICOMWebClient(settings).search(WebQuery(.study)).dataSets.all().count == 1)
        }
        try await withServer(try services("somebody-else")) { url in
            let other = try await Web.get("\(url)/studies", ["Authorization": "Bearer \(token)"])
            #expect(other.status == 401)
        }
    }
}
