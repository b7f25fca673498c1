import CustodyLog
import Foundation
import Glibc
import RuleLanguage
import TestSupport
import Testing

@testable import Batch
@testable import Host
@testable import Registry

/// `cordon release`: what is published is what the registry, as it is then, has nothing against.
@Suite struct ReleaseTests {
    private func prepared(_ studies: ClosedRange<Int> = 1...3) throws -> Scene {
        let scene = try Scene()
        try scene.snapshot()
        for study in studies { try scene.add(study: study) }
        let result = try scene.worker(scene.work(studies))
        #expect(result.status == 0, "\(result.error)")
        try scene.folder.write("results", result.output)
        return scene
    }

    private func statuses(_ result: Command.Result) -> [String: String] {
        Dictionary(
            result.results("release").map { ($0["id"] as? String ?? "", $0["status"] as? String ?? "") },
            uniquingKeysWith: { $1 })
    }

    private func events(_ scene: Scene, _ kind: CustodyEvent.Kind) throws -> Int {
        let leaves = try Command.run([
            "log", "show", "--registry", scene.folder("registry"), "--json", "--kind", kind.rawValue,
        ])
        return leaves.lines.count
    }

    @Test func `studies are published whole, what was decided is in the registry, and a second time nothing changes`()
        throws
    {
        let scene = try prepared()
        let result = try scene.release(["--results", scene.folder("results")])
        #expect(result.status == 0, "\(result.output) \(result.error)")
        #expect(statuses(result) == ["item-1": "published", "item-2": "published", "item-3": "published"])
        #expect(try scene.studies().values.sorted() == [3, 3, 3])
        for planted in Scene.planted + [scene.folder.path] {
            #expect(!result.output.contains(planted) && !result.error.contains(planted), "\(planted)")
        }
        // As apply would have laid it out.
        let time = try #require(
            (Command.objects(try scene.folder.text("results")).first?["basis"] as? [String: Any])?["time"])
        _ = try Command.run([
            "apply", "--rules", scene.folder("rules.xml"), "--audience", "research", "--key", scene.folder("key"),
            "--registry", scene.folder("registry"), "--as", "clerk", "--at", "\(time)", "--quiet", scene.folder("in"),
            scene.folder("applied"),
        ])
        #expect(try scene.folder.tree("published/released") == scene.folder.tree("applied/released"))
        let digest = ContentDigest(of: Scene.file(study: 1)).hexadecimal
        let decisions = try scene.registry.decisions(ofInstance: digest)
        #expect(decisions.map(\.disposition) == ["deidentify"] && decisions.first?.key != nil)
        let size = try scene.logSize(), tree = try scene.folder.tree("published", timesToo: true)
        let again = try scene.release()
        #expect(again.status == 0)
        #expect(again.results("release").allSatisfy { $0["status"] as? String == "present" })
        #expect(try scene.logSize() == size)
        let now = try scene.folder.tree("published", timesToo: true)
        #expect(now.filter { $0.key.hasPrefix("released") } == tree.filter { $0.key.hasPrefix("released") })
    }

    @Test func `a hold that lands while the batch runs keeps what it covers, is named, and a new run decides anew`()
        throws
    {
        let scene = try prepared()
        _ = try scene.registry.place(
            HoldOrder(
                matter: "M 7", custodian: "Legal", reason: "suit", authority: "court",
                scope: .study("\(Scene.root).1002")),
            by: scene.clerk, at: .now)
        let result = try scene.release(["--results", scene.folder("results")])
        #expect(result.status == 1)
        #expect(statuses(result) == ["item-1": "published", "item-2": "withheld", "item-3": "published"])
        let named = result.results("release").first { $0["id"] as? String == "item-2" }
        #expect(named?["why"] as? [String] == ["now: hold certain M 7"])
        #expect(try scene.studies().count == 2)
        #expect(try scene.registry.decisions(ofInstance: ContentDigest(of: Scene.file(study: 2)).hexadecimal).isEmpty)
        // Again: the same, until it is decided anew.
        #expect(try scene.release().status == 1)
        try scene.snapshot("new")
        let anew = try scene.worker(scene.work([2]), snapshot: "new")
        #expect(anew.status == 1)
        let basis = try #require(anew.results("hello").first?["basisDigest"] as? String)
        let second = try scene.release(snapshot: "new", ["--basis", basis])
        #expect(second.status == 0 && second.results("end").first?["sequestered"] as? Int == 3, "\(second.output)")
        #expect(try scene.studies().count == 2)
        let decided = try scene.registry.decisions(ofInstance: ContentDigest(of: Scene.file(study: 2)).hexadecimal)
        #expect(decided.map(\.disposition) == ["sequester"])
    }

    @Test func `a label that came or went, and a list that changed, keep the patients that they are about`() throws {
        let scene = try Scene()
        _ = try scene.registry.label(
            "sensitive", on: .patient(PatientIdentity(id: "GEHEIM-4")), source: .person, reason: "x", by: scene.clerk,
            at: .now)
        try scene.snapshot()
        for study in 1...4 { try scene.add(study: study) }
        let worked = try scene.worker(scene.work(1...4))
        try scene.folder.write("results", worked.output)
        _ = try scene.registry.label(
            "vip", on: .patient(PatientIdentity(id: "GEHEIM-1")), source: .person, reason: "x", by: scene.clerk,
            at: .now)
        _ = try scene.registry.withdraw(label: 1, reason: "x", by: scene.clerk, at: .now)
        try scene.registry.change(
            list: "guarded", columns: ["PatientID"], adding: [["geheim-2 "]], removing: [["NOBODY"]], reason: "x",
            by: scene.clerk, at: .now)
        let result = try scene.release(["--results", scene.folder("results")])
        #expect(
            statuses(result) == [
                "item-1": "withheld", "item-2": "withheld", "item-3": "published", "item-4": "withheld",
            ], "\(result.output) \(result.error)")
        func why(_ id: String) -> [String]? {
            result.results("release").first { $0["id"] as? String == id }?["why"] as? [String]
        }
        #expect(why("item-1") == ["now: label vip patient certain 2"])
        #expect(why("item-2") == ["the list `guarded` says something else of it now"])
        #expect(why("item-4") == ["no longer: label sensitive patient certain 1"])
    }

    @Test(arguments: ["GEHEIM-2\u{A0}", "\u{FEFF}GEHEIM-2", "GEHEIM\u{AD}-2"])
    func `a row of a list withholds whom rules find by it, whatever nobody sees in it`(cell: String) throws {
        let scene = try prepared(1...2)
        try scene.registry.change(
            list: "guarded", columns: ["PatientID"], adding: [[cell]], reason: "x", by: scene.clerk, at: .now)
        let result = try scene.release(["--results", scene.folder("results")])
        #expect(statuses(result) == ["item-1": "published", "item-2": "withheld"], "\(result.output) \(result.error)")
    }

    @Test(arguments: [
        "{\"type\":\"result\",\"id\":\"item-1\",\"status\":\"done\"}", "{\"type\":\"result\",\"id\":\"item-1\"}", "[1]",
    ])
    func `results of which one is none are refused with its place, and nothing is published`(line: String) throws {
        let scene = try prepared(1...1)
        try scene.folder.write("others", "{\"type\":\"hello\"}\n\(line)\n")
        let result = try scene.release(["--results", scene.folder("results"), "--results", scene.folder("others")])
        #expect(result.status == 2 && result.error.contains("file 2, line 2"), "\(result.output) \(result.error)")
        #expect(try scene.studies().isEmpty)
    }

    @Test func `a list that changed keeps all studies where rules ask it by another attribute`() throws {
        let scene = try Scene()
        try scene.folder.write(
            "rules.xml",
            Scene.rules.replacingOccurrences(
                of: #"<in list="guarded"/>"#, with: #"<in list="guarded" attribute="AccessionNumber"/>"#))
        try scene.snapshot()
        for study in 1...2 { try scene.add(study: study) }
        _ = try scene.worker(scene.work(1...2))
        try scene.registry.change(
            list: "guarded", columns: ["PatientID"], adding: [["ACC-GEHEIM"]], reason: "x", by: scene.clerk, at: .now)
        let result = try scene.release()
        #expect(result.status == 1, "\(result.output) \(result.error)")
        #expect(result.results("end").first?["withheld"] as? Int == 2)
    }

    @Test func `a cell of a list that is written with what nobody sees is about the patient all the same`() throws {
        let scene = try prepared(1...2)
        try scene.registry.change(
            list: "guarded", columns: ["PatientID"], adding: [["GEHEIM-2\u{200B}"]], reason: "x", by: scene.clerk,
            at: .now)
        let result = try scene.release(["--results", scene.folder("results")])
        #expect(statuses(result)["item-2"] == "withheld", "\(result.output) \(result.error)")
    }

    @Test func `what the registry says counts when a study leaves, not when the release began`() throws {
        let scene = try Scene()
        _ = try scene.registry.label(
            "sensitive", on: .patient(PatientIdentity(id: "GEHEIM-1")), source: .person, reason: "x", by: scene.clerk,
            at: .now)
        try scene.snapshot()
        for study in 1...2 { try scene.add(study: study) }
        _ = try scene.worker(scene.work(1...2))
        let begun = Instant.now.adding(seconds: -60)
        _ = try scene.registry.withdraw(label: 1, reason: "x", by: scene.clerk, at: .now)
        let snapshot = try WorkerSnapshot(path: scene.folder("snapshot"), digest: nil, limit: nil, now: .now)
        let loader = RuleSetLoader(registryLists: snapshot.lists)
        let ruleSet = try #require(loader.load(path: scene.folder("rules.xml")).ruleSet)
        let release = try BatchRelease(
            .init(ruleSet: ruleSet, snapshot: snapshot, registry: scene.registry, person: scene.clerk, time: begun),
            store: BatchStore(scene.folder("out"), making: false), destination: scene.folder("published"))
        let report = try release.run { _ in }
        #expect(report.published == 1 && report.withheld == 1)
    }

    @Test func `what rules hold is placed, and holds the study's own item no more than it did`() throws {
        let scene = try Scene()
        try scene.snapshot()
        try scene.add(study: 1, comments: "CORONER")
        try scene.add(study: 2)
        #expect(try scene.worker(scene.work(1...2)).status == 1)
        let result = try scene.release()
        #expect(result.status == 0, "\(result.output)")
        let hold = try #require(try scene.registry.holds(matter: "M 9").first)
        #expect(hold.scope == .study("\(Scene.root).1001") && hold.rule == "test/coroner")
        #expect(try scene.release().status == 0)
        #expect(try scene.registry.holds(matter: "M 9").count == 1)
    }

    @Test func `a label that rules give to a patient in one item keeps the patient's other items, which are named`()
        throws
    {
        let scene = try Scene()
        try scene.snapshot()
        try scene.add(study: 1, patient: "GEHEIM", comments: "KNOWN")
        try scene.add(study: 2, patient: "GEHEIM")
        try scene.add(study: 3)
        let worked = try scene.worker(scene.work(1...3))
        try scene.folder.write("results", worked.output)
        let result = try scene.release(["--results", scene.folder("results")])
        #expect(statuses(result) == ["item-1": "nothing", "item-2": "withheld", "item-3": "published"])
        #expect(result.output.contains("give these as one item: item-1"))
        // As one item they are decided as one.
        let together = try scene.worker(scene.line("both", [Scene.place(1), Scene.place(2)]))
        #expect((together.results().first?["counts"] as? [String: Any])?["sequestered"] as? Int == 6)
    }

    @Test func `an item that is not what was written is not published, and the others are`() throws {
        let scene = try prepared(1...5)
        let items = try scene.items()
        let file = try #require(try scene.folder.files("out/\(items[0])/released").first)
        var bytes = try scene.folder.bytes("out/\(items[0])/released/\(file)")
        bytes[bytes.count - 1] ^= 1
        try scene.folder.write("out/\(items[0])/released/\(file)", bytes)
        let gone = try #require(try scene.folder.files("out/\(items[1])/released").first)
        try scene.folder.remove("out/\(items[1])/released/\(gone)")
        let record = try scene.folder.text("out/\(items[2])/record.jsonl")
        try scene.folder.write(
            "out/\(items[2])/record.jsonl", record.replacingOccurrences(of: "GEHEIM", with: "ANDERE"))
        // No item has a link in it.
        try FileManager.default.createSymbolicLink(
            atPath: scene.folder("out/\(items[3])/released/link"), withDestinationPath: "/etc")
        let result = try scene.release()
        #expect(result.status == 3, "\(result.error)")
        let ends = result.results("release").map { $0["status"] as? String }
        #expect(ends.filter { $0 == "failed" }.count == 4 && ends.filter { $0 == "published" }.count == 1)
        #expect(try scene.studies().values.sorted() == [3])
    }

    @Test func `other rules, another snapshot, or items that failed or are missing are said`() throws {
        let scene = try prepared()
        let results = try scene.folder.text("results")
        try scene.folder.write(
            "results",
            results + """
                {"type":"result","id":"bad","status":"failed"}
                {"type":"result","id":"lost","status":"done","inputDigest":"\(String(repeating: "b", count: 64))"}

                """)
        let said = try scene.release(["--results", scene.folder("results")])
        #expect(said.status == 3 && said.results("end").first?["failed"] as? Int == 2)
        #expect(statuses(said)["lost"] == "failed")
        try scene.snapshot("other", age: 60)
        #expect(try scene.release(to: "b", snapshot: "other").status == 2)
        try scene.folder.write(
            "rules.xml", Scene.rules.replacingOccurrences(of: #"revision="1""#, with: #"revision="2""#))
        let refused = try scene.release(to: "b")
        #expect(refused.status == 2 && refused.error.contains("another than the one that decided"))
        #expect(try scene.studies("b").isEmpty)
        try scene.folder.write("c/somebody's", "x")
        #expect(try scene.release(to: "c").status == 2)
    }

    @Test func `two patients of a batch with one pseudonym are both kept back`() throws {
        let scene = try Scene()
        let profile = """
              <list id="ids" href="ids.csv" key="PatientID" value="Pseudonym"/>
              <profile id="listed" extends="ps3.15-basic"><pseudonyms list="ids"/></profile>
              <tier number="2">
            """
        try scene.folder.write(
            "rules.xml",
            Scene.rules.replacingOccurrences(of: "  <tier number=\"2\">", with: profile).replacingOccurrences(
                of: "deidentify profile=\"ps3.15-basic\"", with: "deidentify profile=\"listed\""))
        try scene.folder.write("ids.csv", "PatientID,Pseudonym\nGEHEIM-1,S1\nGEHEIM-2,S1\nGEHEIM-3,S3\n")
        try scene.snapshot()
        for study in 1...3 { try scene.add(study: study) }
        let worked = try scene.worker(scene.work(1...3))
        #expect(worked.status == 0, "\(worked.output) \(worked.error)")
        try scene.folder.write("results", worked.output)
        let result = try scene.release(["--results", scene.folder("results")])
        #expect(statuses(result) == ["item-1": "withheld", "item-2": "withheld", "item-3": "published"])
    }

    /// Another file system than that of temporary files, where there is one.
    private static let elsewhere: String? = {
        var one = stat(), other = stat()
        guard stat(NSTemporaryDirectory(), &one) == 0, stat("/dev/shm", &other) == 0, one.st_dev != other.st_dev,
            access("/dev/shm", W_OK) == 0
        else { return nil }
        return "/dev/shm"
    }()

    @Test(.enabled(if: elsewhere != nil, "there is one file system"))
    func `on another file system studies are copies, and the same`() throws {
        let scene = try prepared()
        let to = "\(try #require(Self.elsewhere))/cordon-test-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: to) }
        _ = try scene.release()
        let arguments = scene.releaseArguments().dropLast() + [to]
        let result = try Command.run(Array(arguments))
        #expect(result.status == 0, "\(result.output) \(result.error)")
        for path in try scene.folder.files("published/released") {
            let copy = FileManager.default.contents(atPath: "\(to)/released/\(path)")
            #expect(try copy.map(Array.init) == scene.folder.bytes("published/released/\(path)"))
        }
    }

    @Test func `that something left, or stayed, is on the custody log`() throws {
        let scene = try prepared(1...2)
        _ = try scene.registry.place(
            HoldOrder(
                matter: "M 7", custodian: "Legal", reason: "suit", authority: "court",
                scope: .study("\(Scene.root).1002")),
            by: scene.clerk, at: .now)
        let exported = try events(scene, .exported)
        _ = try scene.release()
        #expect(try events(scene, .exported) == exported + 1)
        #expect(try events(scene, .withheld) == 1)
        #expect(try scene.registry.check().isSound)
    }
}
