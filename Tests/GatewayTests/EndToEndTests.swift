import DICOMFile
import Foundation
import Registry
import TestSupport
import Testing

/// storescu → gateway → storescp, all of them real programs.
struct EndToEndTests {
    private static let everything = """
        <route id="all"><to peer="pacs" audience="archive"/></route>
        """

    @Test func `what is released arrives byte for byte, and is decided and recorded before`() async throws {
        let folder = try WorkFolder()
        let archive = try Archive(folder, "PACS")
        let storing = try await archive.start()
        let site = try await Site(
            folder: folder, peers: archive.peer("pacs", audience: "archive"), routes: Self.everything)
        let gateway = try await site.start()
        let files = try (1...5).map { try folder.write("in/\($0).dcm", Instances.file($0)) }
        let sent = try await gateway.send(files, ["-xe"])
        #expect(sent.status == 0, "\(sent.output)")
        try await eventually("all have arrived: \(site.log)") { try archive.objects().count == 5 }
        #expect(try archive.objects() == Instances.expected(1...5))
        await gateway.stop()
        #expect(gateway.program.status == 0, "\(site.log)")
        #expect(archive.count == 5)
        #expect(!site.log.contains("GEHEIM") && !site.log.contains(Instances.root), "no patient data in the log")
        // Each has its decision, and the log of it is whole.
        let registry = try site.registry()
        let instances = try registry.instances(inStudy: Instances.study())
        #expect(instances.count == 5)
        for record in instances {
            let decisions = try registry.decisions(ofInstance: record.instance.digest)
            #expect(decisions.map(\.disposition) == ["release"])
            #expect(decisions.first?.output == record.instance.digest)
        }
        let check = try await run([Site.command, "registry", "check", "--registry", folder("site")])
        #expect(check.status == 0, "\(check.output)")
        let vault = try await site.cordon(["vault", "fsck", "--quiet"])
        #expect(vault.status == 0, "\(vault.output)")
        storing.signal(9)
    }

    @Test func `each audience gets what is decided for it`() async throws {
        let folder = try WorkFolder()
        let archive = try Archive(folder, "PACS"), research = try Archive(folder, "RESEARCH")
        let storing = [try await archive.start(), try await research.start()]
        let site = try await Site(
            folder: folder,
            peers: archive.peer("pacs", audience: "archive") + research.peer("research", audience: "research"),
            routes: Self.everything + """
                <route id="ct"><from peers="ct"/><when attribute="Modality" value="CT"/>
                  <to peer="research" audience="research" priority="low"/></route>
                """)
        let gateway = try await site.start()
        // A plain study; one of a VIP; one that is no CT; one of somebody in danger.
        let files = [
            Instances.file(1, study: 1), Instances.file(1, study: 2, patient: "P2", comment: "VIP"),
            Instances.file(1, study: 3, patient: "P3", modality: "OT"),
            Instances.file(1, study: 4, patient: "P4", comment: "VIOLENCE"),
        ]
        let paths = try files.enumerated().map { try folder.write("in/\($0.offset).dcm", $0.element) }
        let sent = try await gateway.send(paths, ["-xe"])
        #expect(sent.status == 0, "\(sent.output)")
        try await eventually("both have theirs: \(site.log)") {
            try archive.objects().count == 3 && research.objects().count == 1
        }
        let archived = try archive.objects()
        #expect(archived[Instances.uid(1, study: 1)] == Instances.dataSet(1, study: 1).encoded())
        let flagged = try #require(archived[Instances.uid(1, study: 2)])
        #expect(flagged != Instances.dataSet(1, study: 2, patient: "P2", comment: "VIP").encoded())
        #expect(archived[Instances.uid(1, study: 4)] == nil)
        let exported = try #require(try research.objects().first)
        #expect(!exported.key.hasPrefix(Instances.root))
        #expect(!String(decoding: exported.value, as: UTF8.self).contains("GEHEIM"))
        let listed = try await site.gateway(["sequestered", "list", "--json"])
        #expect(listed.status == 0)
        #expect(listed.output.components(separatedBy: "\"digest\"").count - 1 == 3, "\(listed.output)")
        await gateway.stop()
        for program in storing { program.signal(9) }
    }

    @Test func `the same object twice, and from two senders, is sent once`() async throws {
        let folder = try WorkFolder()
        let archive = try Archive(folder, "PACS")
        let storing = try await archive.start()
        let site = try await Site(
            folder: folder,
            peers: archive.peer("pacs", audience: "archive")
                + "<peer id=\"mr\" title=\"MR1\" addresses=\"127.0.0.1\" roles=\"send\"/>", routes: Self.everything)
        let gateway = try await site.start()
        let file = try folder.write("in/1.dcm", Instances.file(1))
        for title in ["CT1", "CT1", "MR1"] {
            let sent = try await gateway.send([file], title: title, ["-xe"])
            #expect(sent.status == 0, "\(sent.output)")
        }
        try await eventually("it has arrived") { archive.count >= 1 }
        let last = try folder.write("in/2.dcm", Instances.file(1, study: 2))
        try await gateway.send([last], ["-xe"])
        try await eventually("the next has arrived") { try archive.objects().count == 2 }
        try await eventually("nothing waits") {
            try await site.gateway(["status", "--json"]).output.contains("\"openStudies\": 0")
        }
        #expect(archive.count == 2, "once each: \(site.log)")
        await gateway.stop()
        storing.signal(9)
    }
}
