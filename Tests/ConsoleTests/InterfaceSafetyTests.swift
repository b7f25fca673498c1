import CustodyLog
import Foundation
import Host
import Registry
import Testing

@testable import Console

/// What a token must not be good for, and what a stranger must not learn.
struct InterfaceSafetyTests {
    @Test func `a token is shown once, and nothing of it is kept but a hash`() throws {
        let site = try Site()
        try site.account("anna", .legal)
        let client = try site.client("anna")
        let answer = client.post(
            "/account/tokens", #"{"name": "nightly", "permissions": ["see-holds"], "days": 30}"#,
            code: site.nextCode("anna"))
        #expect(answer.status == 201)
        let text = try #require(answer.object["token"] as? String)
        #expect(text.hasPrefix("cordon_") && text.utf8.count == 71)
        #expect(!client.get("/account/tokens").html.contains(text))
        for name in try FileManager.default.contentsOfDirectory(atPath: site.folder) {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: site.folder + "/" + name))
            #expect(bytes.range(of: Data(text.dropFirst(7).utf8)) == nil, "\(name)")
        }
        // It works, and does what it was given.
        let other = InterfaceClient(site, token: text)
        #expect(other.get("/holds").status == 200 && other.get("/log").status == 403)
        // The log has that it was made, and for what.
        let made = try #require(try site.events(.accountChanged).last)
        #expect(made.facts.contains { $0.name == "permissions" && $0.value == "see-holds" })
    }

    @Test func `a token gives no more than it has, nor for longer`() throws {
        let site = try Site(Site.endless)
        try site.account("anna", .legal)
        let client = InterfaceClient(site, token: try site.token("anna", [.ownAccount, .seeHolds], days: 10))
        func ask(_ permission: String, _ days: Int) -> Int {
            client.post(
                "/account/tokens", #"{"name": "x", "permissions": ["\#(permission)"], "days": \#(days)}"#,
                code: site.nextCode("anna")
            ).status
        }
        #expect(ask("place-holds", 5) == 422)
        #expect(ask("manage-accounts", 5) == 422)
        #expect(ask("see-holds", 11) == 422)
        #expect(ask("see-holds", 367) == 422)
        #expect(ask("see-holds", 5) == 201)
        // With another role the token may less at once.
        _ = try site.accounts.setRoles([.viewer], of: "anna")
        #expect(client.get("/holds").status == 403)
    }

    @Test func `what is over, ended or of somebody who is out is not good any more`() throws {
        let site = try Site(Site.endless)
        for name in ["anna", "bert", "carl", "dora"] { try site.account(name, .legal) }
        let anna = InterfaceClient(site, token: try site.token("anna", days: 1))
        let bert = try site.client("bert"), carl = try site.client("carl"), dora = try site.client("dora")
        for client in [anna, bert, carl, dora] { #expect(client.get("/holds").status == 200) }
        let other = try AccountStore(folder: site.folder)
        _ = try other.setDisabled(true, "bert")
        _ = try other.reset("carl")
        let token = try #require(try site.accounts.tokens(of: "dora", at: site.time.now).first)
        // Nobody ends another's.
        #expect(anna.post("/account/tokens/\(token.id)/revoke").status == 404)
        #expect(dora.post("/account/tokens/\(token.id)/revoke").status == 200)
        site.time.pass(86_400)
        for client in [anna, bert, carl, dora] { #expect(client.get("/holds").status == 401) }
        #expect(
            try site.events(.loginRefused).compactMap { leaf in leaf.facts.first { $0.name == "why" }?.value } == [
                "expired-token", "disabled", "unknown-token", "unknown-token",
            ])
        // Of a token that nobody has the log keeps nothing.
        #expect(try site.events(.loginRefused).map(\.actor) == ["anna", "bert", "unknown", "unknown"])
    }

    @Test func `guessing tokens ends soon, and stays on the log without filling it`() throws {
        let site = try Site(attempts: 3)
        try site.account("anna", .legal)
        let good = try site.client("anna")
        func guess() -> ConsoleAnswer { InterfaceClient(site, token: AccessToken.new()).get("/holds") }
        for _ in 0..<3 { #expect(guess().status == 401) }
        for _ in 0..<5 {
            let answer = guess()
            #expect(answer.status == 429 && answer.header("Retry-After") == "300")
        }
        #expect(try site.events(.loginRefused).count == 4)
        #expect(try site.lastWhy(.loginRefused) == "too-many-attempts")
        // Who has a good one is let in all the same, and so is who signs in.
        #expect(Browser(site).signIn("anna", code: site.code("anna")).status == 303)
        #expect(good.get("/holds").status == 200)
        site.time.pass(301)
        #expect(guess().status == 401)
    }

    @Test(arguments: [
        "Basic YW5uYTp4", "Bearer", "Bearer a b", "bearer cordon_", "Token x", "", "Bearer eyJhbGciOiJub25lIn0.e30.",
    ])
    func `what is no token of ours lets nobody in`(header: String) throws {
        let site = try Site()
        var client = InterfaceClient(site)
        client.headers["authorization"] = header
        let answer = client.get("/holds")
        #expect(answer.status == 401 && answer.header("WWW-Authenticate")?.hasPrefix("Bearer") == true)
        #expect(!answer.html.contains("eyJ"))
    }

    @Test func `a code is asked for, counts once, and guessing it locks`() throws {
        let site = try Site(Site.endless)
        try site.account("anna", .legal)
        try SampleRecords.fill(site)
        let client = try site.client("anna")
        let path = "/holds/1/request-release", body = #"{"reason": "settled"}"#
        let without = client.post(path, body)
        #expect(without.status == 401 && without.object["type"] as? String == "urn:cordon:problem:code-required")
        // A body that does not fit uses no code up.
        let code = site.nextCode("anna")
        #expect(client.post(path, "{}", code: code).status == 422)
        #expect(client.post(path, body, code: code).status == 200)
        #expect(client.post("/account/recovery-codes", code: code).status == 401)
        #expect(try site.lastWhy(.accessRefused) == "code-used-before")
        for _ in 0..<5 { #expect(client.post("/account/recovery-codes", code: "000000").status == 401) }
        #expect(client.post("/account/recovery-codes", code: site.nextCode("anna")).status == 401)
        #expect(try site.lastWhy(.accessRefused) == "locked")
        // What asks for none goes on: nobody shuts a program out by guessing.
        #expect(client.get("/holds").status == 200)
    }

    @Test func `the same person signs no second time, by whatever way`() throws {
        let site = try Site(Site.endless)
        try site.account("anna", .legal)
        try site.account("bert", .legal)
        try SampleRecords.fill(site)
        let anna = try site.client("anna"), body = #"{"reason": "settled"}"#
        #expect(anna.post("/holds/1/request-release", body, code: site.nextCode("anna")).status == 200)
        #expect(anna.post("/holds/1/approve-release", body, code: site.nextCode("anna")).status == 403)
        #expect(try site.events(.forbidden).count == 1)
        let browser = try site.browser("anna")
        #expect(
            browser.post("/holds/1/approve-release", ["reason": "settled", "code": site.nextCode("anna")]).status == 403
        )
        let done = try site.client("bert").post("/holds/1/approve-release", body, code: site.nextCode("bert"))
        #expect(done.status == 200 && done.object["inForce"] as? Bool == false)
    }

    @Test func `who was given a password sets their own before a token does anything`() throws {
        let site = try Site()
        _ = try site.accounts.add("anna", roles: [.legal], at: site.time.now)
        #expect(try site.client("anna").get("/holds").status == 403)
    }

    @Test func `one caller does not ask without end`() throws {
        let site = try Site(requests: 3)
        try site.account("anna", .legal)
        let client = try site.client("anna")
        for _ in 0..<3 { #expect(client.get("/account").status == 200) }
        let answer = client.get("/account")
        #expect(answer.status == 429 && answer.header("Retry-After") == "60")
        site.time.pass(61)
        #expect(client.get("/account").status == 200)
    }

    @Test func `no problem names a patient`() throws {
        let site = try Site(Site.endless)
        try site.account("anna", .legal, .reviewer, .auditor, .administrator)
        try SampleRecords.fill(site)
        let client = try site.client("anna")
        let answers = [
            client.get("/studies?patient=P-4711&accession=Roe"), client.get("/studies/P-4711-Roe"),
            client.post(
                "/studies/P-4711-Roe/labels", #"{"label": "vip", "reason": "P-4711"}"#, code: site.nextCode("anna")),
            client.post(
                "/holds",
                #"{"about": "study", "value": "P-4711 Roe", "matter": "m", "custodian": "c", "authority": "a", "reason": "r"}"#
            ),
            client.post("/accounts/P-4711-Roe/unlock"), client.get("/log/P-4711-Roe"),
            client.post(
                "/studies/\(SampleRecords.study)/labels",
                #"{"label": "P-4711 Roe", "reason": "x", "expires": "2020-01-01"}"#, code: site.nextCode("anna")),
        ]
        for answer in answers {
            #expect((400..<500).contains(answer.status))
            #expect(!answer.html.contains("P-4711") && !answer.html.contains("Roe"), "\(answer.status)")
        }
    }

    @Test func `labels are given and withdrawn, and dead letters sent again`() throws {
        let site = try Site(Site.endless, operations: SampleGateway())
        try site.account("anna", .reviewer, .administrator)
        try SampleRecords.fill(site)
        let client = try site.client("anna")
        // What a hold is over keeps its labels.
        let held = client.post(
            "/studies/\(SampleRecords.study)/labels/1/withdraw", #"{"reason": "revoked"}"#, code: site.nextCode("anna"))
        #expect(held.status == 403 && held.object["type"] as? String == "urn:cordon:problem:forbidden")
        try site.registry.receive(
            Instance(
                digest: ContentDigest(of: "another".utf8).hexadecimal, size: 1,
                attributes: [.patientID: "P-1", .studyInstanceUID: "1.2.3", .sopInstanceUID: "1.2.3.4"],
                received: site.time.now, source: "MODALITY"), by: SampleRecords.person("paul"))
        let study = "/studies/1.2.3"
        let giving = #"{"label": "consented", "reason": "signed", "on": "patient"}"#
        #expect(client.post(study + "/labels", giving).status == 401)
        let given = client.post(study + "/labels", giving, code: site.nextCode("anna"))
        #expect(given.status == 201)
        let labels = try #require(given.object["labels"] as? [[String: Any]])
        let id = try #require(labels.first { $0["label"] as? String == "consented" }?["id"] as? Int)
        #expect(client.post(study + "/labels/\(id)/withdraw", #"{"reason": "revoked"}"#).status == 401)
        let withdrawn = client.post(
            study + "/labels/\(id)/withdraw", #"{"reason": "revoked"}"#, code: site.nextCode("anna"))
        #expect((withdrawn.object["labels"] as? [[String: Any]])?.count == labels.count - 1)
        #expect(try site.events(.labelWithdrawn).map(\.actor) == ["anna"])
        #expect(client.get("/queue").object["entries"] as? [[String: Any]] != nil)
    }

    @Test func `a person makes and ends a token on the page of their account`() throws {
        let site = try Site(Site.endless)
        try site.account("anna", .legal)
        let browser = try site.browser("anna")
        let made = browser.post(
            "/account/tokens",
            ["name": "nightly <b>", "permission": "see-holds", "days": "30", "code": site.nextCode("anna")])
        #expect(made.status == 200 && made.html.contains("nightly &lt;b&gt;"))
        let text = try #require(made.html.firstMatch(of: /cordon_[0-9a-f]{64}/)).0
        #expect(InterfaceClient(site, token: String(text)).get("/holds").status == 200)
        #expect(browser.get("/account").html.contains("nightly"))
        for fields in [
            ["name": "x", "permission": "manage-accounts", "days": "30"], ["name": "x", "days": "30"],
            ["name": "x", "permission": "see-holds", "days": "0"], ["permission": "see-holds", "days": "1"],
        ] {
            #expect(
                browser.post("/account/tokens", fields.merging(["code": site.nextCode("anna")]) { $1 }).status == 422)
        }
        #expect(browser.post("/account/tokens/1/revoke").status == 303)
        #expect(InterfaceClient(site, token: String(text)).get("/holds").status == 401)
    }
}
