import CustodyLog
import Host
import Registry
import Testing

@testable import Console

struct LoginTests {
    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "::ffff:192.0.2.7"), ("unknown", "unknown"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8::1", "2001:db8:0:0::/64"), ("2001:db8::1:2:3:4:5", "2001:db8:0:1::/64"), ("::1", "0:0:0:0::/64"),
        ("fe80::1%eth0", "fe80:0:0:0::/64"),
    ])
    func `whoever has a network of IPv6 has one address to try from`(address: String, expected: String) {
        #expect(AttemptLimit.network(address) == expected)
    }

    @Test func `another address of the same network tries no more`() {
        let limit = AttemptLimit(most: 1)
        #expect(limit.attempt(from: "2001:db8::1", at: Site.start) == .allowed)
        #expect(limit.attempt(from: "2001:db8::2", at: Site.start) == .refused(isFirst: true))
        #expect(limit.attempt(from: "2001:db8:0:1::1", at: Site.start) == .allowed)
    }

    @Test func `somebody comes in, and the log says so`() throws {
        let site = try Site()
        try site.account("anna", .reviewer)
        let browser = Browser(site)
        let answer = browser.signIn("anna", code: site.code("anna"))
        #expect(answer.status == 303 && answer.header("Location") == "/")
        #expect(browser.get("/").status == 200)
        let events = try site.events(.loggedIn)
        #expect(events.map(\.actor) == ["anna"])
        #expect(browser.post("/logout").status == 303)
        #expect(browser.get("/").header("Location") == "/login?next=%2F")
        #expect(try site.events(.loggedOut).count == 1)
    }

    @Test func `who does not come in is told the same, whatever was wrong; the log knows`() throws {
        let site = try Site()
        try site.account("anna", .reviewer)
        var pages: Set<String> = []
        var whys: [String?] = []
        func attempt(_ name: String, _ password: String, _ code: String) throws {
            let browser = Browser(site)
            let answer = browser.signIn(name, password: password, code: code)
            #expect(answer.status == 401)
            pages.insert(String(answer.html.split(separator: "role=\"alert\"").last?.prefix { $0 != "<" } ?? ""))
            whys.append(try site.lastWhy(.loginRefused))
        }
        try attempt("nobody", Site.password, site.code("anna"))
        try attempt("anna", "wrong horse battery", site.code("anna"))
        try attempt("anna", Site.password, "000000")
        #expect(whys == ["unknown-account", "wrong-password", "wrong-code"])
        #expect(pages.count == 1)
        // Of a name that nobody has nothing is kept.
        #expect(try site.events(.loginRefused).map(\.actor) == ["unknown", "anna", "anna"])
    }

    @Test func `a code that was used does not count again, in any session`() throws {
        let site = try Site()
        try site.account("anna", .reviewer)
        let code = site.code("anna")
        #expect(Browser(site).signIn("anna", code: code).status == 303)
        #expect(Browser(site).signIn("anna", code: code).status == 401)
        #expect(try site.lastWhy(.loginRefused) == "code-used-before")
        // Nor after the store was opened again.
        let again = try AccountStore(folder: site.folder)
        let result = try again.login(name: "anna", password: Site.password, code: code, at: site.time.now)
        #expect(result == .failure(.codeUsedBefore))
    }

    @Test func `a recovery code is good once`() throws {
        let site = try Site()
        let secrets = try site.accounts.add("anna", roles: [.viewer], password: Site.password, at: site.time.now)
        let code = try #require(secrets.recoveryCodes.first)
        #expect(Browser(site).signIn("anna", code: code).status == 303)
        #expect(Browser(site).signIn("anna", code: code).status == 401)
        #expect(try site.accounts.account("anna")?.recoveryCodes == 9)
    }

    @Test func `guessing locks the account, for longer each time, and what is right does not open it`() throws {
        let site = try Site()
        try site.account("anna", .reviewer)
        for _ in 0..<5 { #expect(Browser(site).signIn("anna", code: "000000").status == 401) }
        #expect(Browser(site).signIn("anna", code: site.code("anna")).status == 401)
        #expect(try site.lastWhy(.loginRefused) == "locked")
        site.time.pass(61)
        #expect(Browser(site).signIn("anna", code: "000000").status == 401)
        site.time.pass(61)
        #expect(Browser(site).signIn("anna", code: site.code("anna")).status == 401)
        #expect(try site.lastWhy(.loginRefused) == "locked")
        site.time.pass(61)
        #expect(Browser(site).signIn("anna", code: site.code("anna")).status == 303)
        #expect(try site.accounts.account("anna")?.failures == 0)
        #expect([4, 5, 6, 7, 30].map { AccountStore.lock($0) } == [nil, 60, 120, 240, 3600])
    }

    @Test func `one address does not try without end`() throws {
        let site = try Site(attempts: 3)
        for _ in 0..<3 { #expect(Browser(site).signIn("nobody", code: "000000").status == 401) }
        for _ in 0..<3 { #expect(Browser(site).signIn("nobody", code: "000000").status == 429) }
        // The log has the first of them.
        #expect(try site.events(.loginRefused).count == 4)
        #expect(try site.lastWhy(.loginRefused) == "too-many-attempts")
        site.time.pass(301)
        #expect(Browser(site).signIn("nobody", code: "000000").status == 401)
    }

    @Test func `a session has a secret of its own, whatever cookie somebody brought`() throws {
        let site = try Site()
        try site.account("anna", .reviewer)
        let browser = Browser(site)
        let planted = String(repeating: "ab", count: 32)
        browser.cookies[ConsoleResponder.sessionCookie] = planted
        #expect(browser.signIn("anna", code: site.code("anna")).status == 303)
        let secret = try #require(browser.cookies[ConsoleResponder.sessionCookie])
        #expect(secret != planted && secret.utf8.count == 64)
        // Whoever comes in again has another, and the old one is over.
        browser.cookies[ConsoleResponder.sessionCookie] = nil
        #expect(browser.signIn("anna", code: site.nextCode("anna")).status == 303)
        #expect(browser.cookies[ConsoleResponder.sessionCookie] != secret)
    }

    @Test func `a session is over when nothing came, and when its time is over`() throws {
        let site = try Site {
            $0.sessions.idle = 60; $0.sessions.longest = 150
        }
        try site.account("anna", .reviewer)
        let browser = Browser(site)
        #expect(browser.signIn("anna", code: site.code("anna")).status == 303)
        site.time.pass(59)
        #expect(browser.get("/").status == 200)
        site.time.pass(60)
        #expect(browser.get("/").status == 303)
        #expect(browser.signIn("anna", code: site.code("anna")).status == 303)
        for _ in 0..<2 {
            site.time.pass(50)
            #expect(browser.get("/").status == 200)
        }
        site.time.pass(50)
        #expect(browser.get("/").status == 303)
    }

    @Test func `who is disabled, or is given other roles, is out at once`() throws {
        let site = try Site()
        try site.account("anna", .reviewer)
        try site.account("bert", .legal)
        let anna = try site.browser("anna"), bert = try site.browser("bert")
        // By another process.
        let others = try AccountStore(folder: site.folder)
        _ = try others.setRoles([.viewer], of: "anna")
        _ = try others.setDisabled(true, "bert")
        #expect(anna.get("/").status == 303)
        #expect(bert.get("/").status == 303)
        #expect(Browser(site).signIn("bert", code: site.nextCode("bert")).status == 401)
        #expect(try site.lastWhy(.loginRefused) == "disabled")
    }

    @Test func `who is disabled under one name is out under another, and does not come in again`() throws {
        let site = try Site(Site.endless)
        for name in ["anna", "bert", "carl"] { try site.account(name, .legal) }
        let anna = try SampleRecords.person("anna"), bert = try SampleRecords.person("bert")
        try site.registry.link(anna, with: bert, by: SampleRecords.person("root"), at: site.time.now)
        let browser = try site.browser("bert"), other = try site.browser("carl"), client = try site.client("bert")
        #expect(browser.get("/").status == 200 && client.get("/holds").status == 200)
        _ = try site.accounts.setDisabled(true, "anna")
        #expect(browser.get("/").status == 303)
        #expect(client.get("/holds").status == 401)
        #expect(Browser(site).signIn("bert", code: site.nextCode("bert")).status == 401)
        #expect(try site.lastWhy(.loginRefused) == "disabled")
        #expect(other.get("/").status == 200)
        _ = try site.accounts.setDisabled(false, "anna")
        #expect(Browser(site).signIn("bert", code: site.nextCode("bert")).status == 303)
    }

    @Test func `who was given a password sets their own before anything else`() throws {
        let site = try Site()
        let secrets = try site.accounts.add("anna", roles: [.administrator], at: site.time.now)
        try site.remember(secrets, of: "anna")
        let given = try #require(secrets.password)
        let browser = Browser(site)
        #expect(browser.signIn("anna", password: given, code: site.code("anna")).header("Location") == "/account")
        #expect(browser.get("/accounts").header("Location") == "/account")
        let old = browser.cookies[ConsoleResponder.sessionCookie]
        #expect(
            browser.post(
                "/account/password",
                [
                    "old": given, "new": "another good phrase", "again": "another good phrase",
                    "code": site.nextCode("anna"),
                ]
            ).status == 303)
        #expect(browser.cookies[ConsoleResponder.sessionCookie] != old)
        #expect(browser.get("/accounts").status == 200)
        #expect(Browser(site).signIn("anna", password: given, code: site.nextCode("anna")).status == 401)
    }

    @Test func `a bad password is not taken, and why is said`() throws {
        let site = try Site()
        try site.account("anna", .viewer)
        let browser = try site.browser("anna")
        for (new, words) in [
            ("short", "at least 12"), ("aaaaaaaaaaaaaaa", "different"), ("i am anna and so on", "name"),
        ] {
            let answer = browser.post(
                "/account/password",
                ["old": Site.password, "new": new, "again": new, "code": site.nextCode("anna")])
            #expect(answer.status == 422 && answer.html.contains(words))
        }
    }

    /// Each value that somebody may put behind `next=`.
    @Test(arguments: [
        "https://evil.example", "//evil.example", "/\\evil.example", "/login", "javascript:alert(1)", "/nowhere",
        "/account\r\nX: y", "account", "/%2f/evil.example", "/logout", "/account?x=//evil.example", "",
    ])
    func `nobody is led elsewhere`(next: String) throws {
        let site = try Site()
        try site.account("anna", .viewer)
        let answer = Browser(site).signIn("anna", code: site.code("anna"), next: next)
        #expect(answer.header("Location") == "/")
        #expect(LoginPages.next("/account") == "/account")
    }
}
