import CustodyLog
import Foundation
import Host
import Registry
import RuleLanguage
import Testing

@testable import Console

/// What people decide in the queue: keep, let go, hold; one and several.
struct DecideTests {
    private static let rules = Repository.path("Rules/sites/general-hospital.xml")

    /// Studies that research does not get: because of VIP; number 3 because of something that no label lifts.
    static func fill(_ site: Site, count: Int) throws -> [Int64] {
        let paul = try SampleRecords.person("paul")
        return try (1...count).map { number in
            let digest = ContentDigest(of: "study \(number)".utf8).hexadecimal
            try site.registry.receive(
                [
                    Instance(
                        digest: digest, size: 1,
                        attributes: [
                            .patientID: "P-\(number)", .studyInstanceUID: "1.2.3.\(number)",
                            .sopInstanceUID: "1.2.3.\(number).1", .modality: number == 1 ? "US" : "CT",
                        ], received: site.time.now, source: "CT1")
                ], by: paul)
            return try decide(digest, number == 3 ? "violence" : "vip", site)
        }
    }

    private static func decide(_ digest: String, _ label: String, _ site: Site) throws -> Int64 {
        try site.registry.record(
            DecisionEntry(
                instance: digest, audience: "research", disposition: "sequester", ruleSet: "general-hospital",
                revision: 7, ruleSetDigest: ContentDigest(of: "rules".utf8).hexadecimal, tier: 2,
                explanation: """
                    {"labels":[{"label":"\(label)","certain":true,"reasons":[]}],
                    "clauses":[{"labels":["\(label)"],"disposition":"sequester"}]}
                    """, time: site.time.now, author: try SampleRecords.person("paul"))
        ).id
    }

    private static func link(_ number: Int) -> String { "href=\"/studies/1.2.3.\(number)\"" }

    /// A form with several values of one name.
    private static func post(
        _ browser: Browser, _ path: String, _ picks: [Int64], _ fields: [String: String] = [:]
    ) -> ConsoleAnswer {
        var text = picks.map { "pick=\($0)" }.joined(separator: "&") + "&form=\(browser.token ?? "")"
        for (name, value) in fields { text += "&\(name)=\(PercentText.encode(value))" }
        var request = ConsoleRequest(method: "POST", path: path, form: FormFields(text) ?? .none)
        request.headers["origin"] = browser.origin
        return browser.send(request)
    }

    @Test func `what was looked at and stays leaves the open queue, until it is decided anew`() throws {
        let site = try Site(Site.endless, rules: Self.rules)
        try site.account("rita", .reviewer)
        let decisions = try Self.fill(site, count: 2), rita = try site.browser("rita")
        #expect(rita.get("/queue").html.contains(Self.link(1)))
        #expect(Self.post(rita, "/queue/keep", [decisions[0]]).status == 422)
        #expect(Self.post(rita, "/queue/keep", [decisions[0]], ["reason": "a minister"]).status == 303)
        let open = rita.get("/queue").html
        #expect(!open.contains(Self.link(1)) && open.contains(Self.link(2)))
        let kept = rita.get("/queue?state=kept").html
        #expect(kept.contains(Self.link(1)) && kept.contains("rita") && !kept.contains(Self.link(2)))
        let both = rita.get("/queue?state=all").html
        #expect(both.contains(Self.link(1)) && both.contains(Self.link(2)))
        #expect(rita.get("/studies/1.2.3.1").html.contains("looked at it, and it stays so"))
        let event = try #require(try site.events(.kept).last)
        #expect(event.actor == "rita" && event.facts.contains { $0.name == "audience" && $0.value == "research" })
        // In the clear stands neither the study nor the reason.
        #expect(!event.facts.contains { $0.value.contains("1.2.3.1") || $0.value.contains("minister") })
        #expect(Set(event.commitments.map(\.name)) == ["StudyInstanceUID", "reason"])

        let digest = ContentDigest(of: "study 1".utf8).hexadecimal
        _ = try Self.decide(digest, "vip", site)
        #expect(rita.get("/queue").html.contains(Self.link(1)))
        // Whoever saw the decision before has not seen this one.
        let late = Self.post(rita, "/queue/keep", [decisions[0]], ["reason": "again"])
        #expect(late.status == 422 && late.html.contains("decided anew"))
    }

    @Test func `several are listed before anything is done, and what cannot be done is told item by item`() throws {
        let site = try Site(Site.endless, rules: Self.rules)
        try site.account("lena", .legal)
        let decisions = try Self.fill(site, count: 4), lena = try site.browser("lena")
        let size = try site.registry.readLog { try $0.logSize() }
        let asked = Self.post(lena, "/queue/confirm", decisions + [999], ["act": "release"])
        #expect(asked.status == 200)
        for number in [1, 2, 4] { #expect(asked.html.contains("value=\"\(decisions[number - 1])\"")) }
        #expect(!asked.html.contains("value=\"\(decisions[2])\""))
        #expect(asked.html.contains("No label lifts violence.") && asked.html.contains("gives the label consented"))
        #expect(asked.html.contains("decision 999"))
        #expect(try site.registry.readLog { try $0.logSize() } == size)

        // Without the code nothing, with it all that can be done.
        let fields = ["reason": "signed forms are in the file"]
        #expect(Self.post(lena, "/queue/release", decisions, fields).status == 403)
        let done = Self.post(
            lena, "/queue/release", decisions, fields.merging(["code": site.nextCode("lena")]) { $1 })
        #expect(
            done.status == 200 && done.html.contains("3 of 4 done") && done.html.contains("No label lifts violence."))
        #expect(try site.events(.labelled).count == 3)
        let again = Self.post(
            lena, "/queue/release", [decisions[0]], fields.merging(["code": site.nextCode("lena")]) { $1 })
        #expect(again.status == 422 && again.html.contains("given already"))
    }

    @Test func `holds are placed on each study once, in one matter`() throws {
        let site = try Site(Site.endless, rules: Self.rules)
        try site.account("lena", .legal)
        try site.account("rita", .reviewer)
        let decisions = try Self.fill(site, count: 3)
        let order = ["matter": "M-1", "custodian": "c", "authority": "court", "reason": "a claim"]
        let rita = try site.browser("rita")
        #expect(Self.post(rita, "/queue/hold", decisions, order).status == 403)
        #expect(Self.post(rita, "/queue/confirm", decisions, ["act": "hold"]).status == 422)
        #expect(!rita.get("/queue").html.contains("Place holds"))
        let lena = try site.browser("lena")
        #expect(Self.post(lena, "/queue/confirm", decisions, ["act": "hold"]).html.contains("Matter"))
        #expect(Self.post(lena, "/queue/hold", decisions, order).html.contains("All of it is done"))
        #expect(try site.registry.holds(matter: "M-1").map(\.scope) == (1...3).map { .study("1.2.3.\($0)") })
    }

    /// Another instance of the first study, of the same kind.
    private static func another(_ site: Site) throws -> Int64 {
        let digest = ContentDigest(of: "study 1, again".utf8).hexadecimal
        try site.registry.receive(
            [
                Instance(
                    digest: digest, size: 1,
                    attributes: [.patientID: "P-1", .studyInstanceUID: "1.2.3.1", .sopInstanceUID: "1.2.3.1.2"],
                    received: site.time.now, source: "CT1")
            ], by: try SampleRecords.person("paul"))
        return try decide(digest, "vip", site)
    }

    @Test func `what came after somebody looked is not let go with what they saw`() throws {
        let site = try Site(Site.endless, rules: Self.rules)
        try site.account("lena", .legal)
        let seen = try Self.fill(site, count: 1), lena = try site.browser("lena")
        let late = try Self.another(site)
        let fields = ["reason": "a signed form"]
        let refused = Self.post(lena, "/queue/release", seen, fields.merging(["code": site.nextCode("lena")]) { $1 })
        #expect(refused.status == 422 && refused.html.contains("A newer decision keeps some of it back."))
        #expect(try site.events(.labelled).isEmpty)
        let done = Self.post(lena, "/queue/release", [late], fields.merging(["code": site.nextCode("lena")]) { $1 })
        #expect(done.status == 303)
        #expect(try site.events(.labelled).count == 1)
    }

    @Test func `what could not be held is not called held`() throws {
        let site = try Site(Site.endless, rules: Self.rules)
        try site.account("lena", .legal)
        let decisions = try Self.fill(site, count: 1) + [Self.another(site)]
        let lena = try site.browser("lena")
        let order = [
            "matter": String(repeating: "m", count: 9000), "custodian": "c", "authority": "court", "reason": "r",
        ]
        let html = Self.post(lena, "/queue/hold", decisions, order).html
        #expect(html.contains("0 of 2 done") && !html.contains("held with the entry above"))
    }

    @Test func `there is a limit to what is picked, and numbers of others' decisions are refused`() throws {
        let site = try Site(Site.endless, rules: Self.rules)
        try site.account("rita", .reviewer)
        let decisions = try Self.fill(site, count: 1), rita = try site.browser("rita")
        for picks in [[], Array(1...Int64(51))] {
            #expect(Self.post(rita, "/queue/confirm", picks, ["act": "keep"]).status == 422)
        }
        #expect(Self.post(rita, "/queue/confirm", decisions, ["act": "burn"]).status == 422)
        #expect(Self.post(rita, "/queue/keep", [-1], ["reason": "r"]).status == 422)
        #expect(try site.events(.kept).isEmpty)
    }

    @Test func `the queue is filtered by modality, and picked as a whole without scripts`() throws {
        let site = try Site(Site.endless, rules: Self.rules)
        try site.account("rita", .reviewer)
        _ = try Self.fill(site, count: 3)
        let rita = try site.browser("rita")
        let filtered = rita.get("/queue?modality=US").html
        #expect(filtered.contains(Self.link(1)) && !filtered.contains(Self.link(2)))
        // Who picks all picks what the page shows, and nothing that it left out.
        #expect(filtered.contains("/queue?modality=US&amp;"))
        #expect(rita.get("/queue?modality=US&pick=all").html.split(separator: " checked>").count == 2)
        #expect(!rita.get("/queue").html.contains(" checked>"))
        #expect(rita.get("/queue?pick=all").html.split(separator: " checked>").count == 4)
        #expect(rita.get("/queue").html.contains("/pictures/"))
        #expect(!rita.get("/queue?pictures=no").html.contains("/pictures/"))
    }

    @Test func `that somebody looked at the queue is on the log, and from where to where`() throws {
        let site = try Site(Site.endless, rules: Self.rules)
        try site.account("rita", .reviewer)
        let decisions = try Self.fill(site, count: 2)
        _ = try site.browser("rita").get("/queue")
        let look = try #require(try site.events(.viewed).last)
        func fact(_ name: String) -> String? { look.facts.first { $0.name == name }?.value }
        #expect(look.actor == "rita" && fact("what") == "queue" && fact("count") == "2" && fact("patient") == "yes")
        #expect(fact("newest") == "\(decisions[1])" && fact("oldest") == "\(decisions[0])")
    }

    @Test
    func `a label that lets something go asks for a code on the page of the study, and one that protects does not`()
        throws
    {
        let site = try Site(Site.endless, rules: Self.rules)
        try site.account("rita", .reviewer)
        _ = try Self.fill(site, count: 1)
        let rita = try site.browser("rita"), path = "/studies/1.2.3.1/labels"
        func fields(_ label: String) -> [String: String] { ["label": label, "on": "study", "reason": "r"] }
        #expect(rita.post(path, fields("violence")).status == 303)
        #expect(rita.post(path, fields("consented")).status == 403)
        #expect(try site.lastWhy(.accessRefused) == "wrong-code")
        #expect(rita.post(path, fields("consented").merging(["code": site.nextCode("rita")]) { $1 }).status == 303)
        // What protects is not taken away without one.
        #expect(rita.post(path + "/1/withdraw", ["reason": "r"]).status == 403)
        #expect(rita.post(path + "/1/withdraw", ["reason": "r", "code": site.nextCode("rita")]).status == 303)
        #expect(try site.registry.label(1)?.withdrawal != nil)
    }

    @Test func `a label that comes with one that lifts asks for a code, too`() throws {
        let rules = """
            <ruleset xmlns="urn:cordon:rules:1" id="small" revision="1" tier="3">
              <vocabulary>
                <label id="vip" tier="2" is-a="sensitive"/>
                <label id="consented" tier="2" lifts="vip"/>
                <label id="consented-on-paper" tier="3" is-a="consented"/>
              </vocabulary>
              <tier number="2"><rule id="named"><when><equals attribute="PatientID" value="P-1"/></when><tag patient="vip"/></rule></tier>
              <audience id="research"><always><release/></always>
                <on label="vip" unless="consented"><sequester/></on></audience>
            </ruleset>
            """
        let path = NSTemporaryDirectory() + "console-rules-\(UUID().uuidString).xml"
        try rules.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let site = try Site(Site.endless, rules: path)
        try site.account("rita", .reviewer)
        _ = try Self.fill(site, count: 1)
        let rita = try site.browser("rita"), labels = "/studies/1.2.3.1/labels"
        func status(_ label: String) -> Int {
            rita.post(labels, ["label": label, "on": "study", "reason": "r"]).status
        }
        #expect(status("vip") == 303)
        #expect(status("consented") == 403)
        #expect(status("consented-on-paper") == 403)
    }

    @Test
    func `a label without which a rule keeps something back asks for a code, and one that restricts as much does not`()
        throws
    {
        let rules = """
            <ruleset xmlns="urn:cordon:rules:1" id="small" revision="1" tier="3">
              <vocabulary>
                <label id="doubtful" tier="1"/><label id="harmless" tier="1"/><label id="danger" tier="1"/>
                <label id="kept" tier="1"/><label id="unexplained" tier="2" is-a="doubtful"/>
                <label id="on-paper" tier="2" is-a="doubtful"/>
                <label id="consented" tier="3" lifts="unexplained"/>
              </vocabulary>
              <tier number="2">
                <rule id="not-explained"><when><all><labelled with="doubtful"/>
                  <not><any><labelled with="harmless"/><labelled with="danger"/></any></not></all></when>
                  <tag study="unexplained"/></rule>
              </tier>
              <tier number="3">
                <rule id="agreed"><when><labelled with="on-paper"/></when><tag study="consented"/></rule>
              </tier>
              <audience id="research"><always><release/></always>
                <on label="danger kept"><sequester/></on>
                <on label="unexplained" unless="consented"><sequester/></on></audience>
            </ruleset>
            """
        let loaded = RuleSetLoader().load(text: rules, path: "small.xml")
        let ruleSet = try #require(loaded.ruleSet, "\(loaded.findings)")
        #expect(ruleSet.labelsThatLetGo == ["consented", "harmless", "on-paper"])
    }

    @Test
    func `what rules would have given over two steps, or held, counts, and what is asked to be away in vain does not`()
        throws
    {
        let rules = """
            <ruleset xmlns="urn:cordon:rules:1" id="small" revision="1" tier="3">
              <vocabulary>
                <label id="seen" tier="1"/><label id="objection" tier="1"/><label id="doubtful" tier="1"/>
                <label id="explained" tier="1"/><label id="open" tier="2" is-a="doubtful"/>
                <label id="kept" tier="3" is-a="doubtful"/><label id="agreed" tier="3" lifts="kept"/>
              </vocabulary>
              <tier number="2">
                <rule id="not-seen"><when><not><labelled with="seen"/></not></when><tag study="open"/></rule>
                <rule id="not-explained"><when><not><not><not><labelled with="explained"/></not></not></not></when>
                  <tag study="open"/><hold scope="study" matter="M" custodian="c" reason="r" authority="a"/></rule>
              </tier>
              <tier number="3">
                <rule id="still-open"><when><labelled with="open"/></when><tag study="kept"/></rule>
                <rule id="no-objection"><when><all><equals attribute="PatientID" value="P-1"/>
                  <not><labelled with="objection"/></not></all></when><tag study="agreed"/></rule>
              </tier>
              <audience id="research"><always><release/></always>
                <on label="objection"><sequester/></on>
                <on label="kept" unless="agreed"><sequester/></on></audience>
            </ruleset>
            """
        let loaded = RuleSetLoader().load(text: rules, path: "small.xml")
        let ruleSet = try #require(loaded.ruleSet, "\(loaded.findings)")
        #expect(ruleSet.labelsThatLetGo == ["agreed", "explained", "seen"])
    }

    @Test func `what would have been held by a rule that asks for what another gives counts`() throws {
        let rules = """
            <ruleset xmlns="urn:cordon:rules:1" id="small" revision="1" tier="3">
              <vocabulary>
                <label id="doubtful" tier="1"/><label id="seen" tier="1"/>
                <label id="open" tier="2" is-a="doubtful"/><label id="kept" tier="3" is-a="doubtful"/>
              </vocabulary>
              <tier number="2">
                <rule id="not-seen"><when><not><labelled with="seen"/></not></when><tag study="open"/></rule>
              </tier>
              <tier number="3">
                <rule id="still-open"><when><labelled with="open"/></when>
                  <tag study="kept"/><hold scope="study" matter="M" custodian="c" reason="r" authority="a"/></rule>
              </tier>
              <audience id="research"><always><release/></always></audience>
            </ruleset>
            """
        let loaded = RuleSetLoader().load(text: rules, path: "small.xml")
        let ruleSet = try #require(loaded.ruleSet, "\(loaded.findings)")
        #expect(ruleSet.labelsThatLetGo == ["seen"])
    }

    @Test func `what the shipped rules let go by is asked for with a code, and whom they protect is not kept waiting`()
        throws
    {
        let path =
            URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path + "/Rules/sites/general-hospital.xml"
        let labels = try #require(RuleSetLoader().load(path: path).ruleSet).labelsThatLetGo
        // A mark without a reason keeps a study from research whatever anybody consented to; what keeps a VIP's there a consent lifts.
        #expect(labels.isSuperset(of: ["hold-confirmed", "consented", "nudity", "vip"]), "\(labels)")
        #expect(
            labels.isDisjoint(with: [
                "employee", "violence", "location-hidden", "held", "forensic", "no-consent",
            ]), "\(labels)")
    }

    @Test func `a viewer picks nothing`() throws {
        let site = try Site(Site.endless, rules: Self.rules)
        try site.account("vera", .viewer)
        _ = try Self.fill(site, count: 1)
        let html = try site.browser("vera").get("/queue").html
        #expect(html.contains(Self.link(1)) && !html.contains("checkbox") && !html.contains("<img"))
    }
}
