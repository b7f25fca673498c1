import CustodyLog
import Foundation
import Host
import Testing

@testable import Gateway
@testable import HealthLevelSeven
@testable import Registry

/// A feed into a registry in memory.
struct FeedScene {
    let registry = Registry(storage: MemoryStorage())
    let feed: MessageFeed
    let resources: ResourceFeed
    static let configuration: GatewayConfiguration.HL7 = {
        var hl7 = GatewayConfiguration.HL7()
        hl7.feed = "adt"
        hl7.issuer = "DEFAULT"
        hl7.authorities = ["HOSP": "HOSPITAL", "urn:oid:1.2.3": "HOSPITAL"]
        hl7.servers = ["https://his/fhir"]
        hl7.codes = [
            .init(field: "PV1-16", value: "VIP", label: "vip"), .init(field: "PV1-16", value: "N", label: nil),
            .init(field: "PD1-12", value: "Y", label: "protected"), .init(field: "PD1-12", value: "N", label: nil),
            .init(field: "ARV-4", value: "VIP", label: "vip"), .init(field: "ARV-4", value: "EMP", label: "staff"),
            .init(field: "PV2-22", value: "HOLD", label: "held", tellsOfHold: true),
            .init(field: "meta.security", value: "VIP", label: "vip"),
            .init(field: "meta.security", value: "N", label: nil),
        ]
        return hl7
    }()

    init() throws {
        let person = try #require(Person("gateway"))
        feed = MessageFeed(Self.configuration, registry: registry, person: person)
        resources = ResourceFeed(Self.configuration, registry: registry, person: person)
    }

    private static let count = Counter()

    /// Sends a message with segments behind MSH, and gives the answer.
    func send(_ segments: String, event: String = "A08", control: String? = nil, time: String = "") throws
        -> Acknowledgement
    {
        let id = control ?? "M\(Self.count.next())"
        let text = "MSH|^~\\&|HIS|H|C|P|\(time)||ADT^\(event)|\(id)|P|2.5\n" + segments
        let content = Array(text.replacing("\n", with: "\r").utf8)
        return feed.take(try Message(content), content: content, from: MessageSender(address: "10.0.0.1"))
    }

    static func vip(_ value: String, _ id: String = "4711^^^HOSP^MR") -> String {
        "PID|1||\(id)\nPV1|1|I||||||||||||||\(value)|"
    }

    func labels(_ id: String, _ issuer: String? = "HOSPITAL") throws -> [LabelRecord] {
        try registry.labels(patient: PatientIdentity(id: id, issuer: issuer), at: .now)
    }

    func names(_ id: String, _ issuer: String? = "HOSPITAL") throws -> [String] {
        try labels(id, issuer).map(\.label).sorted()
    }

    final class Counter: @unchecked Sendable {
        private let lock = NSLock()
        private var value = 0
        func next() -> Int {
            lock.withLock {
                value += 1
                return value
            }
        }
    }
}

@Suite struct MessageFeedTests {
    @Test func `an indicator becomes a label with source, origin and issuer`() throws {
        let scene = try FeedScene()
        #expect(try scene.send(FeedScene.vip("VIP")).code == .accept)
        let label = try #require(try scene.labels("4711").first)
        #expect(label.label == "vip")
        #expect(label.source == .feed)
        #expect(label.origin == "adt PV1-16")
        #expect(label.scope == .patient(PatientIdentity(id: "4711", issuer: "HOSPITAL")))
        #expect(try scene.names("4711", "ELSEWHERE") == [])
        #expect(try scene.registry.check().findings == [])
    }

    @Test(arguments: ["A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A28", "A31"])
    func `every event gives labels, and the null value takes them back`(event: String) throws {
        let scene = try FeedScene()
        #expect(try scene.send(FeedScene.vip("VIP"), event: event).code == .accept)
        #expect(try scene.names("4711") == ["vip"])
        #expect(try scene.send(FeedScene.vip(""), event: event).code == .accept)
        #expect(try scene.names("4711") == ["vip"])
        #expect(try scene.send(FeedScene.vip("\"\""), event: event).code == .accept)
        #expect(try scene.names("4711") == [])
        #expect(try scene.registry.labels().first?.withdrawal?.reason == "told by adt")
    }

    @Test func `an unknown code is the most restrictive, and the answer says so`() throws {
        let scene = try FeedScene()
        let answer = try scene.send(FeedScene.vip("PLATINUM"))
        #expect(answer.code == .accept)
        #expect(answer.errors.map(\.code) == [.tableValue])
        #expect(answer.errors.map(\.severity) == [.warning])
        #expect(try scene.names("4711") == ["held", "protected", "staff", "vip"])
        #expect(
            try scene.labels("4711").allSatisfy {
                $0.reason.contains("does not have") && !$0.reason.contains("PLATINUM")
            })
        // One that is configured.
        var configuration = FeedScene.configuration
        configuration.unknown = "most"
        let feed = MessageFeed(configuration, registry: scene.registry, person: try #require(Person("g")))
        let content = Array("MSH|^~\\&|A|B|C|D|||ADT^A08|77|P|2.5\rPID|1||8^^^HOSP\rPV1|1|I||||||||||||||^^x|\r".utf8)
        _ = feed.take(try Message(content), content: content, from: MessageSender(address: ""))
        #expect(try scene.names("8") == ["most"])
    }

    @Test func `a code that says nothing withdraws what the same place gave, and no other's`() throws {
        let scene = try FeedScene()
        let anna = try #require(Person("anna"))
        _ = try scene.send(FeedScene.vip("VIP") + "\nARV|1|A||VIP")
        _ = try scene.registry.label(
            "vip", on: .patient(PatientIdentity(id: "4711", issuer: "HOSPITAL")), reason: "asked", by: anna, at: .now)
        #expect(try scene.names("4711") == ["vip", "vip", "vip"])
        _ = try scene.send(FeedScene.vip("N"))
        #expect(try scene.labels("4711").map { $0.origin ?? "anna" }.sorted() == ["adt ARV-4 VIP", "anna"])
        _ = try scene.send("PID|1||4711^^^HOSP\nARV|1|D||VIP")
        #expect(try scene.labels("4711").map(\.origin) == [nil])
    }

    @Test func `a visit without an indicator takes nothing away from another visit`() throws {
        let scene = try FeedScene()
        func visit(_ number: String, _ value: String, _ protection: String = "") -> String {
            "PID|1||4711^^^HOSP\nPV1|1|I||||||||||||||\(value)|||\(number)\nPV2|"
                + String(repeating: "|", count: 21) + protection
        }
        _ = try scene.send(visit("1^^^HOSP", "VIP", "HOLD"))
        for value in ["\"\"", "N"] { _ = try scene.send(visit("2^^^HOSP", value, "\"\"")) }
        _ = try scene.send(visit("", "N", "\"\""))
        #expect(try scene.names("4711") == ["held", "vip"])
        #expect(try scene.labels("4711").allSatisfy { $0.feedWish == nil })
        #expect(try scene.labels("4711").allSatisfy { !($0.origin ?? "").contains("HOSP") })
        _ = try scene.send(visit("1^^^HOSP", "N"))
        #expect(try scene.names("4711") == ["held"])
    }

    @Test func `a restriction is taken away by its own coding system's code alone`() throws {
        let scene = try FeedScene()
        _ = try scene.send("PID|1||1^^^HOSP\nARV|1|A||VIP^^HL70719~VIP^^99LOCAL")
        #expect(try scene.names("1") == ["vip", "vip"])
        _ = try scene.send("PID|1||1^^^HOSP\nARV|1|D||VIP^^99LOCAL")
        #expect(try scene.names("1") == ["vip"])
        _ = try scene.send("PID|1||1^^^HOSP\nARV|1|D||VIP^^99LOCAL~VIP")
        #expect(try scene.names("1") == ["vip"])
        _ = try scene.send("PID|1||1^^^HOSP\nARV|1|D||VIP^^HL70719")
        #expect(try scene.names("1") == [])
    }

    @Test func `restrictions end when they say, and each by itself`() throws {
        let scene = try FeedScene()
        _ = try scene.send("PID|1||1^^^HOSP\nARV|1|A||VIP~EMP||^20991231")
        #expect(try scene.names("1") == ["staff", "vip"])
        #expect(
            try scene.labels("1").map { $0.expires?.description }
                == Array(repeating: "2100-01-01T12:00:00.000Z", count: 2))
        _ = try scene.send("PID|1||1^^^HOSP\nARV|1|D||EMP")
        #expect(try scene.names("1") == ["vip"])
        _ = try scene.send("PID|1||2^^^HOSP\nARV|1|A||VIP||^20200101")
        #expect(try scene.names("2") == [])
    }

    @Test func `the same message again does nothing, and another with its control ID does`() throws {
        let scene = try FeedScene()
        _ = try scene.send(FeedScene.vip("VIP"), control: "X1")
        _ = try scene.send(FeedScene.vip("\"\""), control: "X2")
        let size = try scene.registry.readLog { try $0.logSize() }
        #expect(try scene.send(FeedScene.vip("VIP"), control: "X1").code == .accept)
        #expect(try scene.names("4711") == [])
        #expect(try scene.registry.readLog { try $0.logSize() } == size)
        _ = try scene.send(FeedScene.vip("VIP") + "|", control: "X1")
        #expect(try scene.names("4711") == ["vip"])
    }

    @Test func `what was said before something else takes nothing away`() throws {
        let scene = try FeedScene()
        _ = try scene.send(FeedScene.vip("VIP"), time: "20261129100000")
        _ = try scene.send(FeedScene.vip("\"\""), time: "20261129095900")
        #expect(try scene.names("4711") == ["vip"])
        _ = try scene.send(FeedScene.vip("\"\""), time: "20261129100001")
        #expect(try scene.names("4711") == [])
    }

    @Test func `a label that tells of a hold is withdrawn by two people, of whom a feed is none`() throws {
        let scene = try FeedScene()
        let segments = { (value: String) in "PID|1||4711^^^HOSP\nPV2|" + String(repeating: "|", count: 21) + value }
        _ = try scene.send(segments("HOLD"))
        #expect(try scene.names("4711") == ["held"])
        #expect(try scene.send(segments("\"\"")).code == .accept)
        _ = try scene.send(segments("\"\"") + "|")
        #expect(try scene.names("4711") == ["held"])
        let id = try #require(try scene.labels("4711").first?.id)
        // One person and the feed are not two people: it was so before, and a label of a hold went by one mistake.
        _ = try scene.registry.withdraw(label: id, reason: "over", by: #require(Person("anna")), at: .now)
        #expect(try scene.names("4711") == ["held"])
        _ = try scene.send(segments("\"\"") + "||")
        #expect(try scene.names("4711") == ["held"])
        _ = try scene.registry.withdraw(label: id, reason: "over", by: #require(Person("bert")), at: .now)
        #expect(try scene.names("4711") == [])
        let withdrawal = try scene.registry.label(id)?.withdrawal
        #expect(withdrawal?.author.name == "anna" && withdrawal?.second?.name == "bert")
        #expect(try scene.registry.check().findings == [])
    }

    @Test func `while a hold covers the patient no label goes, and the sender is not told why`() throws {
        let scene = try FeedScene()
        _ = try scene.send(FeedScene.vip("VIP"))
        let order = HoldOrder(
            matter: "M-1", custodian: "legal", reason: "claim", authority: "court",
            scope: .patient(PatientIdentity(id: "4711", issuer: "HOSPITAL")))
        _ = try scene.registry.place(order, by: #require(Person("anna")), at: .now)
        let answer = try scene.send(FeedScene.vip("\"\""))
        #expect(answer == Acknowledgement(.accept))
        #expect(try scene.names("4711") == ["vip"])
    }

    @Test func `a message about nobody, or of another type, is refused`() throws {
        let scene = try FeedScene()
        #expect(try scene.send(FeedScene.vip("VIP", "")).errors.first?.place == "PID-3")
        #expect(try scene.send(FeedScene.vip("VIP", "")).code == .error)
        #expect(try scene.send(FeedScene.vip("VIP", "V-9^^^HOSP^VN")).code == .error)
        #expect(try scene.send("PV1|1").code == .error)
        #expect(try scene.send("PID|1||1^^^HOSP", event: "A40").errors.first?.place == "MRG-1")
        #expect(try scene.send(FeedScene.vip("VIP"), control: "").errors.first?.place == "MSH-10")
        #expect(try scene.send("PID|1||1^^^HOSP").code == .accept)
        let content = Array("MSH|^~\\&|A|B|C|D|||ORU^R01|7|P|2.5\rPID|1||1".utf8)
        let answer = scene.feed.take(try Message(content), content: content, from: MessageSender(address: ""))
        #expect(answer.code == .reject)
        let training = Array("MSH|^~\\&|A|B|C|D|||ADT^A08|7|T|2.5\rPID|1||1^^^HOSP\rPV1|1|I||||||||||||||VIP|".utf8)
        let other = scene.feed.take(try Message(training), content: training, from: MessageSender(address: ""))
        #expect(other.code == .reject && other.errors.map(\.code) == [.unsupportedProcessing])
        #expect(try scene.registry.labels().isEmpty)
    }

    @Test func `identifiers of all kinds name the patient, and a visit's names nobody`() throws {
        let scene = try FeedScene()
        _ = try scene.send("PID|1|old|1^^^HOSP^MR~2^^^CITY&9.9&ISO^PI~3~4^^^HOSP^VN|alt\nPV1|1|I||||||||||||||VIP")
        #expect(try scene.names("1") == ["vip"])
        #expect(try scene.names("2", "CITY") == ["vip"])
        #expect(try scene.names("3", "DEFAULT") == ["vip"])
        #expect(try scene.names("old", "DEFAULT") == ["vip"])
        #expect(try scene.names("alt", "DEFAULT") == ["vip"])
        #expect(try scene.names("4") == [])
    }
}

@Suite struct MergeTests {
    @Test(arguments: ["A18", "A40", "A47"])
    func `after a merge labels and holds of both hold for both`(event: String) throws {
        let scene = try FeedScene()
        let anna = try #require(Person("anna"))
        _ = try scene.send(FeedScene.vip("VIP", "old^^^HOSP"))
        let order = HoldOrder(
            matter: "M-1", custodian: "legal", reason: "claim", authority: "court",
            scope: .patient(PatientIdentity(id: "new", issuer: "HOSPITAL")))
        _ = try scene.registry.place(order, by: anna, at: .now)
        #expect(try scene.send("PID|1||new^^^HOSP\nMRG|old^^^HOSP", event: event).code == .accept)
        for id in ["old", "new"] {
            let instance = Instance(
                digest: "", size: 0,
                attributes: [.patientID: id, .issuerOfPatientID: "HOSPITAL", .studyInstanceUID: "1.2"],
                received: .now, source: "")
            #expect(try scene.registry.knowledge(of: instance, at: .now).holds.count == 1, "\(id)")
            #expect(try scene.registry.knowledge(of: instance, at: .now).labels.map(\.record.label) == ["vip"], "\(id)")
        }
        // What is known by a link restricts, and lifts nothing.
        let renamed = Instance(
            digest: "", size: 0, attributes: [.patientID: "new", .issuerOfPatientID: "HOSPITAL"], received: .now,
            source: "")
        #expect(try scene.registry.knowledge(of: renamed, at: .now).labels.map(\.isCertain) == [false])
        // Labels and holds of later count too.
        _ = try scene.send("PID|1||old^^^HOSP\nPD1||||||||||||Y")
        #expect(try scene.names("new") == ["protected", "vip"])
        #expect(try scene.registry.check().findings == [])
    }

    @Test func `a label on an identifier that was merged stays, whatever is said of the other`() throws {
        let scene = try FeedScene()
        _ = try scene.send(FeedScene.vip("VIP", "old^^^HOSP"))
        _ = try scene.send("PID|1||new^^^HOSP\nMRG|old^^^HOSP", event: "A40")
        for value in ["N", "\"\""] { _ = try scene.send(FeedScene.vip(value, "new^^^HOSP")) }
        #expect(try scene.names("new") == ["vip"])
        #expect(try scene.names("old") == ["vip"])
        // The feed may still speak of it by its own identifier.
        _ = try scene.send(FeedScene.vip("N", "old^^^HOSP"))
        #expect(try scene.names("new") == [])
    }

    @Test func `chains of merges hold from end to end, and nobody else is drawn in`() throws {
        let scene = try FeedScene()
        _ = try scene.send(FeedScene.vip("VIP", "a^^^HOSP"))
        for (old, new) in [("a", "b"), ("b", "c"), ("c", "d")] {
            _ = try scene.send("PID|1||\(new)^^^HOSP\nMRG|\(old)^^^HOSP", event: "A40")
        }
        #expect(try scene.names("d") == ["vip"])
        #expect(try scene.names("e") == [])
        #expect(try scene.names("d", "ELSEWHERE") == [])
        // The same again adds nothing.
        _ = try scene.send("PID|1||b^^^HOSP\nMRG|a^^^HOSP", event: "A40")
        #expect(try scene.registry.links().count == 3)
    }

    @Test func `an unlink frees nothing that was placed before, and ends what comes after`() throws {
        let scene = try FeedScene()
        let anna = try #require(Person("anna"))
        let both = "PID|1||a^^^HOSP\nPID|2||b^^^HOSP"
        _ = try scene.send(both, event: "A24")
        _ = try scene.send(FeedScene.vip("VIP", "a^^^HOSP"))
        let order = HoldOrder(
            matter: "M-1", custodian: "legal", reason: "claim", authority: "court",
            scope: .patient(PatientIdentity(id: "a", issuer: "HOSPITAL")))
        _ = try scene.registry.place(order, by: anna, at: .now)
        Thread.sleep(forTimeInterval: 0.005)
        #expect(try scene.send(both, event: "A37").code == .accept)
        Thread.sleep(forTimeInterval: 0.005)
        #expect(try scene.names("b") == ["vip"])
        let instance = Instance(
            digest: "", size: 0, attributes: [.patientID: "b", .issuerOfPatientID: "HOSPITAL"], received: .now,
            source: "")
        #expect(try scene.registry.holds(inForceFor: instance, at: .now).count == 1)
        _ = try scene.send("PID|1||a^^^HOSP\nPD1||||||||||||Y")
        #expect(try scene.names("b") == ["vip"])
        #expect(try scene.names("a") == ["protected", "vip"])
        // A merge is not undone by an unlink.
        _ = try scene.send("PID|1||m^^^HOSP\nMRG|a^^^HOSP", event: "A40")
        _ = try scene.send("PID|1||m^^^HOSP\nPID|2||a^^^HOSP", event: "A37")
        #expect(try scene.names("m") == ["protected", "vip"])
        #expect(try scene.registry.check().findings == [])
    }
}

@Suite struct LabelImportTests {
    @Test func `what is refused of several files is told with the number of the file`() async throws {
        let site = try await Site(
            peers: "<peer id=\"pacs\" title=\"PACS\" host=\"127.0.0.1\" port=\"9\" roles=\"receive\"/>",
            routes: "<route id=\"all\"><to peer=\"pacs\" audience=\"archive\"/></route>",
            more:
                "<hl7 feed=\"adt\" issuer=\"HOSPITAL\"><code field=\"meta.security\" value=\"VIP\" label=\"vip\"/></hl7>"
        )
        let patient = #"{"resourceType":"Patient","id":"p","identifier":[{"system":"urn:oid:1.2.3","value":"4711"}]}"#
        let good = try site.folder.write("GEHEIM^1.ndjson", text: patient + "\n")
        let bad = try site.folder.write("GEHEIM^2.ndjson", text: patient + "\n\n{\"resourceType\":\n")
        let whole = try site.folder.write("GEHEIM^3.json", text: "{\n\"resourceType\":\n")
        let result = try await site.cordon(["label", "import", "fhir", good, bad, whole, "--config", site.config])
        #expect(result.status == 3, "\(result.output)")
        #expect(result.output.contains("refused: file 2: line 3:"), "\(result.output)")
        #expect(result.output.contains("refused: file 3: the resource:"), "\(result.output)")
        #expect(!result.output.contains("GEHEIM"))
    }
}

@Suite struct ResourceFeedTests {
    private func patient(
        _ codes: String, version: Int, time: String = "2026-11-29T10:00:0", id: String = "p"
    ) -> [UInt8] {
        let security = codes.split(separator: " ").map { "{\"code\":\"\($0)\"}" }.joined(separator: ",")
        return Array(
            """
            {"resourceType":"Patient","id":"\(id)","meta":{"versionId":"\(version)","lastUpdated":"\(time)\(version)Z",
            "security":[\(security)]},"identifier":[{"system":"urn:oid:1.2.3","value":"4711"}]}
            """.utf8)
    }

    @Test func `security codes become labels and go with the code`() throws {
        let scene = try FeedScene()
        #expect(try scene.resources.take(notification: patient("VIP", version: 1), from: "", at: .now).given == 1)
        #expect(try scene.labels("4711").map(\.origin) == ["adt-fhir Patient meta.security 148de9c5a7a44d19"])
        #expect(try scene.resources.take(notification: patient("VIP", version: 1), from: "", at: .now).repeated == 1)
        #expect(try scene.resources.take(notification: patient("N", version: 3), from: "", at: .now).withdrawn == 1)
        // An older version that comes late may add, and takes nothing away.
        _ = try scene.resources.take(notification: patient("VIP", version: 4), from: "", at: .now)
        _ = try scene.resources.take(notification: patient("", version: 2), from: "", at: .now)
        #expect(try scene.names("4711") == ["vip"])
        let unknown = try scene.resources.take(notification: patient("XYZ", version: 5), from: "", at: .now)
        #expect(unknown.unknownCodes == 1)
        #expect(try scene.names("4711") == ["held", "protected", "staff", "vip"])
    }

    @Test func `without a version and a time what was said before can be said again`() throws {
        let scene = try FeedScene()
        func take(_ codes: String, _ seconds: Int64) throws -> ResourceFeed.Result {
            let patient =
                #"{"resourceType":"Patient","id":"p","meta":{"security":[\#(codes)]},"#
                + #""identifier":[{"system":"urn:oid:1.2.3","value":"4711"}]}"#
            let time = Instant(milliseconds: 1_795_500_000_000).adding(seconds: seconds)
            return try scene.resources.take(notification: Array(patient.utf8), from: "", at: time)
        }
        #expect(try take(#"{"code":"VIP"}"#, 0).given == 1)
        #expect(try take("", 1).withdrawn == 1)
        #expect(try take(#"{"code":"VIP"}"#, 2).given == 1)
        #expect(try scene.names("4711") == ["vip"])
    }

    @Test func `the same resource is read anew when the configuration makes something else of it`() throws {
        let scene = try FeedScene()
        #expect(try scene.resources.take(notification: patient("N", version: 1), from: "", at: .now).given == 0)
        var configuration = FeedScene.configuration
        configuration.codes.append(.init(field: "meta.security", value: "N", label: "protected"))
        let other = ResourceFeed(configuration, registry: scene.registry, person: try #require(Person("gateway")))
        #expect(try other.take(notification: patient("N", version: 1), from: "", at: .now).given == 1)
        #expect(try other.take(notification: patient("N", version: 1), from: "", at: .now).repeated == 1)
        #expect(try scene.names("4711") == ["protected"])
    }

    @Test func `a merge is learned when the other patient comes later`() throws {
        let scene = try FeedScene()
        let old = Array(
            #"{"resourceType":"Patient","id":"o","identifier":[{"system":"urn:oid:1.2.3","value":"old"}]}"#.utf8)
        let new = Array(
            (#"{"resourceType":"Patient","id":"n","meta":{"versionId":"1","security":[{"code":"VIP"}]},"#
                + #""identifier":[{"system":"urn:oid:1.2.3","value":"new"}],"#
                + #""link":[{"type":"replaces","other":{"reference":"Patient/o"}}]}"#).utf8)
        #expect(try scene.resources.take(notification: new, from: "", at: .now).linked == 0)
        var all = SecuredResources()
        try all.read(old)
        try all.read(new)
        let result = try scene.resources.take(&all, at: .now)
        #expect(result.linked == 1)
        #expect(try scene.names("old") == ["vip"])
    }

    @Test(arguments: [true, false])
    func `a merge with a patient who is not there is counted, and learned when both have come`(isNewFirst: Bool) throws
    {
        let scene = try FeedScene()
        let old = Array(
            #"{"resourceType":"Patient","id":"o","identifier":[{"system":"urn:oid:1.2.3","value":"old"}]}"#.utf8)
        let new = Array(
            (#"{"resourceType":"Patient","id":"n","meta":{"versionId":"1","security":[{"code":"VIP"}]},"#
                + #""identifier":[{"system":"urn:oid:1.2.3","value":"new"}],"#
                + #""link":[{"type":"replaces","other":{"reference":"https://his/fhir/Patient/o/_history/2"}}]}"#).utf8)
        let first = try scene.resources.take(notification: isNewFirst ? new : old, from: "", at: .now)
        #expect(first.linked == 0)
        #expect(first.awaited == (isNewFirst ? 1 : 0))
        #expect(try scene.names("old") == [])
        let second = try scene.resources.take(notification: isNewFirst ? old : new, from: "", at: .now)
        #expect(second.linked == 1 && second.awaited == 0)
        #expect(try scene.names("old") == ["vip"])
        #expect(try scene.registry.check().findings == [])
    }

    /// A Bundle of one Patient.
    private func bundle(_ url: String, _ value: String, _ codes: String = "", link: String? = nil) -> [UInt8] {
        let security = codes.split(separator: " ").map { #"{"code":"\#($0)"}"# }.joined(separator: ",")
        let links = link.map { #","link":[{"type":"replaces","other":{"reference":"\#($0)"}}]"# } ?? ""
        return Array(
            (#"{"resourceType":"Bundle","type":"history","entry":[{"fullUrl":"\#(url)","resource":"#
                + #"{"resourceType":"Patient","meta":{"security":[\#(security)]},"#
                + #""identifier":[{"system":"urn:oid:1.2.3","value":"\#(value)"}]\#(links)}}]}"#).utf8)
    }

    @Test func `another server's patient with the id of one of ours is another`() throws {
        let scene = try FeedScene()
        let old = Array(
            #"{"resourceType":"Patient","id":"o","identifier":[{"system":"urn:oid:1.2.3","value":"old"}]}"#.utf8)
        _ = try scene.resources.take(notification: old, from: "", at: .now)
        let link = "https://other/fhir/Patient/o"
        let new = bundle("https://his/fhir/Patient/n", "new", "VIP", link: link)
        let first = try scene.resources.take(notification: new, from: "", at: .now)
        #expect(first.linked == 0 && first.awaited == 1 && first.elsewhere == 1)
        #expect(try scene.names("new") == ["vip"])
        #expect(try scene.names("old") == [])
        // It comes by that very name.
        let later = try scene.resources.take(notification: bundle(link, "theirs"), from: "", at: .now)
        #expect(later.linked == 1)
        #expect(try scene.names("theirs") == ["vip"])
        #expect(try scene.names("old") == [])
    }

    @Test func `what is said of another server's patient is refused, with the reason`() throws {
        let scene = try FeedScene()
        _ = try scene.resources.take(notification: patient("N", version: 1), from: "", at: .now)
        let encounter =
            #"{"resourceType":"Encounter","id":"e","meta":{"security":[{"code":"VIP"}]},"#
            + #""subject":{"reference":"https://other/fhir/Patient/p"}}"#
        var all = SecuredResources(servers: FeedScene.configuration.servers)
        try all.read(patient("N", version: 1))
        try all.read(Array(encounter.utf8), at: "line 2")
        let result = try scene.resources.take(&all, at: .now)
        #expect(result.given == 0)
        #expect(result.refused.map(\.place) == ["line 2"])
        #expect(result.refused.allSatisfy { $0.reason.contains("server") && $0.reason.contains("`base`") })
        #expect(try scene.names("4711") == [])
    }

    @Test(arguments: [true, false])
    func `a patient who is known by a uuid alone is linked, whichever bundle comes first`(isNewFirst: Bool) throws {
        let scene = try FeedScene()
        let uuid = "urn:uuid:8a1f0c0e-6f2b-4f0b-9d57-3e0c5c1a2b3d"
        let old = bundle(uuid, "old")
        let new = bundle("urn:uuid:0c9be1f4-6a3c-4a58-8e0f-1b6a4d2c7e11", "new", "VIP", link: uuid)
        let first = try scene.resources.take(notification: isNewFirst ? new : old, from: "", at: .now)
        #expect(first.linked == 0 && first.awaited == (isNewFirst ? 1 : 0))
        let second = try scene.resources.take(notification: isNewFirst ? old : new, from: "", at: .now)
        #expect(second.linked == 1 && second.awaited == 0)
        #expect(try scene.names("old") == ["vip"])
    }

    @Test func `a name that only another bundle knows links nobody, and is told`() throws {
        let scene = try FeedScene()
        _ = try scene.resources.take(notification: bundle("urn:uuid:1", "old"), from: "", at: .now)
        let new = bundle("urn:uuid:2", "new", "VIP", link: "urn:uuid:1")
        let result = try scene.resources.take(notification: new, from: "", at: .now)
        #expect(result.linked == 0 && result.awaited == 0 && result.unnamed == 1)
        #expect(try scene.names("new") == ["vip"])
        #expect(try scene.names("old") == [])
    }

    @Test func `a resource that cannot be told from another withdraws nothing`() throws {
        let scene = try FeedScene()
        func encounter(_ codes: String) -> [UInt8] {
            Array(
                (#"{"resourceType":"Encounter","meta":{"security":[\#(codes)]},"#
                    + #""subject":{"identifier":{"system":"urn:oid:1.2.3","value":"4711"}}}"#).utf8)
        }
        #expect(try scene.resources.take(notification: encounter(#"{"code":"VIP"}"#), from: "", at: .now).given == 1)
        #expect(try scene.resources.take(notification: encounter(""), from: "", at: .now).withdrawn == 0)
        #expect(try scene.names("4711") == ["vip"])
    }

    @Test func `another record of the same person withdraws nothing that the first one gave`() throws {
        let scene = try FeedScene()
        _ = try scene.resources.take(notification: patient("VIP", version: 1), from: "", at: .now)
        let other = try scene.resources.take(notification: patient("N", version: 2, id: "q"), from: "", at: .now)
        #expect(other.withdrawn == 0)
        #expect(try scene.names("4711") == ["vip"])
        #expect(try scene.resources.take(notification: patient("N", version: 3), from: "", at: .now).withdrawn == 1)
    }

    @Test func `an encounter of nobody who can be found is refused`() throws {
        let scene = try FeedScene()
        let encounter = Array(
            #"{"resourceType":"Encounter","id":"e","meta":{"security":[{"code":"VIP"}]},"subject":{"reference":"Patient/p"}}"#
                .utf8)
        #expect(throws: FHIRError.self) { try scene.resources.take(notification: encounter, from: "", at: .now) }
        var all = SecuredResources()
        try all.read(encounter)
        try all.read(patient("N", version: 1))
        let result = try scene.resources.take(&all, at: .now)
        #expect(result.given == 1 && result.refused.isEmpty)
        #expect(try scene.names("4711") == ["vip"])
    }
}
