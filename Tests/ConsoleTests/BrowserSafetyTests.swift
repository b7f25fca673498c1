import CustodyLog
import Foundation
import Host
import Registry
import Testing

@testable import Console

/// What a browser must not be made to do.
struct BrowserSafetyTests {
    @Test(arguments: ["%", "%4", "%+1", "%-0", "%zz", "%4 ", "%ff"])
    func `what is percent-encoded in half is not read`(text: String) {
        #expect(FormFields("name=" + text) == nil)
        #expect(ConsoleRoute.pages.allSatisfy { $0.values(of: "/studies/" + text) == nil })
    }

    @Test func `a cookie of which the name only resembles ours is another`() {
        let name = ConsoleResponder.sessionCookie
        let cookies = ConsoleRequest.cookies("__Ho st-cordon-session=planted; \(name)=own;a=b=c; \(name)=later")
        #expect(cookies == ["__Ho st-cordon-session": "planted", name: "own", "a": "b=c"])
    }

    @Test func `every answer forbids scripts, frames, guesses and keeping`() throws {
        let site = try Site()
        try site.account("anna", .administrator, .legal, .reviewer, .auditor)
        try SampleRecords.fill(site)
        let browser = try site.browser("anna")
        let answers =
            ConsoleRoute.pages.filter { $0.method == "GET" }.map { browser.get(SampleRecords.path($0)) } + [
                browser.get("/nowhere"), browser.get("/", method: "DELETE"), browser.post("/accounts/other/unlock"),
                Browser(site).get("/login"), Browser(site).get("/"), Browser(site).post("/login"),
            ]
        for answer in answers {
            #expect(answer.header("Content-Security-Policy")?.hasPrefix("default-src 'none'") == true)
            #expect(answer.header("Content-Security-Policy")?.contains("script-src") == false)
            #expect(answer.header("Content-Security-Policy")?.contains("unsafe") == false)
            #expect(answer.header("X-Content-Type-Options") == "nosniff")
            #expect(answer.header("X-Frame-Options") == "DENY")
            #expect(answer.header("Referrer-Policy") == "same-origin")
            #expect(answer.header("Cross-Origin-Resource-Policy") == "same-origin")
            let isFile = answer.type.hasPrefix("text/css") || answer.body == PackageResources.icon_svg
            #expect(answer.header("Cache-Control") == (isFile ? "max-age=86400" : "no-store"))
            #expect(!answer.html.contains("<script"))
            #expect(!answer.html.contains("style=\""))
            for cookie in answer.headers where cookie.name == "Set-Cookie" {
                for flag in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
                    #expect(cookie.value.contains(flag))
                }
                #expect(cookie.value.hasPrefix("__Host-") && !cookie.value.contains("Domain"))
            }
        }
    }

    @Test func `with TLS browsers are told to come by TLS alone`() {
        #expect(SecurityHeaders.of(isTLS: true).contains { $0.name == "Strict-Transport-Security" })
        #expect(!SecurityHeaders.of(isTLS: false).contains { $0.name == "Strict-Transport-Security" })
    }

    @Test func `a form of another site does nothing, and is on the log`() throws {
        let site = try Site()
        try site.account("anna", .administrator)
        try SampleRecords.fill(site)
        let browser = try site.browser("anna")
        for route in ConsoleRoute.pages where route.method == "POST" && route.access != .everybody {
            let path = SampleRecords.path(route)
            // Without the token, with another's, and with the right one from another origin.
            for (token, origin) in [
                ("", browser.origin), (String(repeating: "0", count: 64), browser.origin),
                (browser.token ?? "", "https://evil.example"), (browser.token ?? "", "null"),
                (browser.token ?? "", "http://127.0.0.1:8091"),
            ] {
                let count = try site.events(.accessRefused).count
                let own = browser.origin
                browser.origin = origin
                let answer = browser.post(path, ["code": site.nextCode("anna")], token: token)
                browser.origin = own
                #expect(answer.status == 403, "\(path)")
                #expect(try site.events(.accessRefused).count == count + 1)
                #expect(["form-token", "another-origin"].contains(try site.lastWhy(.accessRefused)))
            }
        }
        #expect(try site.accounts.account("other")?.isDisabled == false)
        #expect(browser.get("/").status == 200)
        // A browser that does not say where from says how.
        var request = ConsoleRequest(
            method: "POST", path: "/logout", form: FormFields("form=\(browser.token ?? "")") ?? .none)
        request.headers["sec-fetch-site"] = "cross-site"
        #expect(browser.send(request).status == 403)
    }

    @Test func `nobody is signed in by a form of another site`() throws {
        let site = try Site()
        try site.account("anna", .viewer)
        let own = Browser(site)
        let page = own.get("/login").html
        let seal = page.split(separator: "name=\"form\" value=\"").dropFirst().first?.prefix { $0 != "\"" } ?? ""
        let fields = ["name": "anna", "password": Site.password, "code": site.code("anna")]
        // The token of one browser in another.
        #expect(Browser(site).post("/login", fields, token: String(seal)).status == 403)
        let other = Browser(site)
        _ = other.get("/login")
        #expect(other.post("/login", fields, token: String(seal)).status == 403)
        #expect(own.post("/login", fields, token: String(seal)).status == 303)
    }

    /// In every name of a query or a form that a page knows, and in every part of its path.
    @Test func `what somebody sends comes back as text, if at all`() throws {
        let site = try Site(Site.endless, operations: SampleGateway())
        try site.account("anna", .administrator, .legal, .reviewer, .auditor, .viewer)
        try SampleRecords.fill(site)
        let browser = try site.browser("anna")
        let bad = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{name}}"
        let coded = PercentText.encode(bad)
        for route in ConsoleRoute.pages where route.template != "/logout" {
            let path = route.template.split(separator: "/").map { $0.first == "{" ? coded : String($0) }
                .joined(separator: "/")
            let names = [
                "next", "name", "patient", "issuer", "study", "accession", "instance", "matter", "reason", "state",
                "kind",
                "actor", "since", "until", "after", "from", "label", "custodian", "authority", "review", "about",
                "value",
                "remark", "old", "new", "again", "code", "start", "before", "about-kind",
            ]
            let query = names.map { "\($0)=\(coded)" }.joined(separator: "&")
            let answers =
                route.method == "GET"
                ? [browser.get("/\(path)?\(query)"), browser.get(SampleRecords.path(route) + "?\(query)")]
                : [
                    browser.post("/\(path)", Dictionary(uniqueKeysWithValues: names.map { ($0, bad) })),
                    browser.post(
                        SampleRecords.path(route),
                        Dictionary(uniqueKeysWithValues: names.map { ($0, bad) })
                            .merging(["code": site.nextCode("anna")]) { $1 }),
                ]
            for answer in answers {
                #expect(answer.status != 500, "\(route.method) \(route.template)")
                // What is no page is kept as a file, and shown by nobody.
                guard answer.type.hasPrefix("text/html") else {
                    let isFile =
                        ["/style.css", "/icon.svg", "/health"].contains(route.template)
                        // A picture, or a drawing that says why there is none.
                        || route.template.hasSuffix("/{frame}") && answer.type.hasPrefix("image/")
                            && !answer.html.contains("<script")
                    #expect(isFile || answer.header("Content-Disposition")?.hasPrefix("attachment") == true)
                    continue
                }
                #expect(!answer.html.contains("<script>"), "\(route.method) \(route.template)")
                #expect(!answer.html.contains("<img src=x"), "\(route.method) \(route.template)")
                #expect(!answer.headers.contains { $0.value.contains("script") && $0.name == "Location" })
            }
            if browser.token == nil { try #require(browser.signIn("anna", code: site.nextCode("anna")).status == 303) }
        }
    }

    @Test(arguments: [("\"\u{301}", "&quot;"), ("\u{600}\"", "&quot;"), ("'\u{200D}", "&#39;"), ("<\u{338}", "&lt;")])
    func `what stands together with an accent is escaped, too`(text: String, escaped: String) throws {
        let html = try PageTemplates().html("problem", ["title": "a \(text) b", "detail": "d"])
        #expect(html.contains(escaped))
    }

    @Test func `no template lets anything through unescaped, and none has a script or a style`() throws {
        let folder = Repository.path("Sources/Console/Templates")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".mustache") }
        #expect(names.count > 5)
        for name in names {
            let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
            for bad in ["{{{", "{{&", "{{%", "<script", "style=", "javascript:", " on"] where text.contains(bad) {
                // An attribute of an event, not a word.
                if bad == " on" {
                    #expect(text.firstMatch(of: /<[^>]* on[a-z]+=/) == nil, "\(name)")
                } else {
                    Issue.record("\(name) has \(bad)")
                }
            }
            // Forms carry the token of the session.
            let forms = text.split(separator: "<form").dropFirst()
            for form in forms where form.contains("method=\"post\"") {
                #expect(form.contains("name=\"form\""), "\(name)")
                // Who came in by an identity provider has no code: their own account's forms and the sign-in are for others.
                let isForLocal = ["account.mustache", "login.mustache"].contains(name)
                if !isForLocal, form.contains("name=\"code\"") {
                    #expect(form.contains("{{#asksCode}}") && form.contains("Show again who you are"), "\(name)")
                }
            }
        }
    }
}
