import CustodyLog
import Foundation
import Host
import Registry
import Testing

@testable import Console

/// Coming in by an identity provider, and all that must not let anybody in.
struct ProviderTests {
    @Test func `somebody comes in by the provider, with the roles that it says`() async throws {
        let (site, provider) = try Site.provided()
        let browser = Browser(site)
        #expect(await browser.fetch("/login").html.contains("href=\"/login/provider?next=%2F\""))
        let begun = await browser.fetch("/login/provider?next=/holds")
        let address = try #require(begun.header("Location"))
        #expect(begun.status == 303 && address.hasPrefix(SampleProvider.issuer + "/authorize?response_type=code&"))
        for part in [
            "client_id=cordon&", "redirect_uri=http%3A%2F%2F127.0.0.1%3A8090%2Flogin%2Fcallback&",
            "scope=openid%20profile&",
            "state=", "nonce=", "code_challenge=", "code_challenge_method=S256",
        ] { #expect(address.contains(part), "\(part)") }
        #expect(!address.contains("secret") && !address.contains("prompt"))
        let cookie = try #require(begun.header("Set-Cookie"))
        #expect(cookie.hasPrefix("__Host-cordon-provider="))
        for flag in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Max-Age=600"] {
            #expect(cookie.contains(flag))
        }
        let back = await browser.fetch("/login/callback?" + provider.authorize(address))
        // A page of ours leads on: a redirect would come from the provider's site.
        #expect(back.status == 200 && back.html.contains("content=\"0; url=/holds\""))
        let session = try #require(back.headers.first { $0.value.hasPrefix(ConsoleResponder.sessionCookie) }?.value)
        for flag in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] { #expect(session.contains(flag)) }
        #expect(browser.get("/holds").status == 200)
        #expect(browser.get("/accounts").status == 403)
        let event = try #require(try site.events(.loggedIn).last)
        #expect(
            event.actor == "alice" && event.facts.contains { $0.name == "method" && $0.value == "identity-provider" })
        // Their account is the provider's.
        let account = browser.get("/account")
        #expect(account.status == 200 && !account.html.contains("Old password"))
        #expect(browser.post("/account/other-sessions").status == 303)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var why: String
        var changes: @Sendable (SampleProvider) -> [String: Any]
    }

    static let bad: [Case] = [
        Case(testDescription: "another nonce", why: "wrong-nonce") { _ in ["nonce": "x"] },
        Case(testDescription: "no nonce", why: "wrong-nonce") { _ in ["nonce": NSNull()] },
        Case(testDescription: "another issuer", why: "bad-id-token") { _ in ["iss": "https://evil.example"] },
        Case(testDescription: "another audience", why: "bad-id-token") { _ in ["aud": "somebody"] },
        Case(testDescription: "two audiences without a party", why: "wrong-party") { _ in ["aud": ["cordon", "other"]]
        },
        Case(testDescription: "another party", why: "wrong-party") { _ in ["azp": "other"] },
        Case(testDescription: "over", why: "bad-id-token") { ["exp": $0.clock.now.milliseconds / 1000 - 61] },
        Case(testDescription: "no role", why: "no-role") { _ in ["groups": ["staff"]] },
        Case(testDescription: "no name", why: "no-role") { _ in ["preferred_username": NSNull()] },
        Case(testDescription: "two names", why: "no-role") { _ in ["preferred_username": ["alice", "bob"]] },
    ]

    @Test(arguments: bad)
    func `a token that does not fit lets nobody in, and the log says why`(bad: Case) async throws {
        let (site, provider) = try Site.provided()
        let browser = Browser(site)
        let answer = await browser.signIn(provider, bad.changes(provider))
        #expect(answer.status == 403)
        #expect(browser.cookies[ConsoleResponder.sessionCookie] == nil)
        #expect(try site.lastWhy(.loginRefused) == bad.why)
        #expect(try site.events(.loggedIn).isEmpty)
    }

    @Test func `a login that was not begun in this browser does not end in it`() async throws {
        let (site, provider) = try Site.provided()
        let mallory = Browser(site), alice = Browser(site)
        let address = try #require(await mallory.fetch("/login/provider").header("Location"))
        let query = provider.authorize(address, as: "mallory")
        // Mallory has Alice follow the link: she would work under Mallory's name.
        #expect(await alice.fetch("/login/callback?" + query).status == 403)
        _ = await alice.fetch("/login/provider")
        #expect(await alice.fetch("/login/callback?" + query).status == 403)
        #expect(alice.cookies[ConsoleResponder.sessionCookie] == nil)
        #expect(try site.lastWhy(.loginRefused) == "unknown-state")
        // The code was not used up by that; in its own browser it counts, once.
        #expect(await mallory.fetch("/login/callback?" + query).status == 200)
        mallory.cookies[ProviderPages.cookie] = "x"
        #expect(await mallory.fetch("/login/callback?" + query).status == 403)
    }

    @Test func `a state counts once and for ten minutes, and an error of the provider is not told back`() async throws {
        let (site, provider) = try Site.provided()
        let browser = Browser(site)
        let late = try #require(await browser.fetch("/login/provider").header("Location"))
        let query = provider.authorize(late)
        site.time.pass(600)
        #expect(await browser.fetch("/login/callback?" + query).status == 403)
        let address = try #require(await browser.fetch("/login/provider").header("Location"))
        let state = try #require(FormFields(address.split(separator: "?")[1])?.raw("state"))
        let refused = await browser.fetch(
            "/login/callback?state=\(state)&error=access_denied&error_description=%3Cscript%3Ecanary")
        #expect(refused.status == 403 && !refused.html.contains("canary") && !refused.html.contains("<script"))
        #expect(try site.lastWhy(.loginRefused) == "provider-refused")
        for query in ["", "?code=x", "?state=x&code=y", "?state=\(state)&code=x"] {
            #expect(await browser.fetch("/login/callback" + query).status == 403)
        }
        // Another provider's answer, by its own word (RFC 9207).
        let mixed = try #require(await browser.fetch("/login/provider").header("Location"))
        #expect(
            await browser.fetch("/login/callback?iss=https%3A%2F%2Fevil.example&" + provider.authorize(mixed)).status
                == 403)
        #expect(try site.lastWhy(.loginRefused) == "another-provider")
    }

    @Test func `a code without the verifier of this login is nothing`() async throws {
        let (site, provider) = try Site.provided()
        let browser = Browser(site)
        let one = try #require(await browser.fetch("/login/provider").header("Location"))
        let stolen = provider.authorize(one).split(separator: "&")[0]
        let two = try #require(await browser.fetch("/login/provider").header("Location"))
        let state = try #require(FormFields(two.split(separator: "?")[1])?.raw("state"))
        #expect(await browser.fetch("/login/callback?\(stolen)&state=\(state)").status == 403)
        #expect(try site.lastWhy(.loginRefused) == "code-refused")
    }

    @Test(arguments: [
        "https://evil.example", "//evil.example", "/\\evil", "/login", "/nowhere", "/api/v1/holds", "/logout",
    ])
    func `nobody is led elsewhere`(next: String) async throws {
        let (site, provider) = try Site.provided()
        let answer = await Browser(site).signIn(provider, next: next)
        #expect(answer.status == 200 && answer.html.contains("content=\"0; url=/\""))
        #expect(!answer.html.contains("evil"))
    }

    @Test func `a session has a secret of its own, whatever cookie somebody brought`() async throws {
        let (site, provider) = try Site.provided()
        let browser = Browser(site)
        let planted = String(repeating: "ab", count: 32)
        browser.cookies[ConsoleResponder.sessionCookie] = planted
        browser.cookies[ProviderPages.cookie] = planted
        _ = await browser.signIn(provider)
        let secret = try #require(browser.cookies[ConsoleResponder.sessionCookie])
        #expect(secret != planted && secret.utf8.count == 64)
        #expect(browser.cookies[ProviderPages.cookie] == nil)
    }

    @Test func `what asks for a code asks the provider instead, each time anew`() async throws {
        let (site, provider) = try Site.provided { $0.sessions.idle = 1 << 30 }
        try SampleRecords.fill(site)
        let browser = Browser(site)
        _ = await browser.signIn(provider)
        let path = "/holds/1/request-release"
        let page = browser.get("/holds/1").html
        #expect(page.contains("/login/provider?again=1&amp;next=%2Fholds%2F1"))
        #expect(browser.post(path, ["reason": "settled", "code": "000000"]).status == 403)
        #expect(try site.lastWhy(.accessRefused) == "not-fresh")
        // The provider is told to ask.
        let begun = await browser.fetch("/login/provider?again=1&next=/holds/1")
        #expect(begun.header("Location")?.contains("prompt=login&max_age=0") == true)
        // Somebody else, and a sign-in of a while ago, are no proof.
        #expect(await browser.signIn(provider, as: "bob", again: true).status == 403)
        let now = site.time.now.milliseconds / 1000
        #expect(await browser.signIn(provider, again: true, ["auth_time": now - 120]).status == 403)
        #expect(await browser.signIn(provider, again: true, ["auth_time": now + 61]).status == 403)
        #expect(await browser.signIn(provider, again: true, ["auth_time": NSNull()]).status == 403)
        #expect(browser.post(path, ["reason": "settled"]).status == 403)
        #expect(await browser.signIn(provider, next: "/holds/1", again: true).html.contains("url=/holds/1"))
        #expect(browser.get("/holds/1").html.contains("You have shown again who you are"))
        #expect(browser.post(path, ["reason": "settled"]).status == 303)
        // It is used up; and one of six minutes ago is too old.
        #expect(browser.post("/holds/1/approve-release", ["reason": "x"]).status == 403)
        _ = await browser.signIn(provider, again: true)
        site.time.pass(301)
        #expect(browser.post("/holds/1/approve-release", ["reason": "x"]).status == 403)
    }

    @Test func `the way in which somebody shows who they are is held against what is asked`() async throws {
        let (site, provider) = try Site.provided { $0.identity?.context = "urn:example:mfa" }
        let browser = Browser(site)
        _ = await browser.signIn(provider)
        let begun = await browser.fetch("/login/provider?again=1")
        #expect(begun.header("Location")?.contains("acr_values=urn%3Aexample%3Amfa") == true)
        #expect(await browser.signIn(provider, again: true, ["acr": "urn:example:password"]).status == 403)
        #expect(try site.lastWhy(.loginRefused) == "wrong-context")
        #expect(await browser.signIn(provider, again: true, ["acr": "urn:example:mfa"]).status == 200)
    }

    @Test func `whose account is disabled here does not come in by the provider either`() async throws {
        let (site, provider) = try Site.provided()
        try site.account("Alice", .viewer)
        let browser = Browser(site)
        _ = await browser.signIn(provider)
        #expect(browser.get("/holds").status == 200)
        _ = try site.accounts.setDisabled(true, "alice")
        #expect(browser.get("/holds").status == 303)
        #expect(await Browser(site).signIn(provider).status == 403)
        #expect(try site.lastWhy(.loginRefused) == "disabled")
        // A name is the same however its letters are composed, as it is where two people are told apart.
        try site.account("Zo\u{EB}", .viewer)
        let other = Browser(site)
        #expect(await other.signIn(provider, as: "zoe\u{308}").status == 200)
        _ = try site.accounts.setDisabled(true, "Zo\u{EB}")
        #expect(other.get("/holds").status == 303)
        #expect(await Browser(site).signIn(provider, as: "zoe\u{308}").status == 403)
    }

    @Test func `without accounts of its own the console takes no password, and no token of one`() async throws {
        let (site, provider) = try Site.provided()
        try site.account("anna", .legal)
        let token = try site.token("anna")
        let (closed, _) = try Site.provided { $0.localAccounts = false }
        try closed.account("anna", .legal)
        let browser = Browser(closed)
        #expect(!browser.get("/login").html.contains("name=\"password\""))
        #expect(browser.signIn("anna", code: closed.code("anna")).status == 403)
        #expect(try InterfaceClient(closed, token: closed.token("anna")).get("/holds").status == 401)
        // Beside a provider both are good.
        #expect(InterfaceClient(site, token: token).get("/holds").status == 200)
        #expect(Browser(site).signIn("anna", code: site.code("anna")).status == 303)
        _ = provider
    }

    @Test func `a provider that does not answer lets nobody in, and is not asked without end`() async throws {
        let (site, provider) = try Site.provided()
        provider.setDown(true)
        for _ in 0..<5 { #expect(await Browser(site).fetch("/login/provider").status == 503) }
        #expect(provider.asked == 1)
        provider.setDown(false)
        site.time.pass(10)
        #expect(await Browser(site).fetch("/login/provider").status == 303)
        let (limited, _) = try Site.provided(attempts: 2)
        for expected in [303, 303, 429] {
            #expect(await Browser(limited).fetch("/login/provider").status == expected)
        }
    }

    @Test func `coming back without having gone ends soon, and stays on the log without filling it`() async throws {
        let (site, _) = try Site.provided(attempts: 3)
        for _ in 0..<3 { #expect(await Browser(site).fetch("/login/callback?state=x&code=y").status == 403) }
        for _ in 0..<5 { #expect(await Browser(site).fetch("/login/callback?state=x&code=y").status == 429) }
        #expect(try site.events(.loginRefused).count == 4)
        #expect(try site.lastWhy(.loginRefused) == "too-many-attempts")
        site.time.pass(301)
        #expect(await Browser(site).fetch("/login/callback?state=x&code=y").status == 403)
    }

    @Test func `who signs out is told how to sign out of the provider`() async throws {
        let (site, provider) = try Site.provided()
        let browser = Browser(site)
        _ = await browser.signIn(provider)
        var request = ConsoleRequest(
            method: "POST", path: "/logout", form: FormFields("form=\(browser.token ?? "")") ?? .none)
        request.headers = ["host": "127.0.0.1:8090", "origin": "http://127.0.0.1:8090"]
        request.cookies = browser.cookies
        let answer = await site.responder.respond(request)
        #expect(
            answer.status == 200
                && answer.html.contains(SampleProvider.issuer + "/end?client_id=cordon&amp;post_logout"))
        #expect(browser.get("/").status == 303)
        #expect(try site.events(.loggedOut).map(\.actor) == ["alice"])
    }

    // MARK: - The interface

    private func ask(_ site: Site, _ token: String, _ path: String = "/api/v1/holds", _ method: String = "GET") async
        -> ConsoleAnswer
    {
        var request = ConsoleRequest(method: method, path: path)
        request.headers = ["authorization": "Bearer " + token, "host": "127.0.0.1:8090"]
        if method == "POST" {
            request.headers["content-type"] = "application/json"
            request.body = Array(#"{"reason": "settled"}"#.utf8)
        }
        return await site.responder.respond(request)
    }

    @Test func `an access token of the provider is good at the interface, and nothing else of it`() async throws {
        let (site, provider) = try Site.provided()
        try SampleRecords.fill(site)
        #expect(await ask(site, provider.accessToken()).status == 200)
        #expect(await ask(site, provider.accessToken(), "/api/v1/accounts").status == 403)
        for changes: [String: Any] in [
            // What was made for the browser.
            ["aud": "cordon"], ["iss": "https://evil.example"], ["exp": 1], ["groups": ["staff"]], ["sub": ""],
        ] { #expect(await ask(site, provider.accessToken(changes)).status == 401) }
        #expect(await ask(site, provider.accessToken().dropLast(4) + "AAAA").status == 401)
        // Nor without its audience.
        let (closed, other) = try Site.provided { $0.identity?.audience = nil }
        #expect(await ask(closed, other.accessToken(["aud": "cordon"])).status == 401)
    }

    @Test func `whose account is disabled here gets nothing by a token of the provider either`() async throws {
        let (site, provider) = try Site.provided()
        try site.account("Alice", .viewer)
        #expect(await ask(site, provider.accessToken()).status == 200)
        _ = try site.accounts.setDisabled(true, "alice")
        #expect(await ask(site, provider.accessToken()).status == 401)
        #expect(try site.lastWhy(.loginRefused) == "disabled")
        #expect(try site.events(.loginRefused).map(\.actor) == ["alice"])
    }

    @Test func `what asks for a code asks for a fresh token`() async throws {
        let (site, provider) = try Site.provided()
        try SampleRecords.fill(site)
        let path = "/api/v1/holds/1/request-release"
        let then = site.time.now.milliseconds / 1000 - 301
        for changes in [["auth_time": then], ["auth_time": then + 362], ["auth_time": "x"] as [String: Any]] {
            let answer = await ask(site, provider.accessToken(changes), path, "POST")
            #expect(answer.status == 401)
            #expect(
                answer.header("WWW-Authenticate")
                    == #"Bearer realm="cordon", error="insufficient_user_authentication", max_age="300""#)
        }
        #expect(await ask(site, provider.accessToken(), path, "POST").status == 200)
    }

    @Test func `the way in which somebody signed in counts at the interface, too`() async throws {
        let (site, provider) = try Site.provided { $0.identity?.context = "urn:example:mfa" }
        try SampleRecords.fill(site)
        let path = "/api/v1/holds/1/request-release"
        for token in [provider.accessToken(), provider.accessToken(["acr": "urn:example:password"])] {
            let answer = await ask(site, token, path, "POST")
            #expect(answer.status == 401)
            #expect(answer.header("WWW-Authenticate")?.hasSuffix(#", acr_values="urn:example:mfa""#) == true)
            #expect(await ask(site, token).status == 200)
        }
        #expect(await ask(site, provider.accessToken(["acr": "urn:example:mfa"]), path, "POST").status == 200)
    }
}
