import CustodyLog
import Foundation
import Host
import Registry
import Testing

@testable import Console

/// A change of an account is on record, or it is none.
struct AccountRecordTests {
    private struct Full: Error {}

    @Test func `what cannot be recorded is not done to an account`() throws {
        let site = try Site()
        try site.account("anna", .legal)
        let before = try site.accounts.account("anna")
        let accounts = site.accounts, now = site.time.now
        let refuse: AccountStore.Recording = { _ in throw Full() }
        #expect(throws: Full.self) { try accounts.add("bert", roles: [.legal], at: now, recording: refuse) }
        #expect(throws: Full.self) { try accounts.setDisabled(true, "anna", recording: refuse) }
        #expect(throws: Full.self) { try accounts.setRoles([.viewer], of: "anna", recording: refuse) }
        #expect(throws: Full.self) { try accounts.reset("anna", recording: refuse) }
        #expect(throws: Full.self) { try accounts.unlock("anna", recording: refuse) }
        #expect(throws: Full.self) { try accounts.setPassword("another horse battery", of: "anna", recording: refuse) }
        #expect(throws: Full.self) { try accounts.renewRecoveryCodes(of: "anna", recording: refuse) }
        #expect(throws: Full.self) {
            try accounts.addToken(
                "t", permissions: [.seeHolds], expires: now.adding(seconds: 86_400), of: "anna", at: now
            ) { _ in throw Full() }
        }
        #expect(try accounts.account("anna") == before && accounts.account("bert") == nil)
        #expect(try accounts.tokens(of: "anna", at: now).isEmpty)
        #expect(Browser(site).signIn("anna", code: site.nextCode("anna")).status == 303)
    }

    @Test func `a new password ends tokens that were made by the old one`() throws {
        let site = try Site(Site.endless)
        try site.account("anna", .legal)
        let client = try site.client("anna"), browser = try site.browser("anna")
        #expect(client.get("/holds").status == 200)
        let new = "another horse battery"
        let changed = browser.post(
            "/account/password",
            ["old": Site.password, "new": new, "again": new, "code": site.nextCode("anna")])
        #expect(changed.status == 303)
        #expect(client.get("/holds").status == 401)
        #expect(try site.events(.accountChanged).last?.facts.contains { $0.value == "password" } == true)
    }

    @Test func `that a study is held is told to those alone who see holds`() throws {
        let site = try Site(Site.endless)
        try site.account("vera", .viewer)
        try site.account("abel", .auditor)
        try SampleRecords.fill(site)
        let path = "/studies/\(SampleRecords.study)"
        let viewed = try site.browser("vera").get(path).html
        #expect(viewed.contains(SampleRecords.study) && !viewed.contains("1 hold") && !viewed.contains("M-2026-117"))
        let audited = try site.browser("abel").get(path).html
        #expect(audited.contains("1 hold"))
        // The history does not tell it either, nor who broke the glass.
        for words in ["hold placed", "break-glass began"] {
            #expect(audited.contains(words) && !viewed.contains(words), "\(words)")
        }
        let steps = try site.client("vera").get(path).object["history"] as? [[String: Any]] ?? []
        let kinds = steps.compactMap { $0["kind"] as? String }
        #expect(kinds.contains("received") && !kinds.contains("held") && !kinds.contains("override-started"))
        let audit = try site.client("abel").get(path).object["history"] as? [[String: Any]] ?? []
        #expect(audit.contains { $0["kind"] as? String == "held" })
    }

    @Test func `two names of one human are linked at the console, and neither is the other's second person`() throws {
        let site = try Site(Site.endless)
        try site.account("adam", .administrator)
        for name in ["lena", "lars"] { try site.account(name, .legal) }
        try SampleRecords.fill(site)
        let lena = try site.client("lena"), lars = try site.client("lars"), adam = try site.client("adam")
        let body = #"{"reason": "settled"}"#
        #expect(lena.post("/holds/1/request-release", body, code: site.nextCode("lena")).status == 200)
        #expect(lars.get("/overview").object["releasesAsked"] as? Int == 1)
        #expect(lars.post("/accounts/lena/same-person", #"{"name": "lars"}"#).status == 403)
        let linked = adam.post("/accounts/lena/same-person", #"{"name": "lars"}"#, code: site.nextCode("adam"))
        #expect(linked.status == 200 && linked.object["otherNames"] as? [String] == ["lars"])
        #expect(lars.get("/overview").object["releasesAsked"] as? Int == 0)
        #expect(lars.post("/holds/1/approve-release", body, code: site.nextCode("lars")).status == 403)
        #expect(try site.registry.hold(1)?.isInForce == true)
        #expect((lena.get("/holds?state=asked").object["holds"] as? [Any])?.count == 1)
        #expect(
            adam.post("/accounts/lena/same-person", #"{"name": "LENA"}"#, code: site.nextCode("adam")).status == 422)
    }
}
