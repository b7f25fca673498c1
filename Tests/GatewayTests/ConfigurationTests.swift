import Foundation
import RuleLanguage
import TestSupport
import Testing

@testable import Gateway

/// A configuration with one mistake: what must be said of it, and where. The mark stands where the caret must.
struct ConfigurationMistake: CustomTestStringConvertible, Sendable {
    var code: String
    var marked: String
    var hint: String?
    var severity = RuleLanguage.Finding.Severity.error

    init(
        _ code: String, _ marked: String, hint: String? = nil, severity: RuleLanguage.Finding.Severity = .error
    ) {
        self.code = code
        self.marked = marked
        self.hint = hint
        self.severity = severity
    }

    var testDescription: String { code }
}

struct ConfigurationTests {
    /// Around what a test is about.
    private static func configuration(_ body: String) -> String {
        """
        <gateway xmlns="urn:cordon:gateway:1" id="test">
        \(body)
        </gateway>
        """
    }

    private static let site = #"<site registry="site" spool="spool" rules="rules.xml" key="key"/>"#
    private static let listener = #"<dicom host="127.0.0.1" port="11112" titles="CORDON"/>"#
    private static let ct = #"<peer id="ct" title="CT1" roles="send"/>"#
    private static let pacs = #"<peer id="pacs" title="PACS" host="pacs.example" port="104" roles="receive"/>"#
    private static let all = #"<route id="all"><to peer="pacs" audience="archive"/></route>"#

    private static func with(_ mistake: String) -> String {
        configuration([site, listener, ct, pacs, all, mistake].joined(separator: "\n"))
    }

    static let mistakes: [ConfigurationMistake] = [
        // Shape, as the schema has it.
        .init("wrong-root", #"<▸ruleset xmlns="urn:cordon:gateway:1" id="test"/>"#),
        .init("unknown-element", with(#"<▸listener port="104"/>"#)),
        .init(
            "misplaced-element",
            with(#"<peer id="x" title="X" roles="send"><▸to peer="pacs" audience="archive"/></peer>"#)),
        .init("unknown-xml-attribute", with(#"<peer id="x" title="X" roles="send" ▸colour="red"/>"#)),
        .init("missing-attribute", with(#"<▸peer id="x" title="X"/>"#)),
        .init("bad-value", with(#"<peer id="x" title="X" roles="▸sends"/>"#)),
        .init("bad-value", with(#"<settle after="▸5 minutes"/>"#)),
        .init("bad-value", with(#"<dicom host="0.0.0.0" port="▸99999" titles="A"/>"#)),
        .init("bad-value", with(#"<peer id="x" title="▸A TITLE THAT IS TOO LONG" roles="send"/>"#)),
        .init("bad-value", with(#"<quota spool="▸much"/>"#)),
        .init("stray-text", with("<retry>▸words</retry>")),
        // Parts.
        .init("missing-part", "<▸gateway xmlns=\"urn:cordon:gateway:1\" id=\"test\">\n" + listener + "\n</gateway>"),
        .init("missing-part", "<▸gateway xmlns=\"urn:cordon:gateway:1\" id=\"test\">\n" + site + "\n</gateway>"),
        .init("part-twice", with("<retry/>\n<▸retry/>")),
        .init("part-twice", with(#"<settle after="1s"/>"# + "\n" + #"<▸settle after="2s"/>"#)),
        // Listeners.
        .init("same-listener", with(#"<mllp host="0.0.0.0" port="▸11112"/>"#)),
        .init(
            "no-tokens", with(#"<web host="127.0.0.1" port="8080" login="▸token"/>"#),
            hint: "write <identity-provider issuer=\"https://…\" audience=\"…\"/>, or login=\"certificate\""),
        .init("incomplete", with(#"<web host="127.0.0.1" port="8080" login="▸certificate"/>"#)),
        .init(
            "unreadable-file",
            with(
                #"<dicom host="127.0.0.1" port="2762" titles="A"><tls certificate="▸gone.pem" key="key"/></dicom>"#)),
        .init("impossible-value", with(#"<mllp host="127.0.0.1" port="2575" addresses="10.0.0.0/8 ▸10.0.0.0/40"/>"#)),
        // Peers.
        .init("duplicate-name", with(#"<peer id="▸ct" title="CT2" roles="send"/>"#)),
        .init("same-caller", with(#"<peer id="ct2" title="▸CT1" roles="send"/>"#)),
        .init(
            "same-caller",
            with(
                #"<peer id="w1" certificate="key" roles="ask"/>"# + "\n"
                    + #"<peer id="w2" certificate="▸key" roles="ask"/>"#)),
        .init(
            "same-caller",
            with(
                [
                    #"<identity-provider issuer="https://login.example" audience="cordon"/>"#,
                    #"<peer id="w1" claim="azp" value="app" roles="ask"/>"#,
                    #"<peer id="w2" claim="▸azp" value="app" roles="ask"/>"#,
                ].joined(separator: "\n"))),
        .init("not-reachable", with(#"<peer id="x" title="X" roles="▸receive"/>"#)),
        .init("not-callable", with(#"<peer id="x" host="x" port="104" roles="▸send"/>"#)),
        .init("wrong-role", with(#"<peer id="x" title="X" roles="send" ▸rate="1/s"/>"#)),
        .init("impossible-value", with(#"<peer id="x" title="X" roles="send" addresses="▸1.2.3"/>"#)),
        .init(
            "incomplete",
            with(
                #"<peer id="x" title="X" host="x" port="1" roles="receive"><▸tls roots="key" certificate="key"/></peer>"#
            )),
        // Routes.
        .init("duplicate-name", with(#"<route id="▸all"><to peer="pacs" audience="archive"/></route>"#)),
        .init("missing-part", with(#"<▸route id="nowhere"/>"#)),
        .init(
            "unknown-peer", with(#"<route id="x"><to peer="▸pac" audience="archive"/></route>"#),
            hint: "did you mean `pacs`?"),
        .init("wrong-role", with(#"<route id="x"><to peer="▸ct" audience="archive"/></route>"#)),
        .init("wrong-role", with(#"<route id="x"><from peers="▸pacs"/><to peer="pacs" audience="archive"/></route>"#)),
        .init(
            "unknown-audience", with(#"<route id="x"><to peer="pacs" audience="▸archiv"/></route>"#),
            hint: "did you mean `archive`?"),
        .init(
            "impossible-value",
            with(
                #"<route id="x"><when attribute="StudyDate" value="▸yesterday"/><to peer="pacs" audience="archive"/></route>"#
            )),
        .init("impossible-value", with(#"<settle after="10s" most="▸5s"/>"#)),
        .init("impossible-value", with(#"<retry first="10s" most="▸5s"/>"#)),
        .init("unknown-peer", with(#"<settle after="10s" peers="▸mr"/>"#)),
        // Looking.
        .init("unknown-peer", with(#"<archive peer="▸vna"/>"#)),
        .init("not-reachable", with(#"<archive peer="▸pacs" by="web"/>"#)),
        .init("incomplete", with(#"<▸asker audience="archive"/>"#)),
        .init("incomplete", with(#"<asker audience="archive" user="▸anna"/>"#), severity: .warning),
        .init("unreadable-file", with(#"<users file="▸key"/>"#)),
        .init("unreadable-file", with(#"<users file="▸gone"/>"#)),
        .init("no-tokens", with(#"<peer id="x" claim="▸azp" value="app" roles="send"/>"#)),
        .init("not-callable", with(#"<peer id="x" title="X" roles="▸tell"/>"#)),
        .init("incomplete", with(#"<peer id="x" certificate="key" roles="▸tell"/>"#)),
        .init(
            "not-callable",
            with(
                #"<peer id="x" certificate="key" roles="▸tell"/>"# + "\n"
                    + #"<hl7><code field="meta.security" value="VIP" label="vip"/></hl7>"#)),
        .init("no-tokens", with(#"<asker audience="archive" claim="▸groups" value="radiology"/>"#)),
        .init(
            "impossible-value",
            with(#"<identity-provider issuer="▸http://login.example" audience="cordon"/>"#)),
        .init(
            "unknown-label", with(#"<hl7><code field="PV1-16" value="Y" label="▸vipp"/></hl7>"#),
            hint: "did you mean `vip`?"),
        // Rules.
        .init(
            "rules-do-not-load",
            configuration(
                #"<site registry="site" spool="spool" rules="▸gone.xml" key="key"/>"# + "\n" + listener + "\n" + ct)),
        .init(
            "rules-not-trusted",
            configuration(
                #"<site registry="site" spool="spool" rules="▸rules.xml" require-signed="key" key="key"/>"# + "\n"
                    + listener + "\n" + ct)),
        .init(
            "no-key",
            configuration(
                [
                    #"<site registry="site" spool="spool" rules="rules.xml"/>"#, listener, ct, pacs,
                    #"<route id="x"><to peer="pacs" audience="▸research"/></route>"#,
                ].joined(separator: "\n"))),
        .init(
            "no-route",
            configuration([site, listener, #"<peer id="▸ct" title="CT1" roles="send"/>"#].joined(separator: "\n")),
            severity: .warning),
    ]

    @Test(arguments: mistakes)
    func `every mistake is told with its place`(mistake: ConfigurationMistake) throws {
        let folder = try WorkFolder()
        try folder.write("rules.xml", text: Site.rules)
        try folder.write("key", text: "a file that is there")
        let text = mistake.marked.filter { $0 != "▸" }
        let (loaded, findings) = ConfigurationLoader().load(text: text, path: folder("gateway.xml"))
        #expect((loaded == nil) == (mistake.severity == .error))
        let finding = try #require(
            findings.first { $0.code == mistake.code }, "\(findings.map(\.rendered).joined(separator: "\n"))")
        #expect(finding.severity == mistake.severity)
        let lines = mistake.marked.split(separator: "\n", omittingEmptySubsequences: false)
        let line = try #require(lines.firstIndex { $0.contains("▸") })
        let mark = try #require(lines[line].firstIndex(of: "▸"))
        #expect(finding.location.line == line + 1, "\(finding.rendered)")
        #expect(
            finding.location.column == lines[line].distance(from: lines[line].startIndex, to: mark) + 1,
            "\(finding.rendered)")
        if let hint = mistake.hint { #expect(finding.hint == hint) }
        #expect(
            findings.count { $0.severity == .error } <= 1 || mistake.code == "rules-do-not-load"
                || mistake.code == "wrong-root",
            "\(findings.map(\.rendered).joined(separator: "\n"))")
    }

    @Test func `the example loads, and is what it says`() throws {
        let text = try String(contentsOfFile: "\(Fixtures.packageRoot)/Examples/gateway/gateway.xml", encoding: .utf8)
        let folder = try WorkFolder()
        try folder.write("demo.key", text: "a file that is there")
        let moved = text.replacingOccurrences(of: "../../Rules", with: "\(Fixtures.packageRoot)/Rules")
        let (loaded, findings) = ConfigurationLoader().load(text: moved, path: folder("gateway.xml"))
        let configuration = try #require(loaded?.configuration, "\(findings.map(\.rendered))")
        #expect(configuration.peers.keys.sorted() == ["ct", "pacs", "research"])
        #expect(configuration.settling.usual == .init(after: 10_000, most: 300_000))
        #expect(configuration.peers["research"]?.rate == .init(count: 20, span: 1000))
        #expect(findings.isEmpty, "\(findings.map(\.rendered))")
        // The gateway makes these two, and no folder above them.
        #expect(configuration.site.registry == folder("demo-site") && configuration.site.spool == folder("demo-spool"))
    }

    @Test func `a listener for DICOMweb says how it is reached, and whose pages may ask`() throws {
        let folder = try WorkFolder()
        try folder.write("rules.xml", text: Site.rules)
        try folder.write("key", text: "a file that is there")
        let text = Self.with(
            #"<identity-provider issuer="https://login.example" audience="cordon"/>"# + "\n"
                + #"<web host="127.0.0.1" port="8080" login="token" url="https://imaging.example/dicom-web" "#
                + #"origins="https://viewer.example https://other.example:8443"/>"#)
        let (loaded, findings) = ConfigurationLoader().load(text: text, path: folder("gateway.xml"))
        let web = try #require(loaded?.configuration.web.first, "\(findings.map(\.rendered))")
        #expect(web.url == "https://imaging.example/dicom-web")
        #expect(web.origins == ["https://viewer.example", "https://other.example:8443"])
        for wrong in ["viewer.example", "https://viewer.example/", "*", "https://Viewer.example"] {
            let other = text.replacing("https://viewer.example ", with: wrong + " ")
            #expect(ConfigurationLoader().load(text: other, path: folder("gateway.xml")).loaded == nil)
        }
    }

    @Test func `a feed says by which addresses its FHIR server is named`() throws {
        let folder = try WorkFolder()
        try folder.write("rules.xml", text: Site.rules)
        try folder.write("key", text: "a file that is there")
        let text = Self.with(
            #"<hl7 base="https://his.example/fhir http://his:8080/fhir"><code field="meta.security" value="VIP" "#
                + #"label="vip"/></hl7>"#)
        let (loaded, findings) = ConfigurationLoader().load(text: text, path: folder("gateway.xml"))
        let hl7 = try #require(loaded?.configuration.hl7, "\(findings.map(\.rendered))")
        #expect(hl7.servers == ["https://his.example/fhir", "http://his:8080/fhir"])
        let wrong = text.replacing("http://his:8080/fhir", with: "his:8080/fhir")
        #expect(ConfigurationLoader().load(text: wrong, path: folder("gateway.xml")).loaded == nil)
    }

    @Test func `networks are told from each other`() throws {
        let network = try #require(Network("10.0.0.0/8"))
        #expect(network.contains("10.255.1.2") && network.contains("::ffff:10.1.1.1") && !network.contains("11.0.0.1"))
        let six = try #require(Network("fd00::/8"))
        #expect(six.contains("fdab::1") && !six.contains("fe80::1") && !six.contains("10.0.0.1"))
        #expect(try #require(Network("192.168.1.7")).contains("192.168.1.7"))
        for wrong in ["", "10.0.0", "10.0.0.0/33", "fd00::/129", "pacs", "10.0.0.1/x"] {
            #expect(Network(wrong) == nil)
        }
    }

    @Test func `waits double, are spread, and are the same for the same seed`() {
        let backoff = Backoff(retry: .init(first: 1000, most: 60_000, attempts: 5, seed: 7))
        for failures in 1...100 {
            let delay = backoff.delay(after: failures, for: "pacs")
            let middle = min(1000 << min(failures - 1, 20), 60_000)
            #expect(delay >= middle * 8 / 10 && delay <= middle * 12 / 10)
            #expect(delay == backoff.delay(after: failures, for: "pacs"))
        }
        let many = Set((0..<50).map { backoff.delay(after: 8, for: "peer \($0)") })
        #expect(many.count > 40)
    }
}
