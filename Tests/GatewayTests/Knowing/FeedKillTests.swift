import Foundation
import HealthLevelSeven
import Host
import Registry
import TestSupport
import Testing

/// The gateway is killed while a hospital system tells it of patients: what it acknowledged, the registry knows.
@Suite(.serialized) struct FeedKillTests {
    static let kills = ProcessInfo.processInfo.environment["CORDON_SOAK"] == nil ? 3 : 100

    @Test func `killed at any moment, what was acknowledged of patients is in the registry`() async throws {
        let folder = try WorkFolder()
        var generator = SeededGenerator(seed: 20_261_129)
        let port = try Ports.take()
        let site = try await Site(
            folder: folder, peers: "<peer id=\"pacs\" title=\"PACS\" host=\"127.0.0.1\" port=\"9\" roles=\"receive\"/>",
            routes: "<route id=\"all\"><to peer=\"pacs\" audience=\"archive\"/></route>",
            more:
                "<hl7 feed=\"adt\" issuer=\"HOSPITAL\"><authority name=\"HOSP\" issuer=\"HOSPITAL\"/><code field=\"PV1-16\" value=\"VIP\" label=\"vip\"/></hl7>"
        )
        let text = try String(contentsOfFile: site.config, encoding: .utf8)
        try folder.write(
            "gateway.xml",
            text: text.replacingOccurrences(
                of: "<peer id=\"ct\"", with: "<mllp host=\"127.0.0.1\" port=\"\(port)\"/>\n<peer id=\"ct\""))
        var acknowledged: [String] = []
        for round in 1...Self.kills {
            let gateway = try await site.start()
            let client = try await MLLPClient.connect(host: "127.0.0.1", port: port)
            let (heard, tongue) = AsyncStream<String>.makeStream()
            let told = Task { await Self.tell(client, round, tongue) }
            // However slow the machine is: after so many answers, and then in the midst of a message.
            let last = Int.random(in: 0...40, using: &generator)
            var count = 0
            if last > 0 {
                for await _ in heard {
                    count += 1
                    if count == last { break }
                }
            }
            try await Task.sleep(for: .microseconds(Int.random(in: 0...30_000, using: &generator)))
            await gateway.kill()
            #expect(count == last)
            acknowledged += await told.value
        }
        let registry = try site.registry()
        for patient in acknowledged {
            let labels = try registry.labels(patient: PatientIdentity(id: patient, issuer: "HOSPITAL"), at: .now)
            #expect(labels.map(\.label) == ["vip"])
        }
        let check = try await run([Site.command, "registry", "check", "--registry", folder("site")])
        #expect(check.status == 0, "\(check.output)")
        print("kills: \(Self.kills); acknowledged: \(acknowledged.count), all in the registry")
        #expect(!acknowledged.isEmpty)
    }

    /// One message after the other until nobody answers; whose were acknowledged.
    private static func tell(
        _ client: MLLPClient, _ round: Int, _ tongue: AsyncStream<String>.Continuation
    ) async -> [String] {
        defer { tongue.finish() }
        var heard: [String] = []
        for number in 1...500 {
            let patient = "P\(round)-\(number)"
            let message =
                "MSH|^~\\&|HIS|H|C|P|||ADT^A08|\(round)-\(number)|P|2.5\rPID|1||\(patient)^^^HOSP\rPV1|1|I||||||||||||||VIP\r"
            guard let answer = try? await client.send(block: Array(message.utf8)),
                let read = try? Message(answer), Acknowledgement(read)?.code == .accept
            else { break }
            heard.append(patient)
            tongue.yield(patient)
        }
        return heard
    }
}
