import DICOMCore
import DICOMFile
import Foundation
import Registry
import TestSupport
import Testing

/// What waits, what is sent again, and what is called back.
struct QueueTests {
    private static let everything = "<route id=\"all\"><to peer=\"pacs\" audience=\"archive\"/></route>"

    @Test func `commands that look at a gateway which has not run say so, and make nothing`() async throws {
        let site = try await Site(
            peers: "<peer id=\"pacs\" title=\"PACS\" host=\"127.0.0.1\" port=\"9\" roles=\"receive\"/>",
            routes: Self.everything)
        for command in [["status"], ["queue", "list"], ["sequestered", "list"]] {
            let looked = try await site.gateway(command)
            #expect(looked.status == 2 && looked.output.contains("no gateway has worked"), "\(looked.output)")
        }
        #expect(!FileManager.default.fileExists(atPath: site.folder("spool")))
    }

    @Test func `while the archive is down all is taken, and when it is back all is sent once`() async throws {
        let folder = try WorkFolder()
        let archive = try Archive(folder, "PACS")
        let site = try await Site(
            folder: folder, peers: archive.peer("pacs", audience: "archive"), routes: Self.everything)
        let gateway = try await site.start()
        let files = try (1...10).map { try folder.write("in/\($0).dcm", Instances.file($0)) }
        #expect(try await gateway.send(files, ["-xe"]).status == 0)
        try await eventually("it was tried") { try site.lines("unreachable").count >= 2 }
        // A study may be decided before its last instance has come; that one is decided after it.
        try await eventually("ten wait: \(site.log)") {
            try await site.gateway(["status", "--json"]).output.contains("\"waiting\": 10")
        }
        let storing = try await archive.start()
        try await eventually("all have arrived") { try archive.objects().count == 10 }
        #expect(try archive.objects() == Instances.expected(1...10))
        try await eventually("it is known to be back") { try site.lines("reachable").count >= 1 }
        #expect(archive.count == 10)
        // Nothing became a dead letter while nobody was there.
        #expect(try site.lines("dead-letter").isEmpty)
        await gateway.stop()
        storing.signal(9)
    }

    @Test func `what is refused becomes a dead letter, the others go on, and a person has it sent again`() async throws
    {
        let folder = try WorkFolder()
        let archive = try Archive(folder, "PACS")
        // It takes no MR; and no CT by that title either way.
        let site = try await Site(
            folder: folder, peers: archive.peer("pacs", audience: "archive"), routes: Self.everything)
        let gateway = try await site.start()
        // JPEG-LS is not accepted by a storescp that prefers uncompressed syntaxes.
        let storing = try await archive.start(["+xe"])
        let odd = try folder.write("odd.dcm", Instances.compressed(9))
        let good = try folder.write("good.dcm", Instances.file(1))
        #expect(try await gateway.send([odd], ["-xt"]).status == 0, "\(site.log)")
        #expect(try await gateway.send([good], ["-xe"]).status == 0)
        try await eventually("the good one has arrived: \(site.log)") { try archive.objects().count == 1 }
        try await eventually("the other is a dead letter: \(site.log)") { try site.lines("dead-letter").count == 1 }
        let listed = try await site.gateway(["queue", "list", "--state", "dead", "--json"])
        #expect(listed.output.contains("no presentation context"), "\(listed.output)")
        storing.signal(9)
        await storing.ended()
        let again = try await archive.start(["+xt"])
        let released = try await site.gateway(["queue", "release", "--to", "pacs"])
        #expect(released.status == 0 && released.output.contains("1 waits again"), "\(released.output)")
        try await eventually("it has arrived: \(site.log)") { try archive.objects().count == 2 }
        let drop = try await site.gateway(["queue", "drop", "1"])
        #expect(drop.status == 2, "there is no way to drop anything: \(drop.output)")
        await gateway.stop()
        again.signal(9)
    }

    @Test func `a label that comes late recalls what was sent, and a new instance of the patient is kept back`()
        async throws
    {
        let folder = try WorkFolder()
        let archive = try Archive(folder, "PACS"), blind = try Archive(folder, "BLIND")
        let storing = [try await archive.start(), try await blind.start()]
        let site = try await Site(
            folder: folder,
            peers: archive.peer("pacs", audience: "archive", "rejection=\"113037\"")
                + blind.peer("blind", audience: "archive"),
            routes: Self.everything + "<route id=\"too\"><to peer=\"blind\" audience=\"archive\"/></route>")
        let gateway = try await site.start()
        let files = try (1...3).map { try folder.write("in/\($0).dcm", Instances.file($0)) }
        #expect(try await gateway.send(files, ["-xe"]).status == 0)
        try await eventually("both have all") {
            try archive.objects().count == 3 && blind.objects().count == 3
        }
        let label = try await site.cordon(
            ["label", "add", "violence", "--patient", "P1", "--reason", "told the social service"])
        #expect(label.status == 0, "\(label.output)")
        try await eventually("a note has arrived: \(site.log)") { try archive.objects().count == 4 }
        try await eventually("people are told of the other") { try site.lines("cannot-recall").count == 1 }
        let names = Set((1...3).map { Instances.uid($0) })
        let note = try #require(try archive.objects().first { !names.contains($0.key) })
        // A Key Object Selection with its title, which names all three.
        let text = String(decoding: note.value, as: UTF8.self)
        #expect(text.contains("113037") && names.allSatisfy { text.contains($0) })
        #expect(try blind.objects().count == 3)
        let late = try folder.write("in/4.dcm", Instances.file(4))
        #expect(try await gateway.send([late], ["-xe"]).status == 0)
        try await eventually("it is decided") { try site.lines("sequestered").count >= 2 }
        #expect(try archive.objects()[Instances.uid(4)] == nil)
        let log = try await site.cordon(["log", "show"])
        #expect(log.output.contains("recalled"), "\(log.output)")
        // It was an error: the label goes, and all of it is sent again.
        let number = try #require(try site.registry().labels().first?.id)
        let withdrawn = try await site.cordon(["label", "withdraw", "\(number)", "--reason", "somebody else"])
        #expect(withdrawn.status == 0, "\(withdrawn.output)")
        try await eventually("the new one has arrived: \(site.log)") { try archive.objects()[Instances.uid(4)] != nil }
        await gateway.stop()
        for program in storing { program.signal(9) }
    }

    @Test func `a late instance raises its study, which is sent again, flagged`() async throws {
        let folder = try WorkFolder()
        let archive = try Archive(folder, "PACS")
        let storing = try await archive.start()
        let site = try await Site(
            folder: folder, peers: archive.peer("pacs", audience: "archive"), routes: Self.everything)
        let gateway = try await site.start()
        let first = try folder.write("in/1.dcm", Instances.file(1))
        #expect(try await gateway.send([first], ["-xe"]).status == 0)
        try await eventually("it has arrived") { try archive.objects().count == 1 }
        let plain = try archive.objects()[Instances.uid(1)]
        let second = try folder.write("in/2.dcm", Instances.file(2, comment: "VIP"))
        #expect(try await gateway.send([second], ["-xe"]).status == 0)
        try await eventually("both are there, flagged: \(site.log)") {
            let objects = try archive.objects()
            return objects.count == 2 && objects[Instances.uid(1)] != plain
        }
        #expect(archive.count == 3)
        await gateway.stop()
        storing.signal(9)
    }

    @Test func `what rules say of a patient in one study holds for the others, before and after`() async throws {
        let folder = try WorkFolder()
        let archive = try Archive(folder, "PACS")
        let storing = try await archive.start()
        let site = try await Site(
            folder: folder, peers: archive.peer("pacs", audience: "archive", "rejection=\"113001\""),
            routes: Self.everything)
        let gateway = try await site.start()
        let before = try folder.write("in/1.dcm", Instances.file(1, study: 1))
        #expect(try await gateway.send([before], ["-xe"]).status == 0)
        try await eventually("it has arrived") { try archive.objects().count == 1 }
        let telling = try folder.write("in/2.dcm", Instances.file(1, study: 2, comment: "VIOLENCE"))
        #expect(try await gateway.send([telling], ["-xe"]).status == 0)
        try await eventually("the first is recalled: \(site.log)") { try archive.objects().count == 2 }
        let after = try folder.write("in/3.dcm", Instances.file(1, study: 3))
        #expect(try await gateway.send([after], ["-xe"]).status == 0)
        try await eventually("it is decided") { try site.lines("sequestered").count >= 3 }
        #expect(try archive.objects()[Instances.uid(1, study: 3)] == nil)
        #expect(try archive.objects()[Instances.uid(1, study: 2)] == nil)
        await gateway.stop()
        storing.signal(9)
    }

    @Test func `a configuration that does not load leaves the old one in force, and a good one is taken over`()
        async throws
    {
        let folder = try WorkFolder()
        let archive = try Archive(folder, "PACS")
        let storing = try await archive.start()
        let site = try await Site(
            folder: folder, peers: archive.peer("pacs", audience: "archive"), routes: Self.everything)
        let gateway = try await site.start()
        let text = try String(contentsOfFile: site.config, encoding: .utf8)
        try folder.write("gateway.xml", text: text.replacingOccurrences(of: "roles=\"send\"", with: "roles=\"sends\""))
        gateway.program.signal(SIGHUP)
        try await eventually("it says so") { try site.lines("not-reloaded").count == 1 }
        let file = try folder.write("1.dcm", Instances.file(1))
        #expect(try await gateway.send([file], ["-xe"]).status == 0)
        let more = text.replacingOccurrences(
            of: "<settle", with: "<peer id=\"mr\" title=\"MR1\" roles=\"send\"/><settle")
        try folder.write("gateway.xml", text: more)
        #expect(try await gateway.send([file], title: "MR1").status != 0)
        gateway.program.signal(SIGHUP)
        try await eventually("it is taken over") { try site.lines("reloaded").count == 1 }
        #expect(try await gateway.send([file], title: "MR1", ["-xe"]).status == 0)
        await gateway.stop()
        storing.signal(9)
    }
}
