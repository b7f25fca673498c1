import DICOMNetwork
import Foundation
import Registry
import TestSupport
import Testing

/// What senders hear.
struct IntakeTests {
    private func site(_ folder: WorkFolder, more: String = "", quota: String = "") async throws -> Site {
        let site = try await Site(
            folder: folder, peers: "<peer id=\"pacs\" title=\"PACS\" host=\"127.0.0.1\" port=\"9\" roles=\"receive\"/>",
            routes: "<route id=\"all\"><to peer=\"pacs\" audience=\"archive\"/></route>", more: more)
        if !quota.isEmpty {
            let text = try String(contentsOfFile: site.config, encoding: .utf8)
            try folder.write(
                "gateway.xml", text: text.replacingOccurrences(of: "<quota reserve=\"0\"/>", with: quota))
        }
        return site
    }

    @Test func `a stranger, and who calls somebody else, is refused`() async throws {
        let folder = try WorkFolder()
        let gateway = try await site(folder).start()
        let file = try folder.write("1.dcm", Instances.file(1))
        let stranger = try await gateway.send([file], title: "STRANGER")
        #expect(
            stranger.status != 0 && stranger.output.contains("Calling AE Title Not Recognized"), "\(stranger.output)")
        let other = try await run(["storescu", "-aet", "CT1", "-aec", "OTHER", "127.0.0.1", "\(gateway.port)", file])
        #expect(other.status != 0 && other.output.contains("Called AE Title Not Recognized"), "\(other.output)")
        #expect(try gateway.site.lines("refused-association").count == 2)
        await gateway.stop()
        #expect(try gateway.site.registry().instanceCount() == 0)
    }

    @Test func `what cannot be parsed is kept, and C000 is answered; what is something else, A900`() async throws {
        let folder = try WorkFolder()
        let gateway = try await site(folder).start()
        // Cut within its pixels; the length of the element says so.
        let cut = Array(Instances.dataSet(1, pixels: 4096).encoded().dropLast(1000))
        for (bytes, instance, status) in [
            (cut, Instances.uid(1), Status.cannotUnderstand),
            (Instances.dataSet(2).encoded(), Instances.uid(99), .dataSetDoesNotMatchSOPClass),
            (Instances.dataSet(3).encoded(), Instances.uid(3), .success),
        ] {
            let answer = try await Sender.store(bytes, as: instance, port: gateway.port)
            #expect(answer == status, "\(gateway.site.log)")
        }
        try await eventually("all are decided") { try gateway.site.lines("sequestered").count >= 1 }
        let listed = try await gateway.site.gateway(["sequestered", "list", "--json"])
        #expect(listed.output.contains("cannot be read as DICOM to its end"))
        #expect(listed.output.contains("another class or another instance"))
        await gateway.stop()
        #expect(try gateway.site.registry().instanceCount() == 3)
        let vault = try await gateway.site.cordon(["vault", "fsck", "--quiet"])
        #expect(vault.status == 0, "\(vault.output)")
    }

    @Test func `at its quota it answers A700, and keeps nothing of what it refused`() async throws {
        let folder = try WorkFolder()
        let gateway = try await site(folder, quota: "<quota reserve=\"0\" object=\"64K\"/>").start()
        let small = try folder.write("1.dcm", Instances.file(1))
        let large = try folder.write("2.dcm", Instances.file(2, pixels: 100_000))
        #expect(try await gateway.send([small]).status == 0)
        let refused = try await gateway.send([large])
        #expect(
            refused.output.contains("Refused: OutOfResources"),
            "\(refused.output)")
        let limit = try await gateway.site.cordon(["vault", "limit", "--bytes", "1"])
        #expect(limit.status == 0, "\(limit.output)")
        let full = try await gateway.send([try folder.write("3.dcm", Instances.file(3))])
        #expect(full.output.contains("Refused: OutOfResources"), "\(full.output)")
        await gateway.stop()
        #expect(try gateway.site.registry().instanceCount() == 1)
        #expect(folder.files("site/vault/temporary").isEmpty && folder.files("spool/temporary").isEmpty)
    }

    @Test func `who goes in the midst of an object leaves nothing, and may send it again`() async throws {
        let folder = try WorkFolder()
        let gateway = try await site(folder).start()
        let bytes = Instances.dataSet(1, pixels: 1_000_000).encoded()
        for limit in [1, 200_000, 600_000] {
            await #expect(throws: (any Error).self) {
                try await Sender.store(bytes, as: Instances.uid(1), port: gateway.port, breakingAfter: limit)
            }
        }
        // Of the first, not even a beginning may have gone out.
        try await eventually("it noticed: \(gateway.site.log)") { try gateway.site.lines("not-stored").count >= 2 }
        #expect(folder.files("site/vault/temporary").isEmpty && folder.files("spool/temporary").isEmpty)
        #expect(try gateway.site.registry().instanceCount() == 0)
        #expect(try await Sender.store(bytes, as: Instances.uid(1), port: gateway.port) == .success)
        await gateway.stop()
        #expect(try gateway.site.registry().instanceCount() == 1)
    }

    @Test func `two arrivals of one instance with other bytes are both kept, and a person chooses`() async throws {
        let folder = try WorkFolder()
        let archive = try Archive(folder, "PACS")
        let storing = try await archive.start()
        let site = try await Site(
            folder: folder, peers: archive.peer("pacs", audience: "archive"),
            routes: "<route id=\"all\"><to peer=\"pacs\" audience=\"archive\"/></route>",
            // All three have come before any is decided, however busy the machine is.
            settling: "15s")
        let gateway = try await site.start()
        let first = try folder.write("1.dcm", Instances.file(1))
        let second = try folder.write("2.dcm", Instances.file(1, variant: 1))
        let third = try folder.write("3.dcm", Instances.file(2))
        #expect(try await gateway.send([first, second, third], ["-xe"]).status == 0)
        try await eventually("the third has arrived") { try archive.objects().count == 1 }
        let listed = try await site.gateway(["sequestered", "list", "--json"])
        #expect(listed.output.components(separatedBy: "other bytes came").count - 1 == 2, "\(listed.output)")
        #expect(try archive.objects().keys.sorted() == [Instances.uid(2)])
        let registry = try site.registry()
        let both = try registry.instances(sopInstanceUID: Instances.uid(1))
        #expect(both.count == 2)
        let chosen = try #require(both.first)
        let answer = try await run(
            [
                Site.command, "gateway", "sequestered", "choose", chosen.instance.digest, "--reason", "corrected",
                "--as",
                "anna", "--config", site.config,
            ])
        #expect(answer.status == 0, "\(answer.output)")
        try await eventually("the chosen one has arrived: \(site.log)") { try archive.objects().count == 2 }
        let arrived = try archive.objects()[Instances.uid(1)]
        let expected = [Instances.dataSet(1).encoded(), Instances.dataSet(1, variant: 1).encoded()]
        #expect(expected.contains { $0 == arrived })
        await gateway.stop()
        storing.signal(9)
    }
}
