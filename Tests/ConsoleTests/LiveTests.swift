import CustodyLog
import Foundation
import Host
import Registry
import Synchronization
import TestSupport
import Testing

@testable import Console

/// The console as a server, asked by programs that others wrote, and by our own command.
struct LiveTests {
    /// Serves until the work is done.
    static func serve(_ site: Site, _ work: (Int) async throws -> Void) async throws {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let server = ConsoleServer(site.console) { listening.yield($0) }
        let running = Task {
            defer { listening.finish() }
            try await server.run()
        }
        var found: Int?
        for await port in ports {
            found = port
            break
        }
        let port = try #require(found)
        do {
            try await work(port)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
        try await running.value
    }

    private static let schemathesis = Repository.path(".venv/bin/schemathesis")

    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: schemathesis), "schemathesis is not installed in .venv"))
    func `schemathesis finds no answer that is not as described`() async throws {
        let site = try Site(
            {
                Site.endless(&$0)
                $0.port = 0
            }, attempts: 1_000_000, operations: SampleGateway(), rules: Repository.path("Examples/first.xml"),
            requests: 1_000_000)
        try site.account("anna", .administrator, .legal, .reviewer, .auditor)
        try SampleRecords.fill(site)
        let token = try site.token("anna")
        let folder = NSTemporaryDirectory() + "schemathesis-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let isLong = ProcessInfo.processInfo.environment["CORDON_SOAK"] == "1"
        try await Self.serve(site) { port in
            let done = try await Program.run(
                "/usr/bin/env",
                [
                    "-C", folder, Self.schemathesis, "run", "http://127.0.0.1:\(port)/api/v1/openapi.json", "--header",
                    "Authorization: Bearer \(token)", "--phases", "examples,coverage,fuzzing", "--seed", "17",
                    "--max-examples", isLong ? "300" : "3", "--no-shrink", "--warnings", "off",
                    // It would end the token that it asks by, and learn nothing from then on.
                    "--exclude-operation-id", "endToken", "--suppress-health-check", "all", "--request-timeout", "60",
                    "--checks",
                    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
                        + "response_schema_conformance,negative_data_rejection,unsupported_method,"
                        + "allow_header_conformance,ignored_auth",
                ] + (isLong ? ["--max-time", "900"] : ["--max-time", "40"]))
            #expect(done.status == 0, "\(done.output.suffix(6000))")
        }
        // What it did, it did as anna, and her token still stands.
        #expect(InterfaceClient(site, token: token).get("/account").status == 200)
    }

    /// As a browser does: to the provider, and back with what it says.
    private static let tour = """
        import json, re, sys, urllib.error, urllib.parse, urllib.request
        console, provider = sys.argv[1:3]
        jar = {}
        class Stop(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *a): return None
        opener = urllib.request.build_opener(Stop())
        def ask(url, data=None, own=True):
            request = urllib.request.Request(url, data=data)
            if own and jar: request.add_header('Cookie', '; '.join(f'{k}={v}' for k, v in jar.items()))
            if data and own: request.add_header('Origin', console)
            try: answer = opener.open(request)
            except urllib.error.HTTPError as error: answer = error
            if own:
                for value in answer.headers.get_all('Set-Cookie') or []:
                    name, rest = value.split(';')[0].split('=', 1)
                    if rest: jar[name] = rest
                    else: jar.pop(name, None)
            return answer.status, answer.headers, answer.read().decode()
        def sign_in(path):
            status, headers, _ = ask(console + path)
            assert status == 303, status
            form = urllib.parse.urlencode({'sub': 'alice', 'action': 'authorize'}).encode()
            status, headers, text = ask(headers['Location'], form, own=False)
            assert headers['Location'].startswith(console + '/login/callback?'), (status, text[:500])
            return ask(headers['Location'])
        claims = json.dumps({'groups': ['cordon-legal'], 'preferred_username': 'Alice'}).encode()
        urllib.request.urlopen(urllib.request.Request(provider + '/users/alice', data=claims, method='PUT',
            headers={'Content-Type': 'application/json'})).read()
        status, _, text = ask(console + '/login')
        assert '/login/provider' in text
        status, _, text = sign_in('/login/provider?next=/holds/1')
        assert status == 200 and 'url=/holds/1' in text, (status, text)
        status, _, text = ask(console + '/holds/1')
        assert status == 200 and 'Alice' in text and 'Show again who you are' in text, (status, text)
        form = lambda text: re.findall(r'name="form" value="(\\w+)"', text)[-1]
        def release():
            body = urllib.parse.urlencode({'form': form(text), 'reason': 'settled'}).encode()
            return ask(console + '/holds/1/request-release', body)[0]
        assert release() == 403
        status, _, _ = sign_in('/login/provider?again=1&next=/holds/1')
        print('again', status)
        assert release() == 303
        status, _, text = ask(console + '/logout', urllib.parse.urlencode({'form': form(text)}).encode())
        assert status == 200 and provider + '/oauth2/end_session' in text, (status, text)
        assert ask(console + '/holds/1')[0] == 303
        print('done')
        """

    private static let hasProvider = {
        let folder = Repository.path(".venv/lib")
        let version = (try? FileManager.default.contentsOfDirectory(atPath: folder))?.first ?? ""
        return FileManager.default.fileExists(atPath: "\(folder)/\(version)/site-packages/oidc_provider_mock")
    }()

    @Test(.enabled(if: hasProvider, "oidc-provider-mock is not installed in .venv"))
    func `somebody comes in by a real identity provider, shows again who they are, and goes`() async throws {
        let python = Repository.path(".venv/bin/python")
        let issuerPort = try Ports.take(), port = try Ports.take()
        let issuer = "http://127.0.0.1:\(issuerPort)", origin = "http://127.0.0.1:\(port)"
        let provider = Process()
        provider.executableURL = URL(fileURLWithPath: python)
        provider.arguments = [
            "-W", "ignore", "-m", "oidc_provider_mock", "--port", "\(issuerPort)", "--host", "127.0.0.1",
        ]
        provider.standardOutput = FileHandle.nullDevice
        provider.standardError = FileHandle.nullDevice
        try provider.run()
        // It takes no notice of SIGTERM, and would be there after the tests.
        defer { kill(provider.processIdentifier, SIGKILL) }
        var identity = IdentitySettings(issuer: issuer, client: "cordon")
        identity.secret = "secret"
        identity.subject = "preferred_username"
        identity.roles = [IdentitySettings.Mapping(role: .legal, claim: "groups", value: "cordon-legal")]
        let site = try Site(
            {
                Site.endless(&$0)
                $0.port = port
                $0.origin = origin
                $0.identity = identity
            }, clock: Site.Clock(isReal: true), provider: try IdentityProvider(identity, origin: origin))
        try SampleRecords.fill(site)
        for _ in 0..<600 {
            let answer = try await Program.run(
                "/usr/bin/curl",
                ["-s", "-o", "/dev/null", "-w", "%{http_code}", issuer + "/.well-known/openid-configuration"])
            if answer.output == "200" || !provider.isRunning { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        try await Self.serve(site) { _ in
            let done = try await Program.run(python, ["-W", "ignore", "-c", Self.tour, origin, issuer])
            #expect(done.status == 0 && done.output.hasSuffix("done\n"), "\(done.output.suffix(4000))")
        }
        #expect(try site.registry.hold(1)?.releaseRequest?.person.name == "Alice")
        #expect(try site.events(.loggedIn).map(\.actor) == ["Alice"])
    }

    // MARK: - Our own command

    @Test func `the command speaks to a console, and says in its words why it may not`() async throws {
        let site = try Site {
            Site.endless(&$0)
            $0.port = 0
        }
        try site.account("anna", .legal, .auditor)
        try SampleRecords.fill(site)
        let file = site.folder + "/token"
        try Data((try site.token("anna") + "\n").utf8).write(to: URL(fileURLWithPath: file))
        try await Self.serve(site) { port in
            func cordon(_ arguments: String...) async throws -> (status: Int32, output: String) {
                try await Program.run(
                    Self.cordon,
                    ["remote"] + arguments + ["--console", "http://127.0.0.1:\(port)", "--token-file", file])
            }
            let who = try await cordon("who")
            #expect(who.status == 0 && who.output.contains("name: anna"), "\(who.output)")
            let queue = try await cordon("queue")
            #expect(queue.output.contains(SampleRecords.study) && queue.output.contains("research"), "\(queue.output)")
            let found = try await cordon("studies", "find", "--accession", "A-17", "--json")
            #expect(found.output.contains("\"P-4711\""), "\(found.output)")
            let study = try await cordon("studies", "show", SampleRecords.study)
            #expect(study.output.contains("M-2026-117"), "\(study.output)")
            let placed = try await cordon(
                "holds", "place", "--patient", "P 1/ü", "--matter", "M-2", "--custodian", "c", "--authority", "a",
                "--reason", "r", "--review", "2028-01-01")
            #expect(placed.status == 0 && placed.output.contains("value: P 1/ü"), "\(placed.output)")
            #expect(try await cordon("holds", "list").output.contains("M-2"))
            let without = try await cordon("holds", "request-release", "1", "--reason", "settled")
            #expect(without.status == 2 && without.output.contains("Cordon-Code"), "\(without.output)")
            let asked = try await cordon(
                "holds", "request-release", "1", "--reason", "settled", "--code", site.nextCode("anna"))
            #expect(asked.status == 0 && asked.output.contains("releaseRequest:"), "\(asked.output)")
            #expect(try await cordon("grants", "list").output.contains("paul"))
            #expect(try await cordon("grants", "wishes").output == "none\n")
            let kept = try await cordon("queue", "keep", "6", "6", "--reason", "looked at it")
            #expect(kept.status == 0 && kept.output.contains("stays kept back"), "\(kept.output)")
            #expect(try await cordon("queue", "list", "--state", "kept").output.contains("research"))
            let unknown = try await cordon("queue", "keep", "99", "--reason", "r")
            #expect(unknown.status == 3 && unknown.output.contains("decided anew"), "\(unknown.output)")
            #expect(try await cordon("productions", "list").output.contains("configured: no"))
            #expect(try await cordon("rules", "try", "1.2.3").status == 2)
            // Larger than other bodies; and this site takes bundles alone, which is said by whoever read it.
            try Data(repeating: UInt8(ascii: "x"), count: 300_000).write(
                to: URL(fileURLWithPath: site.folder + "/large"))
            let upload = try await cordon("rules", "upload", site.folder + "/large")
            #expect(upload.status == 2 && upload.output.contains("takes bundles"), "\(upload.output)")
            let picture = try await cordon(
                "picture", SampleRecords.study, ContentDigest(of: "instance 1".utf8).hexadecimal, site.folder + "/p.png"
            )
            #expect(picture.status == 2 && picture.output.contains("There is no picture"), "\(picture.output)")
            let reviewed = try await cordon("grants", "review", "1", "--no-justified", "--remark", "not hers")
            #expect(reviewed.output.contains("justified: no"), "\(reviewed.output)")
            #expect(try await cordon("log", "list", "--kind", "held").output.contains("held"))
            #expect(try await cordon("log", "export", "--from", "0").output.contains("received"))
            #expect(try await cordon("labels", "give", "x", "--study", "9.9", "--reason", "r").status == 2)
            // Nothing among the newest is not nothing at all.
            let recent = try site.registry.recentDecisions(limit: 10)
            let last = try #require(recent.first { $0.audience == "archive" })
            try site.registry.record([DecisionEntry](repeating: last, count: 400))
            let empty = try await cordon("queue", "list", "--state", "all")
            #expect(empty.output.hasPrefix("none\n… and more: go on with "), "\(empty.output)")
        }
        let away = try await Program.run(
            Self.cordon, ["remote", "who", "--console", "http://console.example.org", "--token-file", file])
        #expect(away.status == 2 && away.output.contains("by https"), "\(away.output)")
        for address in ["https://user@console.example.org", "https://console.example.org:99999"] {
            let asked = try await Program.run(
                Self.cordon,
                ["remote", "studies", "find", "--patient", "HIDDEN", "--console", address, "--token-file", file])
            #expect(asked.status == 2 && asked.output.contains("address"), "\(asked.output)")
            #expect(!asked.output.contains("HIDDEN"), "\(asked.output)")
        }
    }

    static let cordon: String = {
        let test = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: test).deletingLastPathComponent().appendingPathComponent("cordon").path
    }()
}
