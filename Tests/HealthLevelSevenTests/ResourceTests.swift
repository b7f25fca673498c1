import Host
import Testing

@testable import HealthLevelSeven

@Suite struct ResourceTests {
    private func read(_ texts: String..., servers: [String] = ["https://his/fhir"]) throws -> SecuredResources {
        var resources = SecuredResources(servers: servers)
        for text in texts { try resources.read(Array(text.utf8)) }
        resources.resolve()
        return resources
    }

    private static let patient = """
        {"resourceType":"Patient","id":"p1","meta":{"versionId":"3","lastUpdated":"2026-11-29T10:00:00Z","security":[
         {"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"VIP"},{"display":"no code"}]},
         "identifier":[{"system":"urn:oid:1.2.3","value":"4711","type":{"coding":[{"code":"MR"}]}}],
         "link":[{"other":{"reference":"Patient/p0"},"type":"replaces"},{"other":{"reference":"Patient/p9"},"type":"seealso"}]}
        """

    @Test func `a patient says who it is and what protects it`() throws {
        let resource = try #require(try read(Self.patient).resources.first)
        #expect(resource.kind == .patient)
        #expect(resource.identifiers == [.init(system: "urn:oid:1.2.3", value: "4711", type: "MR")])
        #expect(
            resource.codes == [.init(code: "VIP", system: "http://terminology.hl7.org/CodeSystem/v3-ActCode"), nil])
        #expect(resource.replaced == [.own("Patient/p0")])
        #expect(resource.isWhole)
        #expect(resource.lastUpdated?.description == "2026-11-29T10:00:00.000Z")
    }

    @Test func `an identifier that is no longer used leads to the patient, too`() throws {
        let resource = try #require(
            try read(
                #"{"resourceType":"Patient","id":"p","identifier":[{"value":"new"},{"use":"old","value":"before"}]}"#
            ).resources.first)
        #expect(resource.identifiers.map(\.value) == ["new", "before"])
    }

    @Test func `two patients with one id are joined, and take nothing away unless one is the later`() throws {
        func patient(_ value: String, _ codes: String, _ updated: String? = nil) -> String {
            let time = updated.map { #","lastUpdated":"\#($0)""# } ?? ""
            return #"{"resourceType":"Patient","id":"p","meta":{"security":[\#(codes)]\#(time)},"#
                + #""identifier":[{"value":"\#(value)"}]}"#
        }
        let vip = #"{"code":"VIP"}"#
        let encounter = #"{"resourceType":"Encounter","id":"p","subject":{"reference":"Patient/p"}}"#
        let joined = try read(patient("1", vip), patient("2", ""), encounter)
        #expect(joined.resources.map(\.isWhole) == [false, false, true])
        #expect(joined.resources[2].identifiers.map(\.value) == ["1", "2"])
        let time = "2026-11-29T10:00:00Z"
        #expect(try read(patient("1", vip, time), patient("1", "", time)).resources.map(\.isWhole) == [false, false])
        let later = try read(patient("1", vip, time), patient("1", "", "2026-11-29T10:00:01Z"))
        #expect(later.resources.map(\.isWhole) == [true, true])
        #expect(try read(patient("1", vip), patient("1", vip)).resources.map(\.isWhole) == [true, true])
    }

    @Test func `an encounter is about the patient that it refers to, in whatever way`() throws {
        func encounter(_ subject: String) -> String {
            #"{"resourceType":"Encounter","id":"e","meta":{"security":[{"code":"R"}]},"subject":\#(subject)}"#
        }
        let references = [
            #"{"reference":"Patient/p1"}"#, #"{"reference":"https://his/fhir/Patient/p1/_history/3"}"#,
            #"{"identifier":{"system":"urn:oid:1.2.3","value":"4711"}}"#,
        ]
        for reference in references {
            let all = try read(encounter(reference), Self.patient)
            #expect(all.resources.first { $0.kind == .encounter }?.identifiers.map(\.value) == ["4711"], "\(reference)")
        }
        let contained =
            ##"{"resourceType":"Encounter","contained":[{"resourceType":"Patient","id":"c","identifier":[{"value":"7"}]}],"subject":{"reference":"#c"}}"##
        #expect(try read(contained).resources[0].identifiers.map(\.value) == ["7"])
        #expect(try read(encounter(#"{"reference":"Patient/other"}"#)).resources[0].identifiers.isEmpty)
    }

    private func encounter(_ reference: String) -> String {
        #"{"resourceType":"Encounter","id":"e","subject":{"reference":"\#(reference)"}}"#
    }

    private func bundle(_ entries: (url: String, resource: String)...) -> String {
        let all = entries.map { #"{"fullUrl":"\#($0.url)","resource":\#($0.resource)}"# }.joined(separator: ",")
        return #"{"resourceType":"Bundle","type":"collection","entry":[\#(all)]}"#
    }

    private func subjects(_ resources: SecuredResources) -> [[String]] {
        resources.resources.filter { $0.kind == .encounter }.map { $0.identifiers.map(\.value) }
    }

    @Test(arguments: [
        "https://other/fhir/Patient/p1", "https://his/other/Patient/p1", "https://his:8443/fhir/Patient/p1",
        "https://other/fhir/Patient/p1/_history/3", "ftp://his/fhir/Patient/p1", "/Patient/p1", "fhir/Patient/p1",
        "Patient/p1#c", "https://his/fhir/Patient?identifier=p1", "https://Patient/p1",
    ])
    func `a reference to another server's patient, or to none, is not to the one with the same id here`(
        reference: String
    ) throws {
        #expect(try subjects(read(Self.patient, encounter(reference))) == [[]])
    }

    @Test(arguments: [
        "https://his/fhir/Patient/p1", "HTTPS://HIS/fhir/Patient/p1", "https://his/fhir//Patient/p1", "Patient/p1",
        "Patient/p1/_history/3",
    ])
    func `the feed's own server may be named in several ways`(reference: String) throws {
        #expect(try subjects(read(Self.patient, encounter(reference), servers: ["https://his/fhir/"])) == [["4711"]])
    }

    @Test func `where no server is configured a url means what came with it alone`() throws {
        let url = "https://his/fhir/Patient/p1"
        #expect(try subjects(read(Self.patient, encounter(url), servers: [])) == [[]])
        let both = bundle((url, Self.patient), ("https://his/fhir/Encounter/e", encounter("Patient/p1")))
        #expect(
            try subjects(read(both, encounter(url), encounter("Patient/p1"), servers: [])) == [["4711"], ["4711"], []])
    }

    @Test func `a relative reference is one of the server whose resource says it`() throws {
        let foreign = "https://other/fhir"
        let own = Self.patient.replacing("4711", with: "ours")
        let all = try read(
            bundle(("\(foreign)/Patient/p1", Self.patient), ("\(foreign)/Encounter/e", encounter("Patient/p1"))), own,
            encounter("Patient/p1"))
        #expect(subjects(all) == [["4711"], ["ours"]])
        // Records of two servers with one id are two.
        #expect(
            all.resources.compactMap(\.names.first) == [
                .foreign("\(foreign)/Patient/p1"), .foreign("\(foreign)/Encounter/e"), .own("Patient/p1"),
                .own("Encounter/e"),
            ])
    }

    @Test func `a uuid means the same in each bundle, and what only looks like one does not`() throws {
        let uuid = "urn:uuid:8A1F0C0E-6F2B-4F0B-9D57-3E0C5C1A2B3D"
        for (name, isKnown) in [(uuid, true), ("urn:oid:1.2.3.4", true), ("urn:uuid:1", false)] {
            let first = bundle((name, Self.patient), ("urn:uuid:2", encounter(name)))
            let second = bundle(("urn:uuid:2", encounter(name.lowercased())))
            #expect(try subjects(read(first, second)) == [["4711"], isKnown ? ["4711"] : []], "\(name)")
        }
    }

    @Test func `a bundle gives what is in it, and says what it passed over`() throws {
        let bundle = """
            {"resourceType":"Bundle","type":"history","entry":[{"resource":{"resourceType":"Parameters"}},
             {"fullUrl":"urn:uuid:1","resource":\(Self.patient)},{"request":{"method":"DELETE","url":"Patient/3"}},
             {"resource":{"resourceType":"Encounter","subject":{"reference":"urn:uuid:1"}}}]}
            """
        let all = try read(bundle)
        #expect(all.resources.map(\.kind) == [.patient, .encounter])
        #expect(all.resources[1].identifiers.map(\.value) == ["4711"])
        #expect(all.others == 1)
        let outer = #"{"resourceType":"Bundle","type":"collection","entry":[{"resource":\#(bundle)}]}"#
        #expect(try read(outer).resources.map(\.kind) == [.patient, .encounter])
    }

    @Test func `what is shortened says nothing by what it leaves out, and a wrong member is unreadable`() throws {
        let short = #"{"resourceType":"Patient","meta":{"tag":[{"code":"SUBSETTED"}]},"identifier":[{"value":"1"}]}"#
        #expect(try read(short).resources[0].isWhole == false)
        for wrong in [
            #""meta":{"security":{"code":"VIP"}}"#, #""meta":{"security":"VIP"}"#, #""meta":"VIP""#,
            #""meta":{"security":[7]}"#,
        ] {
            #expect(try read(#"{"resourceType":"Patient",\#(wrong)}"#).resources[0].codes == [nil], "\(wrong)")
        }
    }

    @Test(arguments: [
        "", "[]", "7", "{", #"{"a":1}"#, #"{"resourceType":7}"#, #"{"resourceType":"Bundle","entry":{}}"#,
        #"{"resourceType":"Bundle","entry":[{"resource":7}]}"#,
    ])
    func `what is no resource is an error`(text: String) {
        #expect(throws: FHIRError.self) { try read(text) }
    }

    @Test(arguments: [
        #"{"resourceType":"Patient","meta":{"security":[{"code":"VIP"}]},"meta":{}}"#,
        #"{"resourceType":"Patient","meta":{"security":[{"code":"VIP"}],"security":[]}}"#,
        #"{"resourceType":"Patient","meta":{"security":[{"code":"VIP","code":"N"}]}}"#,
        ##"{"resourceType":"Patient","meta":{"security":[{"code":"VIP"}]},"m\u0065ta":{}}"##,
    ])
    func `an object that says something twice is refused`(text: String) {
        #expect(throws: FHIRError.self) { try read(text) }
    }

    @Test func `the same name in several objects, and in texts, is nothing twice`() throws {
        let text =
            #"{"resourceType":"Patient","identifier":[{"value":"1"},{"value":"2"}],"name":[{"text":"a \"value\", b","use":"x"}]}"#
        #expect(try read(text).resources[0].identifiers.map(\.value) == ["1", "2"])
    }

    @Test func `other encodings and too many values are refused`() {
        func refuse(_ bytes: [UInt8]) {
            #expect(throws: FHIRError.self) {
                var resources = SecuredResources()
                try resources.read(bytes)
            }
        }
        let wide = Array(#"{"resourceType":"Patient"}"#.utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        refuse(wide)
        refuse([0xFF, 0xFE] + wide)
        let many = #"{"resourceType":"Patient","a":["# + String(repeating: "0,", count: 2_000_001) + "0]}"
        refuse(Array(many.utf8))
    }

    @Test func `nesting has a limit`() {
        let deep = #"{"resourceType":"Patient","a":"# + String(repeating: "[", count: 100_000)
        #expect(throws: FHIRError.self) { try read(deep) }
    }
}
