import Foundation
import Glibc
import TestSupport
import Testing

@testable import Batch
@testable import Host
@testable import Registry

/// `cordon worker --batch`: what it makes, and that any scheduler may run an item twice.
@Suite struct WorkerTests {
    @Test(arguments: ["archive", "research"])
    func `an item is what apply makes of it alone, and the results say so and name no patient`(_ audience: String)
        throws
    {
        let scene = try Scene()
        try scene.snapshot()
        for study in 1...3 { try scene.add(study: study, comments: study == 2 ? "VIP" : nil) }
        let result = try scene.worker(scene.work(1...3), audience: audience)
        #expect(result.status == 1, "\(result.error)")
        let results = result.results()
        #expect(results.map { $0["status"] as? String } == ["done", "done", "done"])
        #expect(results.map { $0["id"] as? String } == ["item-1", "item-2", "item-3"])
        for planted in Scene.planted + [scene.folder.path] {
            #expect(!result.output.contains(planted) && !result.error.contains(planted), "\(planted)")
        }
        let hello = try #require(result.results("hello").first), end = try #require(result.results("end").first)
        #expect(hello["protocol"] as? String == "cordon-batch/1" && end["done"] as? Int == 3)
        let basis = try #require(hello["basis"] as? [String: Any])
        let time = try #require(basis["time"] as? String)
        for (study, result) in zip(1...3, results) {
            let output = try #require(result["output"] as? [String: Any])
            let place = "out/" + (try #require(output["folder"] as? String))
            #expect(place.contains("\(try #require(result["inputDigest"] as? String))-\(hello["basisDigest"] ?? "")"))
            let same = try Command.run([
                "apply", "--rules", scene.folder("rules.xml"), "--audience", audience, "--key", scene.folder("key"),
                "--registry", scene.folder("registry"), "--as", "clerk", "--at", time, "--quiet",
                scene.folder(Scene.place(study)), scene.folder("apply\(study)"),
            ])
            #expect(same.status == (study == 2 ? 1 : 0), "\(same.error)")
            let expected = try scene.folder.tree("apply\(study)").filter {
                !$0.key.hasPrefix(".cordon") && $0.key != ""
            }
            let made = try scene.folder.tree(place).filter { !["record.jsonl", "item.json", ""].contains($0.key) }
            #expect(made == expected, "study \(study)")
            let counts = try #require(result["counts"] as? [String: Any])
            #expect(counts["sequestered"] as? Int == (study == 2 ? 3 : 0))
            #expect(output["files"] as? Int == (study == 2 ? 0 : 3))
        }
    }

    @Test func `the same item again is found done, by another worker and at another place`() throws {
        let scene = try Scene()
        try scene.snapshot()
        try scene.add(study: 1)
        let first = try scene.worker(scene.work([1]))
        let before = try scene.folder.tree("out", timesToo: true).filter { !$0.key.isEmpty && $0.key != "staging" }
        try FileManager.default.createDirectory(atPath: scene.folder("moved"), withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: scene.folder(Scene.place(1)), toPath: scene.folder("moved/there"))
        let second = try scene.worker(scene.line("other", ["moved/there"]) + scene.line("again", ["moved/there"]))
        #expect(second.status == 0)
        #expect(second.results().map { $0["status"] as? String } == ["present", "present"])
        #expect(second.results().first?["inputDigest"] as? String == first.results().first?["inputDigest"] as? String)
        let after = try scene.folder.tree("out", timesToo: true).filter { !$0.key.isEmpty && $0.key != "staging" }
        #expect(after == before)
        // Other rules, another item.
        try scene.folder.write(
            "rules.xml", Scene.rules.replacingOccurrences(of: #"revision="1""#, with: #"revision="2""#))
        #expect(try scene.worker(scene.line("x", ["moved/there"])).results().first?["status"] as? String == "done")
        #expect(try scene.items().count == 2)
    }

    @Test func `what decodes and reads pixels is of the basis, where a profile has any changed`() throws {
        let scene = try Scene()
        try scene.snapshot()
        func basis() throws -> [String: Any] {
            let hello = try #require(try scene.worker("").results("hello").first)
            return try #require(hello["basis"] as? [String: Any])
        }
        #expect(try basis()["recognition"] == nil)
        #expect(try basis()["codecs"] == nil)
        let reading = """
            <profile id="reading" extends="ps3.15-basic">
                <pixels><areas id="text"><when><present attribute="Rows"/></when><text remove="all"/></areas></pixels>
              </profile>
              <audience id="research">
            """
        try scene.folder.write(
            "rules.xml",
            Scene.rules.replacingOccurrences(of: #"<audience id="research">"#, with: reading)
                .replacingOccurrences(of: #"profile="ps3.15-basic""#, with: #"profile="reading""#))
        let read = try basis()
        #expect((read["recognition"] as? String)?.isEmpty == false)
        #expect((read["codecs"] as? String)?.contains("OpenJPEG") == true)
    }

    @Test func `two workers at once on the same list leave each item once, and nothing beside`() throws {
        let scene = try Scene()
        try scene.snapshot()
        for study in 1...6 { try scene.add(study: study, instances: 4) }
        _ = try scene.worker(scene.work(1...6), out: "alone")
        let work = scene.work(1...6)
        let one = try Command.Running(scene.workerArguments(), input: work)
        let two = try Command.Running(scene.workerArguments(), input: work)
        let results = [one.finish(), two.finish()]
        for result in results {
            #expect(result.status == 0, "\(result.error)")
            #expect(result.results().count == 6)
            #expect(result.results().allSatisfy { ["done", "present"].contains($0["status"] as? String) })
        }
        let made = results.flatMap { $0.results() }.filter { $0["status"] as? String == "done" }
        #expect(made.count == 6, "each item has one maker")
        #expect(try scene.folder.tree("out") == scene.folder.tree("alone"))
        #expect(try scene.folder.files("out/staging").isEmpty)
    }

    @Test(arguments: [SIG_UNBLOCK, SIG_BLOCK])
    func `a worker that is told to stop ends with what it has, and takes away what it has not`(_ how: Int32) throws {
        let scene = try Scene()
        try scene.snapshot()
        try scene.add(study: 1)
        // A process begins with what the thread that starts it blocks; whoever tells it to stop does not know of that.
        var stop = sigset_t(), before = sigset_t()
        sigemptyset(&stop)
        sigaddset(&stop, SIGTERM)
        pthread_sigmask(how, &stop, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let running = try Command.Running(scene.workerArguments(["--heartbeat", "0.1"]))
        try running.give(scene.work([1]))
        var heard = ""
        while !heard.contains(#""type":"result""#), running.process.isRunning { heard += running.hear() }
        // It waits for more, and says that it lives.
        while !heard.contains(#""type":"heartbeat""#), running.process.isRunning { heard += running.hear() }
        running.kill(SIGTERM)
        // One that heard nothing would wait for work forever.
        let end = ContinuousClock.now + .seconds(60)
        while running.process.isRunning, ContinuousClock.now < end { usleep(20_000) }
        if running.process.isRunning { running.kill(SIGKILL) }
        let result = running.finish()
        #expect(result.status == 143)
        #expect(Command.objects(result.output).last?["stopped"] as? Bool == true)
        #expect(try scene.items().count == 1 && scene.folder.files("out/staging").isEmpty)
    }

    @Test func `a bad item fails alone, and says whether to try again`() throws {
        let scene = try Scene()
        try scene.snapshot()
        try scene.add(study: 1)
        try scene.folder.write("in/empty/.keep", "")
        try scene.folder.remove("in/empty/.keep")
        try scene.folder.write("in/archive/x.zip", "no archive")
        let garbage = """
            {"id": "half", "path":
            nonsense GEHEIM
            {"id": "s3", "url": "s3://GEHEIM/1"}
            \(scene.line("gone", ["in/GEHEIM/9"]))\(scene.line("empty", ["in/empty"]))\(scene.line("zip", ["in/archive"]))
            \(scene.line("self", ["out"]))
            """
        let result = try scene.worker(garbage + scene.work([1]))
        #expect(result.status == 3)
        let results = result.results()
        #expect(results.map { $0["status"] as? String } == Array(repeating: "failed", count: 7) + ["done"])
        #expect(
            results.map { $0["id"] as? String } == [nil, nil, "s3", "gone", "empty", "zip", "self", "item-1"])
        #expect(
            results.prefix(7).map { $0["retry"] as? Bool } == [false, false, false, true, false, true, false])
        for planted in Scene.planted { #expect(!result.output.contains(planted) && !result.error.contains(planted)) }
        #expect(try scene.folder.files("out/staging").isEmpty)
    }

    @Test func `an item that is damaged in OUT fails alone, and is made again when it is taken away`() throws {
        let scene = try Scene()
        try scene.snapshot()
        for study in 1...3 { try scene.add(study: study) }
        _ = try scene.worker(scene.work(1...2))
        let items = try scene.items(), first = try #require(items.first), last = try #require(items.last)
        try scene.folder.write("out/\(first)/item.json", "{}")
        try scene.folder.remove("out/\(last)/item.json")
        let result = try scene.worker(scene.work(1...3))
        #expect(result.status == 3, "\(result.error)")
        #expect(result.results().map { $0["status"] as? String } == ["failed", "failed", "done"])
        #expect(result.results().prefix(2).allSatisfy { $0["retry"] as? Bool == false })
        for item in items { try scene.folder.remove("out/\(item)") }
        let again = try scene.worker(scene.work(1...3))
        #expect(again.results().map { $0["status"] as? String } == ["done", "done", "present"])
    }

    @Test func `labels, holds and lists of the snapshot count, and what rules hold other rules see`() throws {
        let scene = try Scene()
        for study in 1...5 { try scene.add(study: study, comments: study == 4 ? "CORONER" : nil) }
        _ = try scene.registry.label(
            "vip", on: .patient(PatientIdentity(id: "GEHEIM-1")), source: .person, reason: "known", by: scene.clerk,
            at: .now)
        _ = try scene.registry.place(
            HoldOrder(
                matter: "M 1", custodian: "Legal", reason: "suit GEHEIM", authority: "court",
                scope: .study("\(Scene.root).1002")), by: scene.clerk, at: .now)
        try scene.registry.change(
            list: "guarded", columns: ["PatientID"], adding: [["GEHEIM-3"]], reason: "new", by: scene.clerk, at: .now)
        try scene.snapshot()
        let result = try scene.worker(scene.work(1...5))
        let sequestered = result.results().map { ($0["counts"] as? [String: Any])?["sequestered"] as? Int }
        #expect(sequestered == [3, 3, 3, 3, 0], "\(result.output) \(result.error)")
        #expect(try scene.registry.holds(matter: "M 9").isEmpty, "a worker places none")
    }

    @Test func `a snapshot that was tampered with, is too old, or none is not used`() throws {
        let scene = try Scene()
        try scene.add(study: 1)
        let taken = try scene.snapshot()
        #expect(try scene.worker(scene.work([1]), ["--snapshot-digest", taken.digest]).status == 0)
        func refused(_ words: String, snapshot: String = "snapshot", _ more: [String] = []) throws {
            let result = try scene.worker(scene.work([1]), out: "none", snapshot: snapshot, more)
            #expect(result.status == 2 && result.output.isEmpty && result.error.contains(words), "\(result.error)")
        }
        try refused("is not the file whose digest", ["--snapshot-digest", String(repeating: "0", count: 64)])
        try scene.snapshot("old", age: 25 * 3600)
        try refused("take another", snapshot: "old")
        #expect(try scene.worker(scene.work([1]), snapshot: "old", ["--snapshot-limit", "26"]).status == 0)
        try scene.snapshot("early", age: -3600)
        try refused("yet to come", snapshot: "early")
        var bytes = try scene.folder.bytes("snapshot")
        bytes[bytes.count / 2] ^= 1
        try scene.folder.write("changed", bytes)
        try scene.folder.write("changed.sha256", try scene.folder.bytes("snapshot.sha256"))
        #expect(chmod(scene.folder("changed"), 0o600) == 0)
        try refused("is not the file whose digest", snapshot: "changed")
        #expect(chmod(scene.folder("snapshot"), 0o644) == 0)
        try refused("anybody may read", snapshot: "snapshot")
        let backup = try scene.registry.backUp(to: scene.folder("backup"), by: scene.clerk, at: .now)
        try refused("no snapshot", snapshot: "backup", ["--snapshot-digest", backup.digest])
        let without = try scene.worker(scene.work([1]), snapshot: nil, ["--at", "20260101000000"])
        #expect(without.status == 2 && without.error.contains("--snapshot FILE"))
        #expect(!scene.folder.exists("none"))
    }

    @Test func `a snapshot has what decisions ask for, and neither reasons nor people nor what was seen`() throws {
        let scene = try Scene()
        try scene.registry.see(
            [
                Instance(
                    digest: String(repeating: "a", count: 64), size: 1,
                    attributes: [.patientID: "SEEN-GEHEIM", .studyInstanceUID: "1.2.3"], received: .now, source: "x")
            ], by: scene.clerk)
        _ = try scene.registry.label(
            "vip", on: .patient(PatientIdentity(id: "LABELLED")), source: .person, reason: "REASON-GEHEIM",
            by: scene.clerk,
            at: .now)
        let taken = try scene.snapshot()
        let text = String(decoding: try scene.folder.bytes("snapshot"), as: UTF8.self)
        #expect(text.contains("LABELLED") && text.contains("NOBODY"))
        #expect(!text.contains("REASON-GEHEIM") && !text.contains("begun"))
        let (copy, about) = try Registry.snapshot(at: scene.folder("snapshot"))
        #expect(about == taken)
        #expect(try copy.list("guarded")?.digest == scene.registry.list("guarded")?.digest)
        #expect(throws: RegistryError.self) {
            try copy.change(
                list: "guarded", columns: ["PatientID"], adding: [["X"]], reason: "x", by: scene.clerk, at: .now)
        }
    }
}
