import CustodyLog
import Foundation
import Host
import Registry
import Testing

@testable import Console

/// A look in an emergency: asked for by one, granted by another, over after its time.
struct EmergencyTests {
    private static let study = SampleRecords.study

    private static func site() throws -> Site {
        let site = try Site(Site.endless)
        try site.account("vera", .viewer)
        try site.account("rita", .reviewer)
        try site.account("lena", .legal)
        try SampleRecords.fill(site)
        return site
    }

    private static func ask(_ browser: Browser, _ site: Site, _ fields: [String: String] = [:]) -> ConsoleAnswer {
        var all = [
            "about": "study", "value": study, "minutes": "15", "reason": "unconscious", "code": site.nextCode("vera"),
        ]
        all.merge(fields) { $1 }
        return browser.post("/break-glass", all)
    }

    @Test func `a viewer asks, a reviewer grants, the viewer sees that one study, and after its time no more`() throws {
        let site = try Self.site()
        let vera = try site.browser("vera"), rita = try site.browser("rita")
        #expect(!vera.get("/studies/\(Self.study)").html.contains("Roe^Jane"))
        #expect(Self.ask(vera, site).header("Location") == "/break-glass/new")
        #expect(vera.get("/break-glass/new").html.contains("waits since"))
        #expect(rita.get("/").html.contains("wishes for a look in an emergency"))
        let list = rita.get("/break-glass").html
        #expect(list.contains("unconscious") && list.contains(Self.study))
        // Not without a code, and not twice.
        #expect(rita.post("/break-glass/wishes/1/grant").status == 403)
        let code = site.nextCode("rita")
        #expect(rita.post("/break-glass/wishes/1/grant", ["code": code]).header("Location") == "/break-glass/2")
        #expect(rita.post("/break-glass/wishes/1/grant", ["code": site.nextCode("rita")]).status == 409)

        let page = vera.get("/studies/\(Self.study)").html
        #expect(page.contains("Roe^Jane") && page.contains("break-glass 2"))
        let look = try #require(try site.events(.viewed).last { $0.actor == "vera" })
        #expect(look.facts.contains { $0.name == "grant" && $0.value == "2" })
        // It opens one study, and nothing else: no search by patient, no hold.
        #expect(!vera.get("/studies?patient=P-4711").html.contains("Roe"))
        #expect(vera.get("/holds/1").status == 403)
        let grant = try #require(try site.registry.grant(2))
        #expect(grant.reason == "unconscious" && grant.grantedBy?.name == "rita" && grant.audience == nil)
        #expect(try site.events(.overrideStarted).last?.actor == "vera")
        site.time.pass(15 * 60)
        #expect(!vera.get("/studies/\(Self.study)").html.contains("Roe^Jane"))

        // Neither of the two judges it.
        let lena = try site.browser("lena")
        try site.account("both", .reviewer, .legal)
        #expect(lena.post("/break-glass/2/review", ["justified": "yes", "remark": "right"]).status == 303)
    }

    @Test func `a wish that was granted and not taken away is not granted a second time`() throws {
        let site = try Self.site()
        let vera = try site.browser("vera"), rita = try site.browser("rita")
        _ = Self.ask(vera, site)
        let wish = try #require(try site.console.emergencies.waiting(at: site.time.now).first)
        // As it stands when the process is killed between the two.
        let order = GrantOrder(
            scope: wish.scope, proof: wish.proof, reason: wish.reason, until: site.time.now.adding(seconds: 900),
            grantedBy: try SampleRecords.person("lena"))
        let grant = try site.registry.breakGlass(order, by: wish.person, at: site.time.now)
        let answer = rita.post("/break-glass/wishes/\(wish.id)/grant", ["code": site.nextCode("rita")])
        #expect(answer.header("Location") == "/break-glass/\(grant.id)")
        #expect(try site.registry.grants(runningFor: wish.proof, at: site.time.now).map(\.id) == [grant.id])
        #expect(try site.console.emergencies.waiting(at: site.time.now).isEmpty)
        // What is asked for for longer is another wish, and so is what is asked for anew afterwards.
        _ = Self.ask(vera, site, ["minutes": "30"])
        let longer = try #require(try site.console.emergencies.waiting(at: site.time.now).first)
        let looks = rita.post("/break-glass/wishes/\(longer.id)/grant", ["code": site.nextCode("rita")])
        #expect(looks.header("Location") != "/break-glass/\(grant.id)")
        #expect(try site.registry.grants(runningFor: wish.proof, at: site.time.now).count == 2)
        site.time.pass(60)
        _ = Self.ask(vera, site)
        let next = try #require(try site.console.emergencies.waiting(at: site.time.now).first)
        _ = rita.post("/break-glass/wishes/\(next.id)/grant", ["code": site.nextCode("rita")])
        #expect(try site.registry.grants(runningFor: wish.proof, at: site.time.now).count == 3)
    }

    @Test func `who granted it does not review it`() throws {
        let site = try Self.site()
        let vera = try site.browser("vera"), lena = try site.browser("lena")
        _ = Self.ask(vera, site)
        #expect(lena.post("/break-glass/wishes/1/grant", ["code": site.nextCode("lena")]).status == 303)
        #expect(lena.post("/break-glass/2/review", ["justified": "yes", "remark": "right"]).status == 403)
        #expect(try site.registry.grant(2)?.reviews.isEmpty == true)
        // What the asker writes does not make somebody else the one who granted it.
        _ = Self.ask(vera, site, ["reason": "x [granted by rita]"])
        #expect(lena.post("/break-glass/wishes/2/grant", ["code": site.nextCode("lena")]).status == 303)
        let grant = try #require(try site.registry.grant(3))
        #expect(grant.grantedBy?.name == "lena")
    }

    @Test func `a patient's grant opens a study only when it is that patient's alone`() throws {
        let site = try Self.site()
        let vera = try site.browser("vera"), rita = try site.browser("rita")
        func grant(_ fields: [String: String], _ number: Int) {
            _ = Self.ask(vera, site, fields)
            #expect(rita.post("/break-glass/wishes/\(number)/grant", ["code": site.nextCode("rita")]).status == 303)
        }
        grant(["about": "patient", "value": "P-4711", "issuer": "ELSEWHERE"], 1)
        #expect(!vera.get("/studies/\(Self.study)").html.contains("Roe^Jane"))
        grant(["about": "patient", "value": "P-4711"], 2)
        #expect(vera.get("/studies/\(Self.study)").html.contains("Roe^Jane"))
        try site.registry.receive(
            [
                Instance(
                    digest: ContentDigest(of: "another".utf8).hexadecimal, size: 1,
                    attributes: [
                        .patientID: "P-0815", .patientName: "Doe^John", .studyInstanceUID: Self.study,
                        .sopInstanceUID: "1.2.3",
                    ], received: site.time.now, source: "CT1")
            ], by: SampleRecords.person("paul"))
        #expect(!vera.get("/studies/\(Self.study)").html.contains("Roe^Jane"))
    }

    @Test func `nobody grants their own wish, and one that is declined or old is over`() throws {
        let site = try Self.site()
        try site.account("wanda", .viewer, .reviewer)
        let wanda = try site.browser("wanda"), vera = try site.browser("vera"), rita = try site.browser("rita")
        #expect(
            wanda.post(
                "/break-glass",
                ["about": "study", "value": "1.2.3", "minutes": "15", "reason": "r", "code": site.nextCode("wanda")]
            ).status == 303)
        #expect(wanda.post("/break-glass/wishes/1/grant", ["code": site.nextCode("wanda")]).status == 403)
        #expect(try site.lastWhy(.accessRefused) == "own")
        _ = Self.ask(vera, site)
        #expect(rita.post("/break-glass/wishes/2/decline", ["reason": "not on duty"]).status == 303)
        #expect(try site.events(.overrideDeclined).last?.actor == "rita")
        _ = Self.ask(vera, site)
        site.time.pass(61 * 60)
        #expect(rita.post("/break-glass/wishes/3/grant", ["code": site.nextCode("rita")]).status == 409)
        #expect(try site.registry.grants().count == 1)
    }

    @Test(arguments: [
        ["minutes": "600"], ["about": "everything"], ["value": ""], ["reason": ""],
        ["reason": String(repeating: "x", count: 900)], ["reason": "she\tis unconscious"], ["value": "not a uid"],
    ])
    func `what cannot be meant is not asked for`(fields: [String: String]) throws {
        let site = try Self.site()
        let vera = try site.browser("vera")
        #expect(Self.ask(vera, site, fields).status == 422)
        #expect(try site.console.emergencies.waiting(at: site.time.now).isEmpty)
        #expect(try site.events(.overrideRequested).isEmpty)
    }

    @Test func `who came in by a provider is given a look, and nobody whose subject differs by case has it`() throws {
        let site = try Self.site(), now = site.time.now, vera = try SampleRecords.person("vera")
        func proof(_ subject: String) -> String {
            let account = "https://login.example.org\n\(subject)"
            var session = Session(
                account: account, person: vera, roles: [.viewer], generation: 0, mustChangePassword: false,
                formToken: "t", began: now, lastSeen: now, address: "::1")
            session.origin = .provider(account, authenticated: nil)
            return session.proof
        }
        let grant = try site.registry.breakGlass(
            GrantOrder(
                scope: .study(Self.study), proof: proof("Ab"), reason: "unconscious", until: now.adding(seconds: 60)),
            by: vera, at: now)
        #expect(try site.registry.grants(runningFor: proof("Ab"), at: now).map(\.id) == [grant.id])
        #expect(try site.registry.grants(runningFor: proof("aB"), at: now).isEmpty)
    }

    @Test func `a wish outlasts a restart, and is granted after it`() throws {
        let site = try Self.site()
        #expect(Self.ask(try site.browser("vera"), site).status == 303)
        try site.restart()
        let vera = try site.browser("vera"), rita = try site.browser("rita")
        #expect(vera.get("/break-glass/new").html.contains("waits since"))
        #expect(rita.get("/break-glass").html.contains("unconscious"))
        let code = site.nextCode("rita")
        #expect(rita.post("/break-glass/wishes/1/grant", ["code": code]).header("Location") == "/break-glass/2")
        try site.restart()
        #expect(try site.browser("vera").get("/studies/\(Self.study)").html.contains("Roe^Jane"))
        #expect(try site.console.emergencies.waiting(at: site.time.now).isEmpty)
        // Another wish has another number, whatever was forgotten.
        #expect(Self.ask(try site.browser("vera"), site).status == 303)
        #expect(try site.console.emergencies.waiting(at: site.time.now).map(\.id) == [2])
    }

    @Test func `whom an old wish named is forgotten at the next start, also where nobody looks`() throws {
        let site = try Self.site()
        #expect(Self.ask(try site.browser("vera"), site).status == 303)
        func isThere() throws -> Bool {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: site.folder + "/" + DeskStore.fileName))
            return bytes.range(of: Data("console vera".utf8)) != nil
        }
        #expect(try isThere())
        site.time.pass(3600)
        try site.restart()
        #expect(try !isThere())
    }

    @Test func `what was not recorded is neither asked for nor answered`() throws {
        let site = try Self.site()
        let vera = try SampleRecords.person("vera"), now = site.time.now
        let desk = EmergencyDesk(try DeskStore(folder: site.folder))
        struct Full: Error {}
        func ask(_ recording: (EmergencyWish) throws -> Void) throws -> EmergencyWish {
            try desk.ask(
                .study("1.2.3"), reason: "r", minutes: 15, by: vera, proof: "console vera", at: now,
                recording: recording)
        }
        #expect(throws: Full.self) { try ask { _ in throw Full() } }
        #expect(try desk.waiting(at: now).isEmpty)
        let wish = try ask { _ in }
        #expect(throws: Full.self) { try desk.answer(wish.id, at: now) { _ in throw Full() } }
        #expect(try desk.waiting(at: now) == [wish])
        #expect(try desk.answer(wish.id, at: now) { $0.minutes } == 15)
        #expect(try desk.answer(wish.id, at: now) { $0.minutes } == nil)
        // Whom an old one named is forgotten.
        _ = try ask { _ in }
        #expect(try desk.waiting(at: now.adding(seconds: 3600)).isEmpty)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: site.folder + "/" + DeskStore.fileName))
        #expect(bytes.range(of: Data("console vera".utf8)) == nil)
    }

    @Test func `one human with two names does not grant their own wish`() throws {
        let site = try Self.site()
        try site.account("adam", .administrator)
        let vera = try site.browser("vera"), rita = try site.browser("rita"), adam = try site.browser("adam")
        #expect(Self.ask(vera, site).status == 303)
        #expect(adam.post("/accounts/vera/same-person", ["name": "rita"]).status == 403)
        let linked = adam.post("/accounts/vera/same-person", ["name": "Rita", "code": site.nextCode("adam")])
        #expect(linked.status == 303)
        #expect(adam.get("/accounts").html.contains("also vera"))
        #expect(rita.get("/break-glass").html.contains("This wish is yours"))
        #expect(rita.post("/break-glass/wishes/1/grant", ["code": site.nextCode("rita")]).status == 403)
        #expect(try site.lastWhy(.accessRefused) == "own")
        // Whoever shuts out one of both shuts out the other name, too, where it comes in by a provider.
        _ = try site.accounts.setDisabled(true, "rita")
        #expect(try site.console.isShutOut(SampleRecords.person("VERA")))
    }

    @Test func `more than three wishes of one person do not wait`() throws {
        let site = try Self.site()
        let vera = try site.browser("vera")
        for _ in 1...3 { #expect(Self.ask(vera, site).status == 303) }
        #expect(Self.ask(vera, site).status == 429)
    }
}
