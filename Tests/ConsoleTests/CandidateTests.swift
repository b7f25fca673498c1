import CustodyLog
import Foundation
import Host
import Registry
import RuleBundle
import RuleLanguage
import Testing

@testable import Console

/// A rule set on its way into force.
struct CandidateTests {
    private static func text(revision: Int, disposition: String = "sequester", more: String = "") -> String {
        """
        <ruleset xmlns="urn:cordon:rules:1" id="small" revision="\(revision)">
          <vocabulary><label id="vip" tier="2" is-a="sensitive"/></vocabulary>
          <tier number="2"><rule id="named"><when><equals attribute="PatientID" value="P-1"/></when><tag patient="vip"/></rule></tier>
          <audience id="research"><always><release/></always><on label="vip"><\(disposition)/></on></audience>\(more)
        </ruleset>
        """
    }

    /// Rules in a folder of their own.
    private static func rules(_ text: String) throws -> String {
        let folder = NSTemporaryDirectory() + "console-rules-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try text.write(toFile: folder + "/site.xml", atomically: true, encoding: .utf8)
        return folder + "/site.xml"
    }

    private static func site(_ path: String, trust: String? = nil) throws -> Site {
        let site = try Site(
            { settings in
                Site.endless(&settings)
                settings.rules = path
                settings.requireSigned = trust
            }, rules: trust == nil ? path : nil)
        for name in ["lena", "lars"] { try site.account(name, .legal) }
        try site.account("rita", .reviewer)
        return site
    }

    /// Waits until it is compared or refused.
    private static func settled(_ browser: Browser) async throws -> String {
        for _ in 0..<600 {
            let html = browser.get("/rules/candidate").html
            if !html.contains("is being") { return html }
            try await Task.sleep(for: .milliseconds(100))
        }
        return browser.get("/rules/candidate").html
    }

    @Test func `a candidate is checked, compared with the rules, and with what was decided`() async throws {
        let path = try Self.rules(Self.text(revision: 1))
        let site = try Self.site(path)
        let digest = ContentDigest(of: "one".utf8).hexadecimal, paul = try SampleRecords.person("paul")
        try site.registry.receive(
            [
                Instance(
                    digest: digest, size: 1, attributes: [.patientID: "P-1"], received: site.time.now, source: "CT1")
            ],
            by: paul)
        try site.registry.record(
            DecisionEntry(
                instance: digest, audience: "research", disposition: "sequester", ruleSet: "small", revision: 1,
                ruleSetDigest: digest, tier: 2,
                explanation: "{\"labels\":[{\"label\":\"vip\",\"certain\":true,\"reasons\":[]}]}", time: site.time.now,
                author: paul))
        let rita = try site.browser("rita")
        #expect(rita.post("/rules/candidate", ["text": Self.text(revision: 2, disposition: "flag")]).status == 303)
        let html = try await Self.settled(rita)
        #expect(html.contains("small, revision 2") && html.contains("laxer"))
        #expect(html.contains("<td>sequester</td><td>flag</td><td class=\"number\">1</td>"), "\(html)")
        // It stays a candidate: without signatures nobody brings it into force.
        #expect(!html.contains("Propose it") && site.console.ruleSet?.revision == "1")
        #expect(rita.get("/rules").html.contains("revision 1"))
        #expect(rita.post("/rules/candidate/discard", Self.number(site)).status == 303)
        #expect(rita.get("/rules/candidate").html.contains("Upload one"))
    }

    @Test func `what does not load is refused, with places`() async throws {
        let site = try Self.site(try Self.rules(Self.text(revision: 1)))
        let rita = try site.browser("rita")
        _ = rita.post("/rules/candidate", ["text": Self.text(revision: 2, disposition: "burn")])
        let html = try await Self.settled(rita)
        #expect(html.contains("It does not load") && html.contains("site.xml:4"), "\(html)")
        #expect(rita.post("/rules/candidate", ["text": ""]).status == 422)
        #expect(rita.post("/rules/candidate", ["text": "cordon rule bundle 1\nnonsense"]).status == 422)
    }

    @Test func `an upload reads no other file of the machine`() async throws {
        let path = try Self.rules(Self.text(revision: 1))
        let site = try Self.site(path)
        let secret = path.replacing("site.xml", with: "secret.xml")
        try "<ruleset-of-secrets/>".write(toFile: secret, atomically: true, encoding: .utf8)
        let rita = try site.browser("rita")
        _ = rita.post(
            "/rules/candidate",
            [
                "text": Self.text(revision: 2).replacing(
                    "<vocabulary>", with: "<include href=\"secret.xml\"/><vocabulary>")
            ])
        let html = try await Self.settled(rita)
        #expect(
            html.contains("none of the files of the rules in force") && !html.contains("ruleset-of-secrets"), "\(html)")
    }

    /// Rules as signed bundles: what is in force, one with half of its signatures, and the next.
    private struct Bundles {
        var folder: String
        var half: String
        var whole: String

        init() async throws {
            let folder = (try CandidateTests.rules(CandidateTests.text(revision: 1)) as NSString)
                .deletingLastPathComponent
            func run(_ arguments: [String]) async throws -> String {
                let done = try await Program.run(Program.cordon, arguments)
                #expect(done.status == 0, "\(done.output)")
                return done.output
            }
            var trust = "threshold 2\nruleset small 0\n"
            for name in ["alice", "bob"] {
                let line = try await run(["bundle", "key", "new", "\(folder)/\(name).key", "--name", name])
                let key = try #require(line.split(separator: "\n").first { $0.hasPrefix("key ") }, "\(line)")
                trust += key + "\n"
            }
            try trust.write(toFile: folder + "/rules.trust", atomically: true, encoding: .utf8)
            func bundle(_ name: String, signers: [String]) async throws -> String {
                _ = try await run(["bundle", "make", folder + "/site.xml", "\(folder)/\(name)"])
                for signer in signers {
                    _ = try await run(["bundle", "sign", "\(folder)/\(name)", "--key", "\(folder)/\(signer).key"])
                }
                return try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            }
            _ = try await bundle("active.bundle", signers: ["alice", "bob"])
            try CandidateTests.text(revision: 2, disposition: "flag").write(
                toFile: folder + "/site.xml", atomically: true, encoding: .utf8)
            let half = try await bundle("half.bundle", signers: ["alice"])
            let whole = try await bundle("whole.bundle", signers: ["alice", "bob"])

            self.folder = folder
            self.half = half
            self.whole = whole
        }

        var active: String { folder + "/active.bundle" }
        var inPlace: String { get throws { try String(contentsOfFile: active, encoding: .utf8) } }

        func site() throws -> Site { try CandidateTests.site(active, trust: folder + "/rules.trust") }
    }

    @Test func `two sign, one proposes, another brings it into force, and what is read then is the bundle`()
        async throws
    {
        let bundles = try await Bundles()
        let folder = bundles.folder, half = bundles.half, whole = bundles.whole
        let site = try Self.site(folder + "/active.bundle", trust: folder + "/rules.trust")
        let lena = try site.browser("lena"), lars = try site.browser("lars"), rita = try site.browser("rita")
        #expect(rita.post("/rules/candidate", ["text": Self.text(revision: 2)]).status == 422)
        _ = lena.post("/rules/candidate", ["file": half])
        #expect(try await Self.settled(lena).contains("not to be used yet"))
        func post(_ browser: Browser, _ act: String, _ name: String) -> ConsoleAnswer {
            let number = site.console.candidates.candidate?.number ?? 0
            return browser.post(
                "/rules/candidate/\(act)", ["number": "\(number)", "reason": "r", "code": site.nextCode(name)])
        }
        #expect(post(lena, "propose", "lena").status == 422)
        _ = rita.post("/rules/candidate", ["file": whole])
        #expect(try await Self.settled(lena).contains("alice, bob"))
        #expect(post(lars, "activate", "lars").status == 409)
        #expect(post(rita, "propose", "rita").status == 403)
        #expect(post(lena, "propose", "lena").status == 303)
        #expect(post(lena, "activate", "lena").status == 403)
        #expect(try site.lastWhy(.accessRefused) == "own")
        #expect(try String(contentsOfFile: folder + "/active.bundle", encoding: .utf8) != whole)
        let number = site.console.candidates.candidate?.number ?? 0
        for reason in [String(repeating: "r", count: 9000), "one\ttwo"] {
            let refused = lars.post(
                "/rules/candidate/activate",
                ["number": "\(number)", "reason": reason, "code": site.nextCode("lars")])
            #expect(refused.status == 422)
        }
        // What was looked at and is not there any more does not come into force by who still has it, nor by who proposed it.
        let candidate = try #require(site.console.candidates.candidate)
        var gone = candidate
        gone.number -= 1
        for (wrong, name) in [(gone, "lars"), (candidate, "lena")] {
            let person = try SampleRecords.person(name)
            #expect(throws: ConsoleProblem.self) {
                _ = try site.console.candidates.activate(wrong, reason: "r", by: person, at: site.time.now)
            }
        }
        #expect(try String(contentsOfFile: folder + "/active.bundle", encoding: .utf8) != whole)
        #expect(post(lars, "activate", "lars").header("Location") == "/rules")
        #expect(try String(contentsOfFile: folder + "/active.bundle", encoding: .utf8) == whole)
        #expect(site.console.ruleSet?.revision == "2" && site.console.candidates.candidate == nil)
        let active = try #require(try site.registry.activations(ofRuleSet: "small").last)
        #expect(active.revision == 2 && active.author.name == "lars" && active.digest == site.console.ruleSet?.digest)
        #expect(try site.events(.ruleSetProposed).map(\.actor) == ["lena"])
        #expect(try site.events(.ruleSetSigned).map(\.actor) == ["lars"])
        // The older one does not come back.
        #expect(try String(contentsOfFile: folder + "/rules.trust.seen", encoding: .utf8).contains("small 2 "))
    }

    private static func number(_ site: Site) -> [String: String] {
        ["number": "\(site.console.candidates.candidate?.number ?? 0)"]
    }

    private static func post(_ browser: Browser, _ act: String, _ name: String, _ site: Site) -> ConsoleAnswer {
        let number = site.console.candidates.candidate?.number ?? 0
        return browser.post(
            "/rules/candidate/\(act)", ["number": "\(number)", "reason": "r", "code": site.nextCode(name)])
    }

    @Test func `a candidate and its proposal outlast a restart, and come into force after it`() async throws {
        let bundles = try await Bundles()
        let site = try bundles.site()
        let lena = try site.browser("lena")
        _ = lena.post("/rules/candidate", ["file": bundles.whole])
        _ = try await Self.settled(lena)
        try site.restart()
        let again = try site.browser("lena")
        #expect(try await Self.settled(again).contains("alice, bob"))
        #expect(Self.post(again, "propose", "lena", site).status == 303)
        try site.restart()
        let lars = try site.browser("lars")
        #expect(try await Self.settled(lars).contains("by lena"))
        #expect(Self.post(try site.browser("lena"), "activate", "lena", site).status == 403)
        #expect(Self.post(lars, "activate", "lars", site).header("Location") == "/rules")
        #expect(try bundles.inPlace == bundles.whole)
        try site.restart()
        #expect(site.console.candidates.candidate == nil)
        #expect(try site.events(.ruleSetUploaded).count == 1)
    }

    /// Up to where it may be killed: compared, and proposed by lena.
    private static func proposed(_ bundles: Bundles) async throws -> Site {
        let site = try bundles.site()
        let lena = try site.browser("lena")
        _ = lena.post("/rules/candidate", ["file": bundles.whole])
        _ = try await settled(lena)
        #expect(post(lena, "propose", "lena", site).status == 303)
        return site
    }

    @Test func `a console that ends between the rename and the record brings it to its end at the next start`()
        async throws
    {
        let bundles = try await Bundles()
        let site = try await Self.proposed(bundles)
        let candidate = try #require(site.console.candidates.candidate), lars = try SampleRecords.person("lars")
        _ = try site.console.candidates.place(candidate, reason: "agreed", by: lars)
        // It is where rules are read, and not on record.
        #expect(try bundles.inPlace == bundles.whole && site.registry.activations(ofRuleSet: "small").isEmpty)
        try site.restart()
        let active = try #require(try site.registry.activations(ofRuleSet: "small").last)
        #expect(active.revision == 2 && active.author == lars && active.reason == "agreed")
        #expect(site.console.candidates.candidate == nil)
        #expect(try String(contentsOfFile: bundles.folder + "/rules.trust.seen", encoding: .utf8).contains("small 2 "))
        // Once, however often it is started.
        try site.restart()
        #expect(try site.registry.activations(ofRuleSet: "small").count == 1)
    }

    @Test func `a console that ends before the rename has it proposed as before`() async throws {
        let bundles = try await Bundles()
        let site = try await Self.proposed(bundles)
        let candidate = try #require(site.console.candidates.candidate), lars = try SampleRecords.person("lars")
        try site.console.desk.setActivating(.init(person: lars, reason: "agreed"), ofCandidate: candidate.number)
        try site.restart()
        #expect(try site.registry.activations(ofRuleSet: "small").isEmpty)
        #expect(try bundles.inPlace != bundles.whole)
        let browser = try site.browser("lars")
        _ = try await Self.settled(browser)
        #expect(Self.post(browser, "activate", "lars", site).header("Location") == "/rules")
        #expect(try site.registry.activations(ofRuleSet: "small").count == 1)
    }

    @Test func `an upload does not push aside what is on its way into force`() async throws {
        let bundles = try await Bundles()
        let site = try await Self.proposed(bundles)
        let candidate = try #require(site.console.candidates.candidate), lars = try SampleRecords.person("lars")
        _ = try site.console.candidates.place(candidate, reason: "agreed", by: lars)
        let next = try site.console.desk.put(Array(bundles.half.utf8), by: lars, at: site.time.now) { _ in }
        try site.restart()
        #expect(try site.registry.activations(ofRuleSet: "small").map(\.author) == [lars])
        #expect(site.console.candidates.candidate?.number == next && next == candidate.number + 1)
    }

    @Test func `what is in force and not on record yet is not discarded`() async throws {
        let bundles = try await Bundles()
        let site = try await Self.proposed(bundles)
        let candidate = try #require(site.console.candidates.candidate), lars = try SampleRecords.person("lars")
        _ = try site.console.candidates.place(candidate, reason: "agreed", by: lars)
        #expect(try site.browser("lena").post("/rules/candidate/discard", Self.number(site)).status == 409)
        #expect(try site.events(.ruleSetDiscarded).isEmpty)
        try site.restart()
        #expect(try site.registry.activations(ofRuleSet: "small").map(\.author) == [lars])
    }

    @Test func `what another console took away meanwhile does not come into force`() async throws {
        let bundles = try await Bundles()
        let site = try await Self.proposed(bundles)
        let number = try #require(site.console.candidates.candidate?.number)
        let isGone = try site.console.desk.discardCandidate(number, recording: {})
        #expect(isGone)
        #expect(Self.post(try site.browser("lars"), "activate", "lars", site).status == 409)
        #expect(try bundles.inPlace != bundles.whole)
        #expect(try site.registry.activations(ofRuleSet: "small").isEmpty)
        // It can be taken from here, too.
        #expect(try site.browser("lena").post("/rules/candidate/discard", Self.number(site)).status == 303)
        #expect(site.console.candidates.candidate == nil)
    }

    @Test func `what took the place of a candidate is not discarded in its stead`() async throws {
        let site = try Self.site(try Self.rules(Self.text(revision: 1)))
        let rita = try site.browser("rita")
        _ = rita.post("/rules/candidate", ["text": Self.text(revision: 2)])
        let seen = Self.number(site)
        _ = rita.post("/rules/candidate", ["text": Self.text(revision: 3)])
        #expect(rita.post("/rules/candidate/discard", seen).status == 409)
        #expect(rita.post("/rules/candidate/discard").status == 409)
        #expect(site.console.candidates.candidate != nil && Self.number(site) != seen)
        #expect(try site.events(.ruleSetDiscarded).isEmpty)
    }

    @Test func `that a candidate came and went is on the log`() async throws {
        let site = try Self.site(try Self.rules(Self.text(revision: 1)))
        let rita = try site.browser("rita"), text = Self.text(revision: 2)
        _ = rita.post("/rules/candidate", ["text": text])
        let uploaded = try #require(try site.events(.ruleSetUploaded).last)
        #expect(uploaded.actor == "rita")
        #expect(
            uploaded.facts.contains { $0.name == "digest" && $0.value == ContentDigest(of: text.utf8).hexadecimal })
        _ = try await Self.settled(rita)
        _ = rita.post("/rules/candidate/discard", Self.number(site))
        let discarded = try #require(try site.events(.ruleSetDiscarded).last)
        #expect(discarded.facts.contains { $0.name == "revision" && $0.value == "2" })
        try site.restart()
        #expect(site.console.candidates.candidate == nil)
    }

    @Test func `what another rule set decided says nothing of this one`() throws {
        let site = try Self.site(try Self.rules(Self.text(revision: 1))), paul = try SampleRecords.person("paul")
        for (number, id) in ["small", "large"].enumerated() {
            let digest = ContentDigest(of: id.utf8).hexadecimal
            try site.registry.receive(
                [
                    Instance(
                        digest: digest, size: 1, attributes: [.patientID: "P-\(number)"], received: site.time.now,
                        source: "CT1")
                ], by: paul)
            try site.registry.record(
                DecisionEntry(
                    instance: digest, audience: "research", disposition: "sequester", ruleSet: id, revision: 1,
                    ruleSetDigest: digest, tier: 2,
                    explanation: "{\"labels\":[{\"label\":\"vip\",\"certain\":true,\"reasons\":[]}]}",
                    time: site.time.now, author: paul))
        }
        let ruleSet = try #require(site.console.ruleSet)
        let replay = try DecisionReplay(site.registry, ruleSet, decidedBy: "small", at: site.time.now)
        #expect(replay.looked == 1)
    }

    @Test func `whoever sees no patients asks for no values by rules of their own`() async throws {
        let site = try Self.site(try Self.rules(Self.text(revision: 1)))
        try site.account("adam", .administrator)
        let adam = try site.browser("adam"), rita = try site.browser("rita")
        _ = adam.post("/rules/candidate", ["text": Self.text(revision: 2)])
        #expect(try await Self.settled(rita).contains("/rules/try?rules=candidate"))
        #expect(rita.get("/rules/try?rules=candidate").html.contains("value=\"candidate\" selected"))
        #expect(!adam.get("/rules/candidate").html.contains("/rules/try?rules=candidate"))
        #expect(!adam.get("/rules/try?rules=candidate").html.contains("value=\"candidate\""))
    }

    @Test func `rules are tried on an instance, and say why without its values`() throws {
        let site = try Site(Site.endless, rules: Repository.path("Rules/sites/general-hospital.xml"))
        try site.account("vera", .viewer)
        let (_, digest) = try PictureTests.keep("01-nothing-known/CT01.dcm", in: site)
        let vera = try site.browser("vera")
        let html = vera.get("/rules/try?instance=\(digest)").html
        #expect(html.contains("rule set general-hospital") && html.contains("research"), "\(html)")
        #expect(try site.events(.viewed).last?.facts.contains { $0.value == "rules-tried" } == true)
        #expect(vera.get("/rules/try?instance=1.2.3.4").html.contains("no such instance"))
    }

    @Test(arguments: [
        "", "--b", "--b\r\n", "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nvalue",
        "--b\r\nContent-Disposition: form-data\r\n\r\nvalue\r\n--b--", "--c\r\n\r\n\r\n--c--",
        "--b\r\nno blank line\r\n--b--",
    ])
    func `a form with a file that is cut off or no form is not read`(text: String) {
        #expect(MultipartForm.fields(Array(text.utf8), contentType: "multipart/form-data; boundary=b") == nil)
    }

    @Test func `a form with a file is read as browsers send it`() throws {
        let text =
            "--x\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\ntoken\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a b.xml\"\r\nContent-Type: text/xml\r\n\r\n<a>\r\n--y &+%\r\n</a>\r\n\r\n--x--\r\n"
        let form = try #require(
            MultipartForm.fields(Array(text.utf8), contentType: "multipart/form-data; boundary=\"x\""))
        #expect(form.raw("form") == "token")
        #expect(form.raw("file") == "<a>\r\n--y &+%\r\n</a>\r\n")
        #expect(MultipartForm.fields(Array(text.utf8), contentType: "text/plain; boundary=x") == nil)
    }
}
