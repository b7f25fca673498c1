import CustodyLog
import Host
import Registry
import RuleLanguage
import Testing

@testable import Console

/// What pages say, and to whom.
struct PageTests {
    private static let patient = ["P-4711", "Roe", "A-17", "Thorax"]

    @Test(arguments: [Role.administrator, .viewer])
    func `who may not see patients sees none, on any page`(role: Role) throws {
        let site = try Site(Site.endless, operations: SampleGateway())
        try site.account("them", role)
        try SampleRecords.fill(site)
        let browser = try site.browser("them")
        for route in ConsoleRoute.all where route.method == "GET" {
            let path = SampleRecords.path(route)
            for query in ["", "?patient=P-4711", "?study=\(SampleRecords.study)", "?state=all"] {
                let html = browser.get(path + query).html
                for text in Self.patient {
                    #expect(!html.contains(text), "\(role) \(path)\(query)")
                }
            }
        }
        // Not even whether there is such a patient.
        let some = browser.get("/studies?patient=P-4711").html, none = browser.get("/studies?patient=P-0000").html
        #expect(some == none)
    }

    @Test func `an auditor sees values on the log, and no patient elsewhere`() throws {
        let site = try Site(Site.endless)
        try site.account("abel", .auditor)
        try SampleRecords.fill(site)
        let browser = try site.browser("abel")
        #expect(browser.get("/log/0").html.contains("P-4711"))
        for path in ["/studies/\(SampleRecords.study)", "/holds/1", "/holds", "/queue", "/log", "/log-export"] {
            for text in Self.patient { #expect(!browser.get(path).html.contains(text), "\(path)") }
        }
    }

    @Test func `each look is on the log, with whom it was about, before it is shown`() throws {
        let site = try Site(Site.endless)
        try site.account("lena", .legal)
        try SampleRecords.fill(site)
        let browser = try site.browser("lena")
        for (path, kind) in [
            ("/studies/\(SampleRecords.study)", CustodyEvent.Kind.viewed), ("/studies?patient=P-4711", .queried),
            ("/studies?accession=A-17", .queried), ("/holds/1", .viewed), ("/break-glass/1", .viewed),
            ("/log", .viewed),
            ("/log/0", .viewed), ("/log-export", .exported),
        ] {
            let count = try site.events(kind).count
            #expect(browser.get(path).status == 200)
            #expect(try site.events(kind).count == count + 1, "\(path)")
            #expect(try site.events(kind).last?.actor == "lena")
        }
        let about = try site.registry.leaves(about: .study(SampleRecords.study))
        let leaves = try site.registry.readLog { log in try about.map { try log.leaf(at: $0) } }
        #expect(leaves.contains { $0.kind == .viewed && $0.actor == "lena" })
    }

    @Test func `a study says what was decided, for whom, and why`() throws {
        let site = try Site(Site.endless)
        try site.account("rita", .reviewer)
        try SampleRecords.fill(site)
        let html = try site.browser("rita").get("/studies/\(SampleRecords.study)").html
        for text in [
            "sequester", "because of vip: sequester [site.xml:151]", "PatientID (0010,0020)", "Roe^Jane",
            "P-4711 of HOSPITAL",
            "asked for it", "M-2026-117", "general-hospital revision 7",
        ] {
            #expect(html.contains(text), "\(text)")
        }
    }

    @Test func `the queue has what is kept back, by audience and by label`() throws {
        let site = try Site(Site.endless)
        try site.account("rita", .reviewer)
        try SampleRecords.fill(site)
        let browser = try site.browser("rita")
        let link = "href=\"/studies/\(SampleRecords.study)\""
        #expect(browser.get("/queue").html.contains(link))
        #expect(browser.get("/queue?audience=research&label=vip").html.contains(link))
        #expect(!browser.get("/queue?audience=archive").html.contains(link))
        #expect(!browser.get("/queue?label=violence").html.contains(link))
        #expect(!browser.get("/queue?before=1").html.contains(link))
    }

    @Test func `two people release a hold, and neither is who placed it`() throws {
        let site = try Site(Site.endless)
        for name in ["lena", "lars", "lou"] { try site.account(name, .legal) }
        try SampleRecords.fill(site)
        let lena = try site.browser("lena"), lars = try site.browser("lars"), lou = try site.browser("lou")
        let placed = lena.post(
            "/holds",
            [
                "about": "patient", "value": "P-1", "matter": "M-9", "custodian": "c", "authority": "a", "reason": "r",
            ])
        #expect(placed.header("Location") == "/holds/2")
        func post(_ browser: Browser, _ act: String, _ name: String, code: String? = nil) -> Int {
            browser.post("/holds/2/\(act)", ["reason": "x", "code": code ?? site.nextCode(name)]).status
        }
        #expect(post(lena, "request-release", "lena") == 403)
        #expect(post(lars, "request-release", "lars", code: "000000") == 403)
        #expect(try site.registry.hold(2)?.releaseRequest == nil)
        #expect(post(lars, "request-release", "lars") == 303)
        #expect(post(lars, "approve-release", "lars") == 403)
        #expect(post(lena, "approve-release", "lena") == 403)
        #expect(try site.registry.hold(2)?.isInForce == true)
        #expect(try site.events(.forbidden).count == 3)
        #expect(post(lou, "approve-release", "lou") == 303)
        #expect(try site.registry.hold(2)?.isInForce == false)
    }

    @Test func `with rules labels are chosen, tiers are named, and what would let a study go is said`() throws {
        let site = try Site(Site.endless, rules: Repository.path("Rules/sites/general-hospital.xml"))
        try site.account("rita", .reviewer)
        try SampleRecords.fill(site)
        let browser = try site.browser("rita")
        let html = browser.get("/studies/\(SampleRecords.study)").html
        for text in [
            "<option value=\"violence\">", "Tier 2: category", "celebrity information sensitivity",
            "Give the label consented",
        ] {
            #expect(html.contains(text), "\(text)")
        }
        #expect(
            browser.post(
                "/studies/\(SampleRecords.study)/labels",
                ["label": "consented", "reason": "agreed", "code": site.nextCode("rita")]
            ).status
                == 303)
        #expect(browser.get("/studies/\(SampleRecords.study)").html.contains("It was given, and counts when"))
        let rules = browser.get("/rules").html
        for text in ["general-hospital", "Research exports", "unless consented", "The name is an alias"] {
            #expect(rules.contains(text), "\(text)")
        }
    }

    @Test(arguments: [
        ("<site registry=\"r\"/><listen port=\"1\" host=\"0.0.0.0\"/>", "no-tls"),
        ("<listen port=\"1\"/>", "missing-part"),
        ("<site registry=\"r\"/>", "missing-part"),
        ("<site registry=\"r\"/><listen port=\"1\"/><listen port=\"2\"/>", "part-twice"),
        ("<site registry=\"r\"/><listen port=\"1\"><tls certificate=\"no\" key=\"no\"/></listen>", "unreadable-file"),
        ("<site registry=\"r\" productions=\"r/vault/../out\"/><listen port=\"1\"/>", "impossible-value"),
        ("<site registry=\"r\"/><listen port=\"1\"/><sessions idle=\"2h\" longest=\"1h\"/>", "impossible-value"),
    ])
    func `a configuration that cannot be meant is told, with its place`(text: String, code: String) {
        let (settings, findings) = ConsoleConfiguration.load(
            text: "<console xmlns=\"urn:cordon:console:1\">\(text)</console>", path: "/etc/console.xml")
        #expect(settings == nil)
        #expect(findings.contains { $0.code == code && $0.location.line == 1 })
    }

    /// Whose leaf 1 is gone.
    private struct TornLog: LogReading {
        func logSize() -> Int { 3 }
        func leafBytes(at index: Int) -> [UInt8]? { index == 1 ? nil : [UInt8(index)] }
        func leafBytes(in range: Range<Int>) -> [[UInt8]] { range.compactMap { leafBytes(at: $0) } }
        func node(at position: NodePosition) -> LogHash? { nil }
        func openings(at index: Int) -> [Opening] { [] }
    }

    @Test func `a log with a gap is not shown as if the next entry stood in it`() throws {
        #expect(try LogPages.leaves(2..<3, of: TornLog()) == [[2]])
        #expect(throws: LogError.self) { try LogPages.leaves(0..<3, of: TornLog()) }
    }

    @Test func `the example configuration loads`() {
        let (settings, findings) = ConsoleConfiguration.load(path: Repository.path("Examples/console/console.xml"))
        #expect(findings.isEmpty)
        #expect(settings?.host == "127.0.0.1" && settings?.port == 8090)
    }
}
